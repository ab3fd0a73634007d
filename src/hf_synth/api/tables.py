"""Rows to a `Dataset`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import datasets


def dataset_of(
    rows: Sequence[dict[str, Any]], columns: datasets.Features, split: str | None = None
) -> datasets.Dataset:
    """As `Dataset.from_list`, which fails where there is no row."""
    return datasets.Dataset.from_dict(
        {name: [row[name] for row in rows] for name in cast("dict[str, Any]", columns)},
        features=columns,
        split=cast("Any", split),
    )
