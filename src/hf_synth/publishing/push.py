"""To the Hub: the data by `datasets`, then the card, the facts, the recipe and the plots in one commit."""

from __future__ import annotations

import json
import logging
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import datasets
from datasets import config as settings
from huggingface_hub import CommitInfo, HfApi
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.hf_api import RepoFile

from hf_synth.errors import ConfigError, MissingExtra
from hf_synth.executors.journals import reached_in
from hf_synth.features import marked
from hf_synth.hub import evaluation, records
from hf_synth.hub.commits import Reader, commit, persistent
from hf_synth.hub.merge import merged
from hf_synth.hub.recipes import ENDING, FOLDER, recipe_text, records_of
from hf_synth.publishing import facts
from hf_synth.publishing.body import Place, body
from hf_synth.publishing.fields import fields
from hf_synth.publishing.told import Told

_CARD = "README.md"
_log = logging.getLogger("hf_synth")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a dataset goes, and how; what `options` holds is passed to `push_to_hub` of `datasets`.

    Attributes:
        repo_id: `OWNER/NAME` or `NAME`.
        config_name: its name there; the schema's by default, so that three schemas fit into one repo.
        records: whether the answers of the models go along, so that others pay for further rows alone.
    """

    repo_id: str
    config_name: str | None = None
    records: bool = False
    token: str | bool | None = None
    revision: str | None = None
    create_pr: bool = False
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


def push(told: Told, target: Target) -> CommitInfo:
    """Push a dataset with its card. Pushing the same again changes nothing.

    Raises:
        ConfigError: it streams, or its columns are those of no view and no file can be written of them.
        HfHubHTTPError: what the Hub refused.
    """
    parts = _parts(told)
    name = target.config_name or told.wanted.resolved.schema.name
    if name in (FOLDER, "data") or not re.fullmatch(r"[\w-]+(\.[\w-]+)*", name):
        raise ConfigError(
            f"config_name is {name!r}: use letters, digits, '.', '_' and '-', and neither {FOLDER} nor data."
        )
    whole = datasets.DatasetDict(cast("Any", {split: marked(part, facts.marks(told)) for split, part in parts.items()}))
    first = persistent(lambda: _push_data(whole, name, target))
    api = HfApi(endpoint=str(settings.HF_ENDPOINT), token=target.token, library_name="hf_synth")
    repo_id = str(getattr(first.repo_url, "repo_id", None) or target.repo_id)
    revision = first.pr_revision or target.revision
    folder = target.options.get("data_dir") or ("data" if name == "default" else name)
    drawn = _plots(told, f"{FOLDER}/{name}")
    place = Place(repo_id, name, f"{FOLDER}/{name}" if drawn else None, target.records)
    files = _files(told, place) | drawn

    def edit(read: Reader) -> Mapping[str, bytes | None]:
        held = None if place.records else read(records_of(name))
        ours = held is not None and records.journal_of(held) == told.wanted.resolved.identities.journal
        data_files = _data_files(api, repo_id, folder, revision)
        shared = _shared(told, replace(place, records=place.records or ours), read, data_files)
        stale = dict.fromkeys(_beside(api, repo_id, name, revision))
        return stale | files | shared | ({records_of(name): held} if ours else {})

    message = target.options.get("commit_message") or f"Tell how {name} was made"
    opens = target.create_pr and first.pr_revision is None  # the rows were there already, so there is none yet
    done = commit(api, repo_id, edit, message=message, revision=revision, create_pr=opens)
    opened = done if opens and done is not None else first
    last = _push_tasks(told, place, api, opened.pr_revision or revision) if not opens or done else None
    return opened if target.create_pr else last or done or first  # that one names the pull request


def _push_tasks(told: Told, place: Place, api: HfApi, revision: str | None) -> CommitInfo | None:
    """The tasks of an evaluation set, by themselves: the Hub looks into them, and may refuse them."""
    metrics = {split: part["metrics"] for split, part in told.parts.items() if "metrics" in part.column_names}
    if told.wanted.resolved.schema.name != "eval_v1" or len(metrics) != len(told.parts):
        return None
    column = "input" if told.view == "native" else "prompt"

    def edit(read: Reader) -> Mapping[str, bytes]:
        held = _text(read(evaluation.FILE))
        named = (str(place.repo_id), place.config_name, metrics)
        return {evaluation.FILE: evaluation.eval_yaml(*named, input_column=column, existing=held).encode()}

    try:
        return commit(api, str(place.repo_id), edit, message=f"Add the tasks of {place.config_name}", revision=revision)
    except (HfHubHTTPError, ConfigError, UnicodeDecodeError) as error:
        _log.warning("The rows and the card are pushed, but not %s: %s", evaluation.FILE, error)
        return None


def _parts(told: Told) -> dict[str, datasets.Dataset]:
    if not all(isinstance(part, datasets.Dataset) for part in told.parts.values()):
        raise ConfigError("A dataset that streams cannot be pushed: load it without streaming=True.")
    return cast("dict[str, datasets.Dataset]", dict(told.parts))


def _push_data(whole: datasets.DatasetDict, name: str, target: Target) -> CommitInfo:
    made = whole.push_to_hub(
        target.repo_id,
        config_name=name,
        token=cast("Any", target.token),
        revision=target.revision,
        create_pr=target.create_pr,
        **target.options,
    )
    assert made is not None  # that is for buckets
    return made


def _files(told: Told, place: Place) -> dict[str, bytes]:
    """Files of ours alone: the recipe and, where its owner agrees, the records."""
    made: dict[str, bytes] = {}
    text, _ = recipe_text(told.config)
    if text is not None:
        made[f"{place.config_name}{ENDING}"] = text.encode()
    if place.records and text is not None:
        made[records_of(place.config_name)] = _records(told)
    return made


def _plots(told: Told, folder: str) -> dict[str, bytes]:
    """The plots, by their paths; none where the extra is not installed, which is no reason not to push."""
    with tempfile.TemporaryDirectory() as held:
        try:
            return {f"{folder}/{path.name}": path.read_bytes() for path in told.report.save_plots(held)}
        except MissingExtra as error:
            _log.warning("The card will have no plots: %s", error)
            return {}


def _records(told: Told) -> bytes:
    journal = told.wanted.journal()
    found = [record for _, record in journal.scan()]
    return records.packed(told.wanted.resolved.identities.journal, reached_in(found), found)


def _beside(api: HfApi, repo_id: str, name: str, revision: str | None) -> list[str]:
    """What stands in our folder of a config: of another push, where it is none of this one's."""
    files = api.list_repo_files(repo_id, repo_type="dataset", revision=revision)
    return [path for path in files if path.startswith(f"{FOLDER}/{name}/")]


def _data_files(api: HfApi, repo_id: str, folder: str, revision: str | None) -> dict[str, str | None]:
    """The Parquet files of a config with the SHA-256 that the Hub keeps."""
    tree = api.list_repo_tree(repo_id, folder, repo_type="dataset", revision=revision)
    found = (one for one in tree if isinstance(one, RepoFile) and one.path.endswith(".parquet"))
    return {one.path: one.lfs.sha256 if one.lfs else None for one in found}


def _shared(told: Told, place: Place, read: Reader, data_files: Mapping[str, str | None]) -> dict[str, bytes]:
    """Files that others write in, too."""
    known = facts.configs_in(read(facts.FILE))
    before = known.get(place.config_name, {}).get("card", {})
    others = [one.get("card", {}) for name, one in known.items() if name != place.config_name]
    now = facts.facts(told, data_files)
    card = merged(_text(read(_CARD)), place.config_name, body(told, place), fields(told), before, others)
    every = {**known, place.config_name: now}
    text = json.dumps({"format": facts.FORMAT, "configs": dict(sorted(every.items()))}, ensure_ascii=False, indent=1)
    return {_CARD: card.encode(), facts.FILE: f"{text}\n".encode()}


def _text(held: bytes | None) -> str | None:
    return None if held is None else held.decode()
