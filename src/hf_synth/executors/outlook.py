"""What a run will take in all: told at its start, and again, as measured, once there are rows."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Self

from hf_synth.engine.journal import Journal
from hf_synth.executors.estimate import Estimate, short
from hf_synth.executors.estimating import estimate_of, too_dear
from hf_synth.executors.live import max_cost
from hf_synth.executors.measuring import ENOUGH, Standing
from hf_synth.executors.wanted import Wanted
from hf_synth.registry import Resolved, provider_kind

_log = logging.getLogger("hf_synth")
_told = logging.getLogger("hf_synth.cost")  # by itself, so that the command line can show it: a library is quiet
_LAST = 2560  # rows after which measuring once more tells nothing new


class Outlook:
    """Tells at INFO level, to the logger `hf_synth.cost`. A context manager around a run.

    Without a cap the first estimate is made beside the run, because the table of prices takes 0.3 s to load. With one
    the prices are needed before the first call in any case, and a cap that is too low is said before money is spent.

    Args:
        resolved: what is wanted.
        folder: of the journal.
        targets: rows wanted, by split.
        standing: what was on record before the run.
    """

    def __init__(self, resolved: Resolved, folder: Path, targets: Wanted, standing: Standing) -> None:
        self.expected: float | None = None
        """US dollars in all, what was spent before included; `None` while it is not known."""
        self.unpriced = False
        """Whether a price turned out not to be known."""
        self._resolved, self._folder, self._targets = resolved, folder, targets
        self._first: Estimate | None = None
        self._next = ENOUGH
        while self._next <= standing.rows.accepted:
            self._next *= 2
        self._before: Standing | None = standing
        self._journal: Journal | None = None
        self._standing = Standing(resolved)
        self._thread = threading.Thread(target=self._begin, name="hf_synth estimate", daemon=True)

    def __enter__(self) -> Self:
        if all(provider_kind(at.provider).default_base_url is None for at in self._resolved.endpoints.values()):
            self._next = _LAST + 1  # nothing is called, so nothing is charged
        elif max_cost(self._resolved.config) is None:
            self._thread.start()
        else:
            self._begin()
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread.ident is not None:
            self._thread.join()
        if self._journal is not None:
            self._journal.close()

    def _begin(self) -> None:
        assert self._before is not None
        first = self._first = self._estimate(self._before)
        self._before = None  # it may hold much, and is not needed any more
        if first is None or first.worst.cost == 0:
            return
        self.unpriced = first.likely.cost is None
        self.expected = first.total if self.expected is None else self.expected
        _told.info(first.line())
        if first.max_cost is not None and (first.total or 0.0) > first.max_cost:
            _log.warning(too_dear(first))

    def _estimate(self, standing: Standing) -> Estimate | None:
        try:
            return estimate_of(self._resolved, standing, self._targets)
        except Exception as error:  # noqa: BLE001  # of a third party's schema or price table: the run goes on
            _log.info("There is no estimate: %s: %s", type(error).__name__, error)
            return None

    def due(self, rows: int) -> bool:
        """Whether there are rows enough to measure (again)."""
        return self._next <= min(rows, _LAST)

    def measure(self) -> None:
        """Go by what is on record now. Only what was recorded since the last time is read."""
        self._journal = self._journal or Journal(self._folder)
        for place, record in self._journal.scan():
            self._standing.follow(record, place)
        measured = self._standing.measured
        if measured.accepted < self._next or (now := self._estimate(self._standing)) is None:
            return  # not all of it is written down yet
        while self._next <= measured.accepted:
            self._next *= 2
        if now.total is None:
            return
        self.expected = now.total
        before = f"estimated {short(self._first.total)} before; " if self._first else ""
        capped = now.max_cost is not None and now.most == now.max_cost
        most = f"run.max_cost stops it at {short(now.most)}" if capped else f"at most {short(now.most)}"
        _told.info("After %d rows: about %s in all (%s%s).", measured.accepted, short(now.total), before, most)
