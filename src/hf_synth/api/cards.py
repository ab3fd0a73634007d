"""`card` and `push_to_hub`: a dataset, told and published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import datasets
from huggingface_hub import CommitInfo, DatasetCard

from hf_synth.api.find import AnyDataset, find, local_of, parts_of
from hf_synth.errors import ConfigError
from hf_synth.features import marked
from hf_synth.publishing import facts
from hf_synth.publishing.body import Place
from hf_synth.publishing.cards import card_of
from hf_synth.publishing.push import Target, push
from hf_synth.publishing.told import Told


def card(
    dataset: AnyDataset, *, config_name: str | None = None, plots: str | Path | None = None, cache_dir: Any = None
) -> DatasetCard:
    """A dataset card made from the records: YAML for the Hub, then how the rows were made, checked and paid for.

    Nothing in it is guessed: what is not on record is left out or said not to be known. `push_to_hub` puts it into the
    repo; this is for a look before, or for another place.

    Args:
        dataset: what `load_dataset("hf_synth", …)` returned; after `map` or `filter` the card says that the rows were
            changed.
        config_name: the name of its config in a repo; the schema's by default.
        plots: a folder to draw the plots into, and to show them from (needs the extra `report`).
        cache_dir: the cache that holds the records, where it is not the usual one.

    Returns:
        A `DatasetCard` of `huggingface_hub`: `print`, `save(path)`, `data`.

    Raises:
        RecordsNotFound: the dataset was not made by hf_synth, or its records are not in this cache.
        MissingExtra: `plots` is given and the extra is not installed.
    """
    told = _told(dataset, cache_dir)
    if plots is not None:
        told.report.save_plots(plots)
    name = config_name or told.wanted.resolved.schema.name
    return card_of(told, Place(None, name, None if plots is None else Path(plots).as_posix()))


def push_to_hub(  # noqa: PLR0913 as `push_to_hub` of `datasets`
    dataset: AnyDataset,
    repo_id: str,
    config_name: str | None = None,
    *,
    records: bool = False,
    token: str | bool | None = None,
    revision: str | None = None,
    create_pr: bool = False,
    cache_dir: str | Path | None = None,
    **options: Any,
) -> CommitInfo:
    """Push a dataset to the Hub with its card, its recipe and its plots.

    The data goes first, by `push_to_hub` of `datasets`; then our part of the card is put between marks into the card
    that is there, so that what others wrote in it, and other configs, stay. Pushing the same again changes nothing.
    A commit of somebody else that comes first is no error: it is read, and the push made again. Plain
    `dataset.push_to_hub` pushes the rows alone.

    Args:
        dataset: what `load_dataset("hf_synth", …)` returned, not streaming.
        repo_id: `OWNER/NAME`; made where there is none.
        config_name: its name in the repo; the schema's by default, so that three schemas fit into one repo.
        records: push the answers of the models along (`hf_synth/CONFIG/records.jsonl.gz`), refused candidates among
            them. Whoever has them makes the rows again without a call, and pays for further ones alone.
        token, revision, create_pr: as in `datasets`.
        cache_dir: the cache that holds the records, where it is not the usual one.
        options: what else `push_to_hub` of `datasets` takes: `private`, `set_default`, `commit_message`,
            `commit_description`, `max_shard_size`, `num_shards`, `num_proc`.

    Returns:
        The last commit; of a pull request the first, which names it (`pr_url`, `pr_revision`).

    Raises:
        RecordsNotFound: the dataset was not made by hf_synth, or its records are not in this cache.
        ConfigError: it streams, or it is one split of several.
        HfHubHTTPError: what the Hub refused.
    """
    told = _told(dataset, cache_dir)
    splits = list(told.wanted.resolved.targets)
    if not isinstance(dataset, dict) and len(splits) > 1:
        raise ConfigError(
            f"This is one of the splits {', '.join(splits)}, and a card tells of all.",
            hint="Push what load_dataset returns without split=…, or a DatasetDict of the splits that are meant.",
        )
    return push(told, Target(repo_id, config_name, records, token, revision, create_pr, options))


def with_marks(dataset: datasets.DatasetDict, cache_dir: str | Path | None = None) -> datasets.DatasetDict:
    """The same rows; Parquet files that are written of them say inside that a model wrote them.

    Raises:
        RecordsNotFound: see `card`.
    """
    told = facts.marks(_told(dataset, cache_dir))
    return datasets.DatasetDict({split: marked(part, told) for split, part in dataset.items()})


def _told(dataset: AnyDataset, cache_dir: str | Path | None) -> Told:
    found = find(dataset, cache_dir)
    parts = {split.partition("[")[0]: part for split, part in parts_of(dataset).items()}  # of train[:10], train
    return Told(parts, found.record, local_of(found), found.changed)
