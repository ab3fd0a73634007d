"""The progress bar of a run, in the style of `datasets`: silent under `disable_progress_bars()`."""

from __future__ import annotations

import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from datasets.utils.tqdm import tqdm

from hf_synth.executors.local import Progress


class Bar:
    """Rows made, with calls, dollars and drops beside them. A context manager."""

    def __init__(self, total: int) -> None:
        self._bar = tqdm(total=total, unit=" rows", desc="Asking models")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.close()

    def show(self, progress: Progress) -> None:
        """Move the bar to where the run stands."""
        self._bar.update(progress.accepted - self._bar.n)
        of = "" if progress.expected is None else f" of about {progress.expected:.4f}"
        spent = "unknown" if progress.spent is None else f"{progress.spent:.4f}{of}"
        told: dict[str, object] = {"calls": progress.tally.calls, "usd": spent}
        if progress.dropped:
            told["dropped"] = sum(progress.dropped.values())
        if progress.tally.retries:
            told["retries"] = progress.tally.retries
        if progress.batches:
            told["waiting for"] = progress.batches
        if progress.waiting:
            told = {"waiting": "another process makes these rows"}
        self._bar.set_postfix(told)


class _Aside(logging.Handler):
    """Writes above a bar, and not into it."""

    def emit(self, record: logging.LogRecord) -> None:
        tqdm.write(record.getMessage(), file=sys.stderr)


@contextmanager
def costs_on_stderr() -> Generator[None]:
    """Show what a run will cost on stderr, as the command line does: as estimated, then as measured."""
    told, aside = logging.getLogger("hf_synth.cost"), _Aside()
    before = told.level, told.propagate
    told.addHandler(aside)
    told.setLevel(logging.INFO)
    told.propagate = False
    try:
        yield
    finally:
        told.removeHandler(aside)
        told.setLevel(before[0])
        told.propagate = before[1]
