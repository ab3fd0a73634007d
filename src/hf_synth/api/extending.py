"""`extend`: further rows for a dataset of the Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import datasets
from huggingface_hub import HfApi

from hf_synth.api.cards import push_to_hub
from hf_synth.api.find import local
from hf_synth.arguments import shared_fields
from hf_synth.config import read_config
from hf_synth.config.read import ConfigLike
from hf_synth.errors import ConfigError, RecordsNotFound
from hf_synth.executors.journals import take
from hf_synth.executors.local import Local
from hf_synth.hub.commits import read_file
from hf_synth.hub.recipes import ENDING, records_of
from hf_synth.hub.records import Carried, unpacked
from hf_synth.publishing import facts
from hf_synth.publishing.once import check_target

_load = cast("Any", datasets).load_dataset


def extend(  # noqa: PLR0913 where from, what else, where to
    repo_id: str,
    count: int | None = None,
    *,
    config_name: str | None = None,
    recipe: ConfigLike | None = None,
    push: bool = False,
    revision: str | None = None,
    token: str | bool | None = None,
    cache_dir: str | Path | None = None,
    **overrides: Any,
) -> datasets.DatasetDict:
    """Make further rows for a dataset of the Hub that was pushed with its records, and pay for those alone.

    The answers of the repo are checked and put on record here; its rows are made of them again, through every check,
    and are the first rows of the result. Calling this agrees to what the further rows cost: see `estimate`, and give
    `run={"max_cost": …}`.

    Args:
        repo_id: `OWNER/NAME`.
        count: rows in all, those there are among them; by default as many as the recipe says.
        config_name: which config, where the repo has several.
        recipe: your own recipe instead of the repo's, with what does not travel: `params`, `base_url`, a local
            `source`. It must be the one that the rows were made with.
        push: push the result to the same place, records included.
        revision: of the repo, to read from and to push to.
        token: for the Hub.
        cache_dir: the cache to work in.
        overrides: fields that win over those of the recipe, such as `run`.

    Returns:
        All rows, those of the repo first.

    Raises:
        RecordsNotFound: the repo has no records, and this machine has none, either.
        ConfigError: it has no recipe, more rows than `count`, or rows that were changed; or they were made with what
            the recipe does not tell.
        HfSynthError: what stopped the run.
    """
    api = HfApi(token=token)
    if push:
        check_target(repo_id, token)
    name = _name(api, repo_id, config_name, revision)
    if recipe is None:
        recipe = _shared(repo_id, name, revision, token)
    there = _told(api, repo_id, name, revision)
    config = read_config(recipe, **({} if count is None else {"count": count}), **overrides)
    if config.count < there:
        raise ConfigError(
            f"{repo_id} has {there:,} rows of {name}, and count is {config.count:,}: it counts those there are, too.",
            hint="To have fewer, load the dataset and select.",
        )
    wanted = local(config, cache_dir)
    packed = read_file(api, repo_id, records_of(name), revision)
    if packed is not None:
        _import(wanted, unpacked(packed, f"{repo_id}/{records_of(name)}"), repo_id)
    elif not any(record["type"] == "answer" for _, record in wanted.journal().scan()):
        raise RecordsNotFound(
            f"{repo_id} holds no records of {name} ({records_of(name)}): every row would be paid for again.",
            hint="Its owner can push them with records=True. To pay for all rows, generate its recipe instead.",
        )
    made = _load("hf_synth", config, cache_dir=None if cache_dir is None else str(cache_dir))
    if push:
        _compare(made, repo_id, name, revision, token)
        push_to_hub(made, repo_id, name, records=True, revision=revision, token=token, cache_dir=cache_dir)
    return made


def shared_recipe(
    repo_id: str, config_name: str | None = None, *, revision: str | None = None, token: str | bool | None = None
) -> dict[str, Any]:
    """The recipe of a repo, read by the allow-list of recipes from elsewhere.

    Raises:
        ConfigError: there is none, or it may not be read.
    """
    name = _name(HfApi(token=token), repo_id, config_name, revision)
    return _shared(repo_id, name, revision, token)


def _shared(repo_id: str, name: str, revision: str | None, token: str | bool | None) -> dict[str, Any]:
    at = f"@{revision.replace('/', '%2F')}" if revision else ""
    place = f"hf://datasets/{repo_id}{at}/{name}{ENDING}"
    return shared_fields(place, said=True, token=token)  # to ask for further rows is to agree


def _name(api: HfApi, repo_id: str, config_name: str | None, revision: str | None) -> str:
    files = api.list_repo_files(repo_id, repo_type="dataset", revision=revision)
    names = [file.removesuffix(ENDING) for file in files if file.endswith(ENDING) and "/" not in file]
    if not names:
        raise ConfigError(f"{repo_id} holds no recipe (NAME{ENDING}).", hint="hf_synth.push_to_hub puts one there.")
    if config_name is None and len(names) == 1:
        return names[0]
    if config_name not in names:
        said = "has several configs" if config_name is None else f"has no config {config_name!r}"
        raise ConfigError(f"{repo_id} {said}: name one of {', '.join(names)} (config_name, --config-name).")
    return config_name


def _told(api: HfApi, repo_id: str, name: str, revision: str | None) -> int:
    """Rows that a config of a repo has, 0 where it does not tell.

    Raises:
        ConfigError: they were changed after they were generated, so they cannot be made again.
    """
    try:
        told = facts.configs_in(read_file(api, repo_id, facts.FILE, revision))[name]
        rows, changed = sum(told["rows"].values()), bool(told["rows_changed"])
    except (KeyError, TypeError, AttributeError):
        return 0
    if changed:
        raise ConfigError(
            f"The rows of {name} in {repo_id} were changed after they were generated: they cannot be made again.",
            hint="Generate further rows with another seed, and concatenate.",
        )
    return int(rows)


def _compare(made: Any, repo_id: str, name: str, revision: str | None, token: str | bool | None) -> None:
    """Make sure that what would be pushed begins with the rows that are there.

    Raises:
        ConfigError: it does not.
    """
    for split, there in _load(repo_id, name, revision=revision, token=token).items():
        if split not in made or made[split][: len(there)] != there[:]:
            raise ConfigError(
                f"The result is not pushed: it does not begin with the rows of split {split!r} of {repo_id}.",
                hint="It is in the cache. To replace the rows, load it and call push_to_hub.",
            )


def _import(wanted: Local, carried: Carried, repo_id: str) -> None:
    resolved = wanted.resolved
    if not carried.answers:
        raise RecordsNotFound(f"The records of {repo_id} hold no answer: every row would be paid for again.")
    if carried.journal != resolved.identities.journal:
        raise ConfigError(
            f"The records of {repo_id} were made with another config than its recipe tells: parameters, an address, a "
            "source or an outline may have been left out, or this version of hf-synth asks in other words.",
            hint="Give the recipe they were made with (recipe=…, --recipe), or generate the repo's anew.",
        )
    take(wanted.folder, dict(resolved.identity), carried.answers, carried.reached)
