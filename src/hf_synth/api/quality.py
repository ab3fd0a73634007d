"""`report`: the quality of a dataset, from its rows and from what is on record about them."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from hf_synth.api.find import AnyDataset, find, is_dataset, local, local_of, parts_of
from hf_synth.config.read import ConfigLike
from hf_synth.executors.sidecar import noted_receipt, receipt_for
from hf_synth.publishing.material import material_of, rows_of
from hf_synth.reports import Report, make


def report(dataset_or_config: AnyDataset | ConfigLike, *, cache_dir: str | Path | None = None) -> Report:
    """How diverse, balanced and clean the rows are, what was dropped and why, and how far the critic can be trusted.

    Of a dataset, its rows as they are now; of a config, and of a dataset that streams, the rows on record so far. Calls
    nobody.

    Args:
        dataset_or_config: what `load_dataset` returned, or what it was given.
        cache_dir: the cache that holds the records, where it is not the usual one.

    Returns:
        A `Report`: `print` shows a table, `save(path)` writes a page with plots, `save_plots(folder)` images,
        `to_dict()` gives plain values, and `outline` what the plan walked over, to edit and to put into a recipe.

    Raises:
        RecordsNotFound: the dataset was not made by hf_synth, or its records are not in this cache.
    """
    if not is_dataset(dataset_or_config):
        wanted = local(cast("ConfigLike", dataset_or_config), cache_dir)
        return make(material_of(wanted, None, receipt_for(wanted), changed=False))
    dataset = cast("AnyDataset", dataset_or_config)
    found = find(dataset, cache_dir)
    wanted = local_of(found)
    rows = rows_of(parts_of(dataset), wanted.resolved.schema)
    return make(material_of(wanted, rows, noted_receipt(found.record), changed=found.changed))
