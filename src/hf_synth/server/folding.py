"""What a job has done so far, folded over its journal as it grows: statistics for its owner, places of its rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from hf_synth.engine.money import added
from hf_synth.executors.local import Local, Progress
from hf_synth.executors.measuring import Standing
from hf_synth.executors.wanted import delivered

_LOOK = 1000  # records between two looks at whether to go on


class Fold:
    """Follows a journal. Each record is read once.

    Args:
        local: the config and its journal.
        before: what the journal held when the job first ran, as `mark` told it; `None` at that first time.
        going_on: called now and then while a long journal is read; what it raises ends that.
    """

    def __init__(
        self, local: Local, before: Mapping[str, Any] | None, going_on: Callable[[], object] = lambda: None
    ) -> None:
        self.resolved = local.resolved
        self.standing = Standing(local.resolved)
        self._journal = local.journal()
        self._going_on = going_on
        self.follow()
        self._going_on = lambda: None  # what comes now is short
        self._before = dict(self.mark() if before is None else before)
        self._began, self._had = time.monotonic(), self.accepted
        self._seconds: float | None = None

    def follow(self) -> None:
        """Take what was recorded since the last time."""
        for number, (place, record) in enumerate(self._journal.scan()):
            self.standing.follow(record, place)
            if number % _LOOK == 0:
                self._going_on()

    def lost(self, usd: float) -> None:
        """Count what the job is known to have spent, where answers were lost with the disk of another server."""
        now, before = self._charged(), self._before["usd"]
        if now is not None and before is not None:
            self._before["usd"] = min(before, now - usd)

    def close(self) -> None:
        """Stop reading."""
        self._journal.close()

    def row(self, place: int) -> dict[str, Any]:
        """A row on record, native."""
        return self._journal.read(place)["row"]

    @property
    def accepted(self) -> int:
        """Rows there are, of those that are wanted."""
        return delivered(self.standing.rows, self.resolved.targets)

    def mark(self) -> dict[str, Any]:
        """What calls took, over the lifetime of the journal."""
        totals = self.standing.ledger.totals
        return {
            "calls": totals.calls,
            "input_tokens": totals.input_tokens,
            "output_tokens": totals.output_tokens,
            "usd": self._charged(),
        }

    def _charged(self) -> float | None:
        """With what batches that are out may come to: whoever cancels one may be charged, though no answer comes."""
        return added(self.standing.ledger.spent, self.standing.ledger.set_aside)

    @property
    def before(self) -> dict[str, Any]:
        """See `Fold`; to be kept for when the job runs again."""
        return dict(self._before)

    @property
    def usd(self) -> float | None:
        """US dollars that this job spent, or has set aside for batches; `None` where a price is not known."""
        before, now = self._before["usd"], self._charged()
        return None if before is None or now is None else max(0.0, now - before)

    @property
    def _settled(self) -> float | None:
        """US dollars of answers, and of calls that were cut off."""
        before, now = self._before["usd"], self.standing.ledger.spent
        return None if before is None or now is None else max(0.0, now - before)

    def _rate(self) -> float | None:
        """Rows a second, of those that were made here; not slower for what is done once they all are."""
        made = self.accepted - self._had
        seconds = self._seconds or time.monotonic() - self._began
        if self.accepted >= sum(self.resolved.targets.values()):
            self._seconds = seconds
        return made / seconds if made and seconds > 0 else None

    def statistics(self, progress: Progress | None, *, ended: bool = False) -> dict[str, Any]:
        """Figures for the owner of the job: its own calls, tokens and dollars, and all verdicts on its rows.

        Args:
            progress: the last one of the run.
            ended: whether nothing more is made.
        """
        rows, mark = self.standing.rows, self.mark()
        own = {name: max(0, mark[name] - self._before[name]) for name in ("calls", "input_tokens", "output_tokens")}
        rate = self._rate()
        missing = sum(self.resolved.targets.values()) - self.accepted
        expected = progress.expected if progress else None
        return {
            "rows_requested": self.resolved.config.count,
            "rows_accepted": self.accepted,
            "rows_by_split": {s: min(len(rows.places[s]), n) for s, n in self.resolved.targets.items()},
            "candidates_judged": rows.judged,
            "rows_dropped": sum(rows.causes.values()),
            "dropped_by_cause": dict(rows.causes.most_common()),
            **own,
            "usd": self.usd if ended else self._settled,
            "usd_expected": None if expected is None else max(0.0, expected - (self._before["usd"] or 0.0)),
            "retries": progress.tally.retries if progress else 0,
            "rows_per_minute": None if rate is None else round(60 * rate, 3),
            "seconds_left": 0.0 if not missing else None if ended or not rate else round(missing / rate, 1),
            "waiting_for": progress.batches if progress and not ended else "",
        }
