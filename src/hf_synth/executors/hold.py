"""How a reader gets at rows: through the engine of this process, or by following another process's records."""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from hf_synth.engine.batches import batches_of
from hf_synth.engine.caller import Tally
from hf_synth.engine.journal import Journal
from hf_synth.engine.parts import Parts
from hf_synth.engine.records import Record
from hf_synth.engine.rows import Rows
from hf_synth.engine.session import Session
from hf_synth.engine.work import Work
from hf_synth.errors import BatchesRunning, JournalError
from hf_synth.executors.live import max_cost, open_parts
from hf_synth.executors.wanted import Wanted, enough, told
from hf_synth.registry import Resolved

_log = logging.getLogger("hf_synth")
_GRACE = 60.0  # seconds that calls in flight are given when a run ends early
_TICK = 0.1
_FOLLOW_EVERY = 0.2
_RETURN = "Run the same again, now or tomorrow, to have the results; `hf-synth cancel` cancels them."


@dataclass(slots=True)
class _Shared:
    session: Session
    users: int = 1


_sessions: dict[Path, _Shared] = {}
_opening = threading.RLock()  # entered again where a forgotten iterator is collected meanwhile


def _forget() -> None:
    """A forked child has none of its parent's threads."""
    global _opening  # noqa: PLW0603  # the lock may have been held at the fork
    _sessions.clear()
    _opening = threading.RLock()


os.register_at_fork(after_in_child=_forget)


class Hold:
    """One reader's hold on a journal; a context manager.

    All readers of a process share one session. Where another process is the writer its records are followed, and
    the writing is taken over if it dies.

    Args:
        resolved: what is wanted.
        folder: of the journal.
        fresh: begin a new generation of it.
        owner: whose calls they are where this reader's hold opens the session; see `executors.limits`.
    """

    def __init__(self, resolved: Resolved, folder: Path, *, fresh: bool = False, owner: str = "") -> None:
        self.waiting = False
        """Whether another process makes the rows at the moment."""
        self._resolved = resolved
        self._folder = folder
        self._fresh = fresh
        self._owner = owner
        self._session: Session | None = None
        self._run: Work | None = None
        self._parts: Parts | None = None
        self._rows = Rows(resolved.selection, list(resolved.config.splits))
        self._journal = Journal(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._journal.close()
        session = self._session
        if session is None:
            return
        with _opening:
            shared = _sessions.get(self._folder)
            if shared is None or shared.session is not session:
                return  # inherited by a forked process: it is the parent's
            shared.users -= 1
            if shared.users:
                return
            del _sessions[self._folder]
        if session.batches.out:
            _log.warning("Still at the provider: %s. %s", session.batches, _RETURN)
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            session.stop()  # before it is told
            _log.warning("Interrupted: waiting for the calls in flight, which are paid for. Ctrl-C again drops them.")
        try:
            session.close()
        except KeyboardInterrupt:
            session.hurry()
            session.close()
            raise

    @property
    def tally(self) -> Tally:
        """What this process did."""
        return self._session.tally if self._session else Tally()

    @property
    def spent(self) -> float:
        """US dollars over the lifetime of the journal, as far as prices are known."""
        return self._session.spent if self._session else 0.0

    @property
    def batches(self) -> str:
        """What is out at the provider, in words."""
        out = self._session.batches if self._session else None
        return f"{out}, {out.done:,} done" if out is not None and out.out else ""

    def get(self, wanted: Wanted, hoped: Wanted) -> Rows:
        """Rows as they stand, after waiting a moment for those wanted.

        Args:
            wanted: rows the reader cannot go on without.
            hoped: rows to work towards.

        Raises:
            HfSynthError: the run stopped before there were as many as wanted.
        """
        session = self._session = self._session or self._attach()
        if session is None:
            return self._follow(wanted)
        config = self._resolved.config
        run = self._run = self._run or session.run(config, self._resolved.selection)
        session.want(run, hoped, config.max_candidates)
        session.readers.wait(lambda: enough(run.rows, wanted) or run.error is not None, _TICK)
        if run.error is not None and not enough(run.rows, wanted):
            raise told(run.error, sum(len(run.rows.places[split]) for split in wanted))
        return run.rows

    def sync(self) -> None:
        """Put everything made so far on disk: for other readers, and against a power cut."""
        if self._session:
            self._session.journal.sync()

    def read(self, place: int) -> Record:
        """A row's record."""
        return (self._session.journal if self._session else self._journal).read(place)

    def _attach(self) -> Session | None:
        with _opening:
            shared = _sessions.get(self._folder)
            if shared is not None and self._fresh:
                raise JournalError(
                    "A new journal was asked for while this process reads the old one.",
                    hint="Finish or close the iterators of its streaming datasets first.",
                )
            if shared is not None:
                shared.session.tighten(max_cost(self._resolved.config))
                shared.users += 1
                return shared.session
            if self._fresh and (batches := batches_of(Journal(self._folder))).out:
                raise BatchesRunning(f"A new journal would lose what {batches} will bring.", hint=_RETURN)
            self._parts = self._parts or open_parts(self._resolved, self._owner)
            journal = Journal(self._folder)
            if not journal.acquire(dict(self._resolved.identity), fresh=self._fresh):
                return None
            rows = Rows(self._resolved.selection, list(self._resolved.config.splits))
            session = Session(journal, self._parts, rows, grace=_GRACE)
            session.start()
            _sessions[self._folder] = _Shared(session)
            self._fresh = self.waiting = False
            return session

    def _follow(self, wanted: Wanted) -> Rows:
        if not self.waiting:
            _log.info("Another process works on this journal: following its records.")
        self.waiting = True
        if not self._fresh:
            for place, record in self._journal.scan():
                self._rows.follow(record, place)
        if not enough(self._rows, wanted):
            time.sleep(_FOLLOW_EVERY)
        return self._rows
