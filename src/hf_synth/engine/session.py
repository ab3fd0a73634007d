"""A session: one engine on one journal, shared by all who read there in this process.

Users are synchronous and may sit inside a running loop (a notebook); the engine is asynchronous. They meet here:
readers say what they want and wait on a condition, the engine's thread makes it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from hf_synth.config import GenerationConfig
from hf_synth.engine import loop
from hf_synth.engine.batches import Batches
from hf_synth.engine.caller import Tally
from hf_synth.engine.journal import Journal
from hf_synth.engine.line import Line
from hf_synth.engine.parts import Parts
from hf_synth.engine.readers import Readers
from hf_synth.engine.rows import Rows
from hf_synth.engine.runs import Runs
from hf_synth.engine.work import Work
from hf_synth.errors import JournalError
from hf_synth.types import Role

_SYNC_EVERY = 1.0  # seconds between fsyncs


class Session:
    """The engine of a journal this process holds the lock of.

    Args:
        journal: acquired for writing.
        parts: see `Parts`.
        rows: of the selection that opens the session; filled from the journal while it is read.
        grace: seconds that calls in flight are given when the session closes.
    """

    def __init__(self, journal: Journal, parts: Parts, rows: Rows, *, grace: float) -> None:
        self.journal = journal
        self.readers = Readers()
        self._parts = parts
        self._grace = grace
        self._runs = Runs(journal, parts, rows, self.readers.notify)
        self._lines: Mapping[Role, Line] = {}
        self._ready: Future[None] = Future()
        self._stop = asyncio.Event()
        self._hosted: loop.Hosted | None = None

    @property
    def tally(self) -> Tally:
        """What this process did."""
        return self._runs.caller.tally

    @property
    def batches(self) -> Batches:
        """What is out at the provider."""
        return self._runs.batches

    @property
    def spent(self) -> float:
        """US dollars over the lifetime of the journal, as far as prices are known."""
        return self._runs.budget.spent

    def start(self) -> None:
        """Read the journal and open the connections.

        Raises:
            HfSynthError: the journal is damaged, a key is missing, and the like; nothing was called.
        """
        self._hosted = loop.run(self._main)
        try:
            self._ready.result()
        except BaseException:
            self.close()  # the journal is released at its end
            raise

    def run(self, config: GenerationConfig, selection: str) -> Work:
        """The run of a selection, opened where there is none."""
        return self._call(lambda: self._runs.open(config, selection))

    def want(self, run: Work, wanted: Mapping[str, int], limit: int) -> None:
        """Ask a run for rows, without waiting; `limit` bounds the candidates it may judge."""
        assert self._hosted is not None
        self._hosted.call(run.want, wanted, limit)

    def tighten(self, cap: float | None) -> None:
        """Let the lowest of the caps that readers named hold for all of them."""
        if cap is not None:
            budget = self._runs.budget
            budget.cap = cap if budget.cap is None else min(cap, budget.cap)

    def stop(self) -> None:
        """Make no further call, from the moment this returns on; those in flight go on."""
        with suppress(RuntimeError, TimeoutError):  # the loop has ended meanwhile, or is busy: `close` does it then
            stopped: Future[None] = Future()
            if self._hosted is not None:
                self._hosted.call(lambda: stopped.set_result(self._runs.stop()))
                stopped.result(1.0)

    def close(self) -> None:
        """Let calls in flight finish, close the connections, release the journal. Blocks for `grace` at most."""
        if self._hosted is not None:
            self._hosted.end(self._stop.set)

    def hurry(self) -> None:
        """Abandon calls in flight instead of waiting for them."""
        self._grace = 0.0
        if self._hosted is not None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                self._hosted.call(self._runs.cut)

    # -- in the engine's thread --------------------------------------------------------------------------------

    def _call(self, do: Callable[[], Any]) -> Any:
        done: Future[Any] = Future()

        def act() -> None:
            try:
                done.set_result(do())
            except BaseException as error:  # noqa: BLE001  # handed to the thread that asked
                done.set_exception(error)

        assert self._hosted is not None
        self._hosted.call(act)
        return done.result()

    async def _main(self) -> None:
        try:
            await self._serve()
        except BaseException as error:  # noqa: BLE001  # handed to the thread that started us
            self._end(error)
        finally:
            try:
                await asyncio.to_thread(self.journal.close)  # which syncs
            except JournalError as error:
                self._end(error)

    def _end(self, error: BaseException) -> None:
        """Tell those who wait: the one that starts the session, or the readers."""
        error = (self._hosted and self._hosted.failure) or error
        if not self._ready.done():
            self._ready.set_exception(error)
        else:
            self._fail(error)

    def _read(self) -> None:
        for place, record in self.journal.scan():
            self._runs.follow(record, place)

    async def _serve(self) -> None:
        await asyncio.to_thread(self._read)  # a long journal must not hold up the other sessions
        self._lines = self._parts.lines()
        ended = asyncio.Event()
        syncing = asyncio.create_task(self._sync(ended))
        try:
            self.journal.append({"type": "run", "at": round(time.time(), 3)})
            await self._begin()
            self._ready.set_result(None)
            await self._stop.wait()
            await self._runs.drain(self._grace)
        finally:
            ended.set()
            await asyncio.gather(syncing, return_exceptions=True)
            self._record_end()
            for line in {id(line): line for line in self._lines.values()}.values():
                await line.close()

    async def _begin(self) -> None:
        """Begin, unless whoever starts the session gives up meanwhile: results of a batch may take their time."""
        begun, stopped = asyncio.create_task(self._runs.begin(self._lines)), asyncio.create_task(self._stop.wait())
        await asyncio.wait({begun, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not begun.done():
            begun.cancel()
        await begun

    def _record_end(self) -> None:
        seconds = round(time.monotonic() - self.tally.started, 3)
        with suppress(JournalError):  # a full disk has been told of already
            self.journal.append({"type": "end", "seconds": seconds, "retries": self.tally.retries})

    async def _sync(self, ended: asyncio.Event) -> None:
        while not ended.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), _SYNC_EVERY)
            try:
                await asyncio.to_thread(self.journal.sync)
            except Exception as error:  # noqa: BLE001  # a failing disk stops the runs, with its own words
                self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self._runs.fail(error)
