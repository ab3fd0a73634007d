"""`estimate`, `preview`, `receipt`, `partial`, `to_trl`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import datasets

from hf_synth.api.find import AnyDataset, find, is_dataset, local
from hf_synth.api.tables import dataset_of
from hf_synth.config.read import ConfigLike
from hf_synth.engine.plan import IDEAS, Plan
from hf_synth.engine.receipt import Receipt
from hf_synth.errors import ConfigError
from hf_synth.executors.estimate import Estimate
from hf_synth.executors.estimating import estimate_for
from hf_synth.executors.local import Local
from hf_synth.executors.sidecar import noted_receipt, receipt_for
from hf_synth.features import features, shown
from hf_synth.progress import Bar
from hf_synth.registry import schema


def estimate(config: ConfigLike, *, cache_dir: str | Path | None = None, **overrides: Any) -> Estimate:
    """What a config will take, before the first call: tokens and US dollars, likely and worst case.

    Args:
        config: a `GenerationConfig`, a mapping, or the path of a recipe.
        cache_dir: the cache whose journal is looked at; rows on record cost nothing more.
        overrides: fields that win over those of `config`.

    Raises:
        ConfigError: see `GenerationConfig`.
    """
    return estimate_for(local(config, cache_dir, **overrides))


def preview(
    config: ConfigLike, n: int = 5, *, cache_dir: str | Path | None = None, **overrides: Any
) -> datasets.Dataset:
    """The first few rows of a run, split by split. They are real and paid for, and count towards the later full run.

    Args:
        config: as in `estimate`.
        n: rows, at most `count`.
        cache_dir: the cache the later run will use.
        overrides: fields that win over those of `config`.

    Raises:
        HfSynthError: what stopped the run.
    """
    if n < 1:
        raise ConfigError(f"n is {n}: preview at least 1 row.")
    wanted = local(config, cache_dir, **overrides)
    plan = Plan(wanted.resolved.config.splits, wanted.resolved.config.seed)
    order = [plan.split(number // IDEAS) for number in range(min(n, wanted.resolved.config.count))]
    targets = {split: min(order.count(split), limit) for split, limit in wanted.resolved.targets.items()}
    with Bar(sum(targets.values())) as bar:
        wanted.fill(targets, bar.show)
    return datasets.concatenate_datasets([part for part in _on_record(wanted, targets).values() if len(part)])


def receipt(dataset_or_config: AnyDataset | ConfigLike, *, cache_dir: str | Path | None = None) -> Receipt:
    """Tokens, US dollars, yield by cause and models served.

    Of a dataset, what was noted when it was finished; of a config, what its journal holds now.

    Raises:
        RecordsNotFound: the dataset's records are not in the cache.
    """
    if not is_dataset(dataset_or_config):
        return receipt_for(local(cast("ConfigLike", dataset_or_config), cache_dir))
    found = find(cast("AnyDataset", dataset_or_config), cache_dir)
    noted = noted_receipt(found.record)
    noted.changed = found.changed
    return noted


def partial(
    config: ConfigLike, *, cache_dir: str | Path | None = None, **overrides: Any
) -> datasets.Dataset | datasets.DatasetDict:
    """The verified rows made so far, in plan order: those before the first unfinished one. Calls nobody.

    Returns:
        A `Dataset` where the config has one split, else a `DatasetDict`.
    """
    wanted = local(config, cache_dir, **overrides)
    made = _on_record(wanted, wanted.resolved.targets)
    return next(iter(made.values())) if len(made) == 1 else datasets.DatasetDict(cast("Any", made))


def to_trl(dataset: AnyDataset) -> AnyDataset:
    """A native dataset in the columns that TRL's trainers take; see the README for what each schema becomes.

    Raises:
        ConfigError: the columns are not those of a schema.
    """
    if isinstance(dataset, dict):
        parts = cast("dict[str, Any]", dataset)
        return cast("Any", type(dataset))({split: to_trl(part) for split, part in parts.items()})
    one = cast("Any", dataset)
    name = str(one.info.config_name or "")
    columns = list(one.features or {})
    try:
        made = schema(name)
        native = features(made, "native")
    except ConfigError:
        raise ConfigError(f"to_trl takes a dataset made by hf_synth, not one of config {name!r}.") from None
    if columns == list(features(made, "trl")):
        return dataset
    if columns != list(native):
        raise ConfigError(f"to_trl takes the columns {list(native)}, but the dataset has {columns}.")
    return cast("Any", dataset).map(made.trl, remove_columns=columns, features=features(made, "trl"))


def _on_record(wanted: Local, targets: Mapping[str, int]) -> dict[str, datasets.Dataset]:
    made, view = wanted.resolved.schema, wanted.resolved.config.view
    return {
        split: dataset_of([shown(made, view, record["row"]) for record in records], features(made, view), split)
        for split, records in wanted.records(targets).items()
    }
