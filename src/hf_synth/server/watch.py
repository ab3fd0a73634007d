"""Tells who waits that a job changed: one look at the database for all of them, however many they are."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict

from anyio import to_thread

from hf_synth.server.database import Database
from hf_synth.server.jobs import versions
from hf_synth.server.patience import AWAY, said

_log = logging.getLogger("hf_synth.server")
_EVERY = 0.3


class Watch:
    """Looks at the versions of the jobs that somebody waits for. Used in the loop of the server alone."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: defaultdict[str, dict[asyncio.Future[None], int]] = defaultdict(dict)
        self._looking: asyncio.Task[None] | None = None
        self.ending = asyncio.Event()
        """Set when the server ends: nobody waits any longer."""

    async def changed(self, job_id: str, version: int, timeout: float) -> None:
        """Wait until a job has another version, or for so many seconds."""
        if self.ending.is_set():
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting[job_id][future] = version
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(timeout):
                await future
        except TimeoutError:
            pass
        finally:
            self._waiting[job_id].pop(future, None)
            if not self._waiting[job_id]:
                del self._waiting[job_id]

    def end(self) -> None:
        """Wake everyone."""
        self.ending.set()
        for waiting in self._waiting.values():
            for future in waiting:
                _wake(future)

    async def _look(self) -> None:
        """As long as anybody waits."""
        while self._waiting and not self.ending.is_set():
            await asyncio.sleep(_EVERY)
            try:
                found = await to_thread.run_sync(versions, self._database, list(self._waiting))
            except AWAY as error:
                _log.warning("%s", said(error))
                continue
            for job_id, waiting in self._waiting.items():
                for future, version in waiting.items():
                    if found.get(job_id) != version:
                        _wake(future)


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
