"""A job's journal, kept in the store too, where the job may go on in a place that does not have this disk."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import sqlalchemy as sa

from hf_synth.errors import JournalError
from hf_synth.executors.keeping import copied
from hf_synth.server.database import Database
from hf_synth.server.jobs import Job
from hf_synth.server.patience import AWAY, PATIENCE, patiently
from hf_synth.server.settings import Settings
from hf_synth.server.store import Store, StoreFailed
from hf_synth.server.tables import jobs

_log = logging.getLogger("hf_synth.server")
_EVERY = 60.0  # seconds between two copies, where nobody waits for rows
_DUTY = 20  # copies that rows wait for take at most about one twentieth of the time, too
_AT_THE_END = 20.0  # seconds of patience where the job stops early: it may be the whole worker that does
_AWAY = (JournalError, StoreFailed)
Rows = Mapping[str, int]
"""Numbers of rows by split."""


def needed(settings: Settings, store: Store) -> bool:
    """Whether jobs may go on elsewhere: whoever shares a database or results between machines means them to."""
    return not store.local or bool(settings.store and settings.database)


def use_journal(database: Database, worker: str, job: Job, folder: Path, going_on: Callable[[], object]) -> None:
    """Write down which journal a job is about to work on, so that nobody removes it.

    It is another one than the job was sent for where something changed meanwhile: a source, or a provider's address.

    Args:
        database: has the job.
        worker: whose job it is.
        job: as it was claimed.
        folder: of the journal.
        going_on: see `patiently`.
    """
    folder.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if job.journal == folder.name:
        return
    its = sa.and_(jobs.c.id == job.id, jobs.c.owner == worker, jobs.c.status == "running")

    def write() -> None:
        with database.write(alone=True) as connection:
            connection.execute(jobs.update().where(its).values(journal=folder.name))

    patiently(write, AWAY, going_on)


class Copies:
    """Copies of one journal, and which rows are in them.

    A row is handed out only once the answers it was made of are in the store. Otherwise whoever takes the job over
    could make another row in its place, and what readers have would not fit what they read on.

    Args:
        store: takes the copies.
        key_id: whose journal it is.
        journal: its folder on this disk.
    """

    def __init__(self, store: Store, key_id: str, journal: Path) -> None:
        self._place, self._journal = store.place(f"journals/{key_id}"), journal
        self._seen: list[tuple[float, Rows]] = []
        self._safe: Rows | None = None
        self._wake = threading.Event()
        self._next = float("-inf")
        self._lock = threading.Lock()
        self.all = False
        """Whether everything on record is in the store."""

    @contextmanager
    def kept(self, going_on: Callable[[], object]) -> Generator[None]:
        """Bring the journal, keep it while the block runs, and take a last copy at its end.

        Args:
            going_on: see `patiently`.

        Raises:
            JournalError: nothing was done: the store could not be read, or somebody else works on the journal. Or the
                block ended, and the last copy could not be taken.
        """
        keeping = patiently(self._begun, _AWAY, going_on)
        try:
            yield
        except BaseException:
            try:
                self._end(keeping, _AT_THE_END)
            except _AWAY as error:
                _log.warning("%s It is on the disk of this server alone.", error)
            raise
        self._end(keeping, PATIENCE, going_on)

    def _begun(self) -> AbstractContextManager[None]:
        keeping = copied(self._place, self._journal, _EVERY, self._wake, self._taken)
        keeping.__enter__()
        return keeping

    def _end(
        self,
        keeping: AbstractContextManager[None],
        patience: float,
        going_on: Callable[[], object] = lambda: None,
    ) -> None:
        try:
            keeping.__exit__(None, None, None)
        except _AWAY:
            patiently(self._again, _AWAY, going_on, patience)
        self.all = True

    def _again(self) -> None:
        with copied(self._place, self._journal):
            pass

    def _taken(self, began: float) -> None:
        now = time.monotonic()
        with self._lock:
            self._next = now + _DUTY * (now - began)
            for at, rows in self._seen:
                if at <= began:
                    self._safe = rows
            self._seen = [(at, rows) for at, rows in self._seen if at > began]

    def safe(self, rows: Rows, *, due: bool) -> Rows:
        """How many of the rows that are on record now may be handed out; `due`: another copy is taken for the rest."""
        if self.all:
            return rows
        now = time.monotonic()
        with self._lock:
            self._seen.append((now, rows))
            safe = self._safe or dict.fromkeys(rows, 0)
            if due and safe != rows and now >= self._next:
                self._wake.set()
            return safe
