"""Rows that are wanted, against rows there are."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy

from hf_synth.engine.rows import Rows
from hf_synth.errors import HfSynthError, TooFewRows

Wanted = Mapping[str, int]
"""Rows by split."""


def enough(rows: Rows, wanted: Wanted) -> bool:
    """Whether every split has what is wanted."""
    return all(len(rows.places[split]) >= number for split, number in wanted.items())


def delivered(rows: Rows, targets: Wanted) -> int:
    """Rows there are of those a config delivers, all splits together."""
    return sum(min(len(rows.places[split]), number) for split, number in targets.items())


def told(error: BaseException, rows: int) -> BaseException:
    """The error that stopped a run, for one of its readers: with what it leaves behind."""
    if not isinstance(error, HfSynthError) or isinstance(error, TooFewRows):
        return error
    copied = copy(error)
    copied.hint = f"{error.hint} {rows} rows are made and kept: run the same again to go on from there.".strip()
    return copied.with_traceback(error.__traceback__)
