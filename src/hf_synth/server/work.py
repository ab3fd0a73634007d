"""One job, run in a thread: fill the journal as any run does, write down how it goes, hand out the rows."""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import ExitStack
from typing import Any

from hf_synth.config import GenerationConfig
from hf_synth.errors import BudgetReached, HfSynthError
from hf_synth.executors.local import Local, Progress
from hf_synth.registry import resolve
from hf_synth.server import queue
from hf_synth.server.budgeting import Cap, more_left, more_next_time
from hf_synth.server.copies import Copies, needed, use_journal
from hf_synth.server.database import Database
from hf_synth.server.ending import cancel_out, complete, tidy
from hf_synth.server.folding import Fold
from hf_synth.server.jobs import Job
from hf_synth.server.patience import AWAY, patiently, where
from hf_synth.server.pricing import priced
from hf_synth.server.problems import reason
from hf_synth.server.settings import Settings
from hf_synth.server.store import Store
from hf_synth.server.telling import Telling, write_down

_log = logging.getLogger("hf_synth.server")
_EVERY = 1.0  # seconds between two reports on a job
_LAST_ROWS = 20.0  # seconds of patience with the store where a job ends early


class Stopped(Exception):
    """A run is to end early.

    `cancelled`; `drained`: another worker goes on; `lost`: another one already does; `poor`: it waits for money.
    """


class Work:
    """A job that runs here.

    Args:
        settings: of the server.
        database: has the job.
        store: takes its rows.
        worker: who owns it.
        job: as it was claimed.
        after: an earlier thread on the same job that has not ended yet.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        store: Store,
        worker: str,
        job: Job,
        after: threading.Thread | None = None,
    ) -> None:
        self.job = job
        self.stop: str = "cancelled" if job.cancel_requested else ""
        """Why it is to end, a word of `Stopped`; set from another thread."""
        self._settings, self._database, self._store, self._worker = settings, database, store, worker
        self._root = settings.root_of(job.key_id)
        self._telling: Telling | None = None
        self._progress: Progress | None = None
        self._told = float("-inf")
        self._after = after
        self.thread = threading.Thread(target=self._main, name=f"hf_synth {job.id}", daemon=True)

    def _main(self) -> None:
        if self._after is not None:
            self._after.join()
        try:
            ending = self._ending()
        except BaseException as error:  # noqa: BLE001  # whatever it was, the job must not seem to run for ever
            ending = self._mistake(error)
        if ending is not None:
            mine = write_down(self._database, self._worker, self.job, ending, self._telling)
            _log.info("%s %s", self.job.id, ending["status"] if mine else "is another worker's now")
            if mine and "parts" in ending:
                tidy(self._store, self.job)
        if self._telling is not None:
            self._telling.fold.close()

    def _going_on(self) -> None:
        if self.stop:
            raise self._stops(self.stop)

    def _stops(self, why: str) -> Stopped:
        _log.info("%s stops: %s", self.job.id, why)
        return Stopped(why)

    def _ending(self) -> dict[str, Any] | None:
        """Run the job; what is to be written down about its end."""
        try:
            return self._run()
        except Stopped as stopped:
            return self._stopped(str(stopped))
        except HfSynthError as error:
            _log.warning("%s failed: %s", self.job.id, type(error).__name__)
            return self._ended("failed", error=reason(error))

    # -- the run -------------------------------------------------------------------------------------------------

    def _run(self) -> dict[str, Any]:
        self._going_on()
        config = priced(GenerationConfig(**self.job.config), self._settings.prices)
        local = self._local(config)
        use_journal(self._database, self._worker, self.job, local.folder, self._going_on)
        with ExitStack() as stack:
            copies = None
            if needed(self._settings, self._store):
                copies = Copies(self._store, self.job.key_id, local.folder)
                stack.enter_context(copies.kept(self._going_on))
            fold = Fold(local, self.job.before, self._going_on)
            if copies is not None:
                fold.lost(self.job.usd)
            self._telling = patiently(lambda: self._begun(fold, copies), AWAY, self._going_on)
            self._telling.refuse_deadly()
            cap = Cap(self.job, fold.before["usd"])
            local = self._local(cap.on(config))
            self._going_on()
            try:
                local.fill(local.resolved.targets, self._tick)
            except BudgetReached as error:
                raise self._poor(cap, config, error) from None
            self._tell(rows=False)  # the last copy may have to wait for the store
        self._tell(rows=True)
        done = complete(self._store, self.job, self._root, local, self._going_on)
        return {**self._ended("completed"), **done}

    def _local(self, config: GenerationConfig) -> Local:
        return Local(resolve(config, os.environ), self._root, owner=self.job.key_id)

    def _begun(self, fold: Fold, copies: Copies | None) -> Telling:
        """Write down from where the job's own figures count: whoever goes on with it must count from there, too."""
        telling = Telling(self._database, self._store, self._worker, self.job, fold, copies)
        values = {"before": fold.before, "journal": fold.resolved.identities.journal}
        if not queue.update(self._database, self._worker, self.job.id, values):
            raise self._stops("lost")
        return telling

    def _tick(self, progress: Progress) -> None:
        """Called about ten times a second: stop if asked to, tell how it goes, hand out rows."""
        self._going_on()
        self._progress = progress
        now = time.monotonic()
        if now - self._told >= _EVERY:
            self._told = now
            self._tell(rows=False)

    def _tell(self, *, rows: bool) -> None:
        assert self._telling is not None
        if not self._telling.tell(self._progress, rows=rows):
            raise self._stops("lost")

    def _poor(self, cap: Cap, config: GenerationConfig, error: BudgetReached) -> Exception:
        """What was allotted is spent: get in line again where the key has more, or may get some back."""
        if not cap.binds(config):
            return error
        self._tell(rows=False)
        if patiently(lambda: more_left(self._database, self.job), AWAY, self._going_on):
            return self._stops("poor")
        assert self._telling is not None
        fold = self._telling.fold
        return cap.reached(error, fold.usd or 0.0, fold.accepted)

    # -- the end -------------------------------------------------------------------------------------------------

    def _stopped(self, why: str) -> dict[str, Any] | None:
        if why == "lost":
            return None
        if why in ("drained", "poor"):
            values = {**self._ended("queued"), "ended_at": None, "owner": None, "lease_until": None}
            return {**values, "bound": more_next_time()} if why == "poor" else values
        cancel_out(self._local(GenerationConfig(**self.job.config)))
        return self._ended("cancelled")

    def _ended(self, status: str, error: dict[str, Any] | None = None) -> dict[str, Any]:
        """What is written down at the end; the last rows are handed out before."""
        figures: dict[str, Any] = {}
        if self._telling is not None:
            early = status in ("failed", "cancelled")
            self._telling.last_rows(_LAST_ROWS if early else 0.0)
            figures = self._telling.figures(self._progress, ended=True) | (self._telling.receipt() if early else {})
        return {**figures, "status": status, "error": error, "ended_at": time.time(), "allotted": None}

    def _mistake(self, error: BaseException) -> dict[str, Any]:
        """Of a third party's part, or ours: it must not end the other jobs."""
        _log.error("%s failed: %s\n%s", self.job.id, type(error).__name__, where(error))
        try:
            return self._ended("failed", error=reason(error))
        except Exception as other:  # noqa: BLE001  # its figures are what is broken
            _log.error("%s has no figures: %s", self.job.id, type(other).__name__)
            return {"status": "failed", "error": reason(error), "ended_at": time.time(), "allotted": None}
