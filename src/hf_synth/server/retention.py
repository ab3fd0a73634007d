"""What is kept no longer than the operator wants: jobs, and the journals and caches that no job needs any more.

Jobs, and copies of journals in the store, are everybody's: one server of a database forgets them, in turn. Journals and
caches are on a disk, and each server removes those on its own.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from hf_synth.server.database import Database, clock
from hf_synth.server.disk import Disk
from hf_synth.server.forgetting import forget
from hf_synth.server.jobs import ENDED, columns, job_of
from hf_synth.server.patience import AWAY, said, where
from hf_synth.server.settings import Settings
from hf_synth.server.store import Store, StoreFailed
from hf_synth.server.tables import facts, jobs

_log = logging.getLogger("hf_synth.server")
_DAY = 86400.0
_LAST = "forgotten_at"
_COPY = re.compile(r"journals/([^/]+)/([0-9a-f]{64})-(\d{1,19})\.tar\.gz")
_VAIN = 5  # jobs in a row that the store does not let go of, after which the others wait for the next time


class Retention:
    """Forgets what is older than `keep_days`, once in a while.

    Args:
        settings: of the server.
        database: has the jobs.
        store: has their results, and copies of journals.
        every: seconds between two looks.
    """

    def __init__(self, settings: Settings, database: Database, store: Store, every: float = 3600.0) -> None:
        self._database, self._store, self._every = database, store, every
        self._seconds = _DAY * (settings.keep_days or 0.0)
        self._disk = Disk(settings.data / "keys")
        self.ending = threading.Event()

    def run(self, ending: threading.Event) -> None:
        """Look until `ending` is set, for the first time at once."""
        self.ending = ending
        while not ending.is_set():
            try:
                self.look()
            except (*AWAY, StoreFailed) as error:
                _log.warning("%s", said(error))
            except Exception as error:  # noqa: BLE001  # the next look may go well
                _log.error("Nothing is forgotten: %s\n%s", type(error).__name__, where(error))
            ending.wait(self._every)

    def look(self) -> None:
        """Forget and remove what is old enough.

        Raises:
            StoreFailed: it does not let go.
        """
        try:
            if self._in_turn():
                self._forget_jobs()
                self._remove_copies()
        finally:
            self._remove_journals()
            self._remove_rest()
            if gone := self._disk.tidy():
                _log.info("%d journals or leftovers are removed, which nobody used for long", gone)

    def _in_turn(self) -> bool:
        """Whether no other server of the database looked a moment ago."""
        last = facts.c.name == _LAST
        with self._database.write(alone=True) as connection:
            now = connection.scalar(sa.select(clock())) or 0.0
            before = connection.scalar(sa.select(facts.c.value).where(last))
            if before is None:
                connection.execute(facts.insert().values(name=_LAST, value=str(now)))
            elif now - float(before) >= 0.9 * self._every:
                connection.execute(facts.update().where(last).values(value=str(now)))
            else:
                return False
        return True

    # -- jobs ----------------------------------------------------------------------------------------------------

    def _forget_jobs(self) -> None:
        old = sa.and_(jobs.c.status.in_(ENDED), jobs.c.deleted_at.is_(None), jobs.c.ended_at < clock() - self._seconds)
        with self._database.read() as connection:
            found = list(connection.scalars(sa.select(jobs.c.id).where(old).order_by(jobs.c.ended_at)))
        gone = vain = 0
        for job_id in found:
            if self.ending.is_set():
                break
            with self._database.read() as connection:
                job = job_of(connection.execute(sa.select(*columns()).where(jobs.c.id == job_id)).one())
            try:
                forget(self._database, self._store, job)
            except StoreFailed as error:
                _log.warning("%s is not forgotten yet: %s", job_id, error)
                vain += 1
                if vain >= _VAIN:
                    raise
            else:
                gone, vain = gone + 1, 0
        if gone:
            _log.info("%d jobs are forgotten, which ended long ago", gone)

    # -- journals ------------------------------------------------------------------------------------------------

    def _needed(self, connection: sa.Connection, key_id: str, journal: str) -> bool:
        """Whether a job refers to a journal: one that waits, runs or is kept, or one that ended not long ago."""
        mine = sa.and_(jobs.c.key_id == key_id, jobs.c.journal == journal)
        there = sa.or_(jobs.c.deleted_at.is_(None), jobs.c.ended_at >= clock() - self._seconds)
        return connection.scalar(sa.select(jobs.c.id).where(mine, there).limit(1)) is not None

    def _remove_journals(self) -> None:
        for key_id, folder in self._disk.journals(time.time() - self._seconds):
            needed = partial(self._needed, key_id=key_id, journal=folder.name)
            with self._database.read() as connection:
                if needed(connection):
                    continue
            with self._disk.locked(folder) as free:
                if free:
                    self._put_aside(key_id, [folder], needed)

    def _remove_rest(self) -> None:
        """What runs that were killed left in caches; a job that runs may use it, so it is left to a quiet hour."""
        for key_id, paths in self._disk.rest(time.time() - self._seconds):
            self._put_aside(key_id, paths, partial(_runs, key_id=key_id))

    def _put_aside(self, key_id: str, paths: list[Path], needed: Callable[[sa.Connection], bool]) -> None:
        """Unless it is needed. No job is sent or claimed between the look and its end."""
        with self._database.write(alone=True) as connection:
            if not needed(connection):
                for path in paths:
                    self._disk.put_aside(key_id, path)

    def _remove_copies(self) -> None:
        """Whoever is brought one meanwhile takes one of its own; where it is just gone, that is looked for again."""
        old: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for path in self._store.names("journals"):
            found = _COPY.fullmatch(path)
            if found and int(found[3]) / 1e9 < time.time() - self._seconds:
                old[found[1], found[2]].append(path)
        for (key_id, journal), paths in old.items():
            with self._database.write(alone=True) as connection:
                if self._needed(connection, key_id, journal):
                    continue
            for path in paths:
                self._store.remove(path)


def _runs(connection: sa.Connection, key_id: str) -> bool:
    its = sa.and_(jobs.c.status == "running", jobs.c.key_id == key_id)
    return connection.scalar(sa.select(jobs.c.id).where(its).limit(1)) is not None
