"""`provenance`: where each row comes from."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any, cast

import datasets

from hf_synth.api.find import AnyDataset, find, is_dataset, local, local_of
from hf_synth.api.tables import dataset_of
from hf_synth.config.read import ConfigLike
from hf_synth.engine.records import Record
from hf_synth.executors.local import Local

_TEXT = datasets.Value("string")
_ORIGIN = datasets.Features(
    {
        "split": _TEXT,
        "row": datasets.Value("int64"),
        "cell": _TEXT,
        "topic": _TEXT,
        "passage": _TEXT,
        "models": [_TEXT],
        "answers": [_TEXT],
        "checks": [_TEXT],
        "flags": _TEXT,
        "notes": _TEXT,
    }
)


def provenance(dataset_or_config: AnyDataset | ConfigLike, *, cache_dir: str | Path | None = None) -> datasets.Dataset:
    """Where each row comes from: one row per row as generated, splits one after the other; of a split, its rows.

    Columns: `split`, `row` (its number in the split), `cell`, `topic`, `passage` (where the text of the source stands
    that grounded it; empty without one), `models` (as served), `answers` (their names in the journal), `checks` (those
    it passed or was marked by, with their versions), `flags` (JSON: what checks marked it for), `notes` (JSON: what the
    schema kept, such as scores in both orders).

    Raises:
        RecordsNotFound: the records are not in the cache.
    """
    if is_dataset(dataset_or_config):
        found = find(cast("AnyDataset", dataset_or_config), cache_dir)
        if found.changed:
            warnings.warn(
                "The rows were changed since they were generated: this is where they came from.", stacklevel=2
            )
        wanted = local_of(found)
    else:
        wanted = local(cast("ConfigLike", dataset_or_config), cache_dir)
    targets = wanted.resolved.targets
    one = str(getattr(dataset_or_config, "split", None))
    if one in targets:  # a dataset of one split, and not a part of it or a mixture
        targets = {one: targets[one]}
    models, checks = _models_and_checks(wanted)
    rows = [
        {
            "split": split,
            "row": number,
            "cell": record["cell"],
            "topic": record["topic"],
            "passage": record.get("passage", ""),
            "models": sorted({models[name] for name in record["answers"] if name in models}),
            "answers": record["answers"],
            "checks": checks.get(_place(record), []),
            "flags": _plain(record.get("flags", {})),
            "notes": _plain(record.get("notes", {})),
        }
        for split, records in wanted.records(targets).items()
        for number, record in enumerate(records)
    ]
    return dataset_of(rows, _ORIGIN)


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _place(record: Record) -> tuple[int, int]:
    return record["place"][0], record["place"][1]


def _models_and_checks(wanted: Local) -> tuple[dict[str, str], dict[tuple[int, int], list[str]]]:
    """Models by name of answer; the checks by place in the plan, as they were when its verdict was given."""
    models: dict[str, str] = {}
    checks: dict[tuple[int, int], list[str]] = {}
    now: list[str] = []
    for _, record in wanted.journal().scan():
        if record["type"] == "answer":
            models[record["name"]] = record["model"]
        elif record.get("selection") != wanted.resolved.selection:
            continue
        elif record["type"] == "gate":
            now = [f"{name}@{version}" for name, version in record["checks"].items()]
        elif record["type"] == "row":
            checks.setdefault(_place(record), now)
    return models, checks
