"""What readers of rows share: threads for the store, and the indexes of the jobs that are read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

from anyio import CapacityLimiter, to_thread
from fastapi import Request

from hf_synth.server.jobs import Job
from hf_synth.server.rows import Index, load_index
from hf_synth.server.services import Services
from hf_synth.server.store import Store

_THREADS = 16  # for the store alone: a slow one must not hold up other answers
_T = TypeVar("_T")


class Shelf:
    """One for a server: all who read the same job share its index. Used in the loop alone."""

    def __init__(self, services: Services) -> None:
        self.watch = services.watch
        self._store, self._database = services.store, services.database
        self._limiter = CapacityLimiter(_THREADS)
        self._known: WeakValueDictionary[str, Index] = WeakValueDictionary()
        self._asked: dict[str, asyncio.Task[Index]] = {}

    async def run(self, work: Callable[..., _T], *given: Any) -> _T:
        """Something that takes a while, in a thread."""
        return await to_thread.run_sync(work, *given, limiter=self._limiter)

    async def read(self, path: str, start: int, end: int) -> bytes:
        """Bytes of an object; see `Store.read`."""
        return await self.run(self._store.read, path, start, end)

    async def pass_lines(self, path: str, start: int, end: int, lines: int) -> tuple[int, int]:
        """Pass lines of an object: how many there were before `end`, and their bytes."""
        return await self.run(_pass_lines, self._store, path, start, end, lines)

    async def index(self, job: Job) -> Index:
        """That of a job, not older than `job`."""
        known = self._known.get(job.id)
        if known is not None and known.version >= job.version:
            return known
        return await self._ask(job.id, job.targets, known)

    async def newer(self, than: Index) -> Index:
        """An index that was read after `than` was."""
        known = self._known.get(than.job_id)
        if known is not None and known.version > than.version:
            return known
        return await self._ask(than.job_id, than.targets, than)

    async def _ask(self, job_id: str, *given: Any) -> Index:
        """Once for all who ask meanwhile."""
        task = self._asked.get(job_id)
        if task is None:
            asking = to_thread.run_sync(load_index, self._database, job_id, *given)
            task = self._asked[job_id] = asyncio.create_task(asking)
            task.add_done_callback(lambda done: self._answered(job_id, done))
        return await asyncio.shield(task)

    def _answered(self, job_id: str, task: asyncio.Task[Index]) -> None:
        del self._asked[job_id]
        if not task.cancelled() and task.exception() is None:
            self._known[job_id] = task.result()


def shelf_of(request: Request) -> Shelf:
    """That of the server that a request came to."""
    return cast("Shelf", request.app.state.shelf)


def _pass_lines(store: Store, path: str, start: int, end: int, lines: int) -> tuple[int, int]:
    chunk = store.read(path, start, end)
    there = chunk.count(b"\n")
    if there < lines:
        return there, len(chunk)
    at = -1
    for _ in range(lines):
        at = chunk.index(b"\n", at + 1)
    return lines, at + 1
