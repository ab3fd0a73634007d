"""The progress bar of a run, in the style of `datasets`: silent under `disable_progress_bars()`."""

from __future__ import annotations

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
        told = {"calls": progress.tally.calls, "usd": f"{progress.spent:.4f}"}
        if progress.dropped:
            told["dropped"] = sum(progress.dropped.values())
        if progress.tally.retries:
            told["retries"] = progress.tally.retries
        if progress.waiting:
            told = {"waiting": "another process makes these rows"}
        self._bar.set_postfix(told)
