"""A session: one engine on one journal, in a thread of its own, shared by all who read there in this process.

Users are synchronous and may sit inside a running loop (a notebook); the engine is asynchronous. They meet here:
readers say what they want and wait on a condition, the engine's thread makes it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from hf_synth.config import GenerationConfig
from hf_synth.engine.caller import Caller, Tally
from hf_synth.engine.index import AnswerIndex
from hf_synth.engine.journal import Journal
from hf_synth.engine.judge import Judge
from hf_synth.engine.line import Line
from hf_synth.engine.money import Budget
from hf_synth.engine.parts import Parts
from hf_synth.engine.readers import Readers
from hf_synth.engine.rows import Rows
from hf_synth.engine.run import Run
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
        self._first = rows
        self.readers = Readers()
        self._parts = parts
        self._grace = grace
        self._index = AnswerIndex(journal)
        self._budget = Budget(parts.max_cost, journal.append)
        self._caller = Caller(journal, self._index, self._budget)
        self._runs: dict[str, Run] = {}
        self._all: list[Run] = []  # those that failed and were replaced among them: their calls are let finish, too
        self._lines: Mapping[Role, Line] = {}
        self._ready: Future[None] = Future()
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._main, name="hf_synth", daemon=True)

    @property
    def tally(self) -> Tally:
        """What this process did."""
        return self._caller.tally

    @property
    def spent(self) -> float:
        """US dollars over the lifetime of the journal, as far as prices are known."""
        return self._budget.spent

    def start(self) -> None:
        """Read the journal and open the connections.

        Raises:
            HfSynthError: the journal is damaged, a key is missing, and the like; nothing was called.
        """
        self._thread.start()
        try:
            self._ready.result()
        except BaseException:
            self.close()  # the journal is released when the thread has ended
            raise

    def run(self, config: GenerationConfig, selection: str) -> Run:
        """The run of a selection, opened where there is none."""
        return self._call(lambda: self._open_run(config, selection))

    def want(self, run: Run, wanted: Mapping[str, int], limit: int) -> None:
        """Ask a run for rows, without waiting; `limit` bounds the candidates it may judge."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(run.want, wanted, limit)

    def tighten(self, cap: float | None) -> None:
        """Let the lowest of the caps that readers named hold for all of them."""
        if cap is not None:
            self._budget.cap = cap if self._budget.cap is None else min(cap, self._budget.cap)

    def close(self) -> None:
        """Let calls in flight finish, close the connections, release the journal. Blocks for `grace` at most."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            with suppress(RuntimeError):  # its loop has ended by itself
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def hurry(self) -> None:
        """Abandon calls in flight instead of waiting for them."""
        if self._loop is not None and self._thread.is_alive():
            self._grace = 0.0
            self._loop.call_soon_threadsafe(lambda: [run.cut() for run in self._all])

    # -- in the engine's thread --------------------------------------------------------------------------------

    def _call(self, do: Callable[[], Any]) -> Any:
        done: Future[Any] = Future()

        def act() -> None:
            try:
                done.set_result(do())
            except BaseException as error:  # noqa: BLE001  # handed to the thread that asked
                done.set_exception(error)

        assert self._loop is not None
        self._loop.call_soon_threadsafe(act)
        return done.result()

    def _main(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001  # handed to the thread that started us
            if not self._ready.done():
                self._ready.set_exception(error)
            else:
                self._fail(error)
        finally:
            self.journal.close()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        for place, record in self.journal.scan():
            if record["type"] == "answer":
                self._index.add(record["name"], place)
            self._budget.follow(record)
            self._first.follow(record, place)
        self._budget.close_books()
        self._lines = self._parts.lines()
        self.journal.append({"type": "run", "at": round(time.time(), 3)})
        syncing = asyncio.create_task(self._sync())
        try:
            self._ready.set_result(None)
            await self._stop.wait()
            await asyncio.gather(*(run.drain(self._grace) for run in self._all))
        finally:
            syncing.cancel()
            self._record_end()
            for provider in {id(line.provider): line.provider for line in self._lines.values()}.values():
                await provider.close()

    def _record_end(self) -> None:
        seconds = round(time.monotonic() - self.tally.started, 3)
        with suppress(JournalError):  # a full disk has been told of already
            self.journal.append({"type": "end", "seconds": seconds, "retries": self.tally.retries})

    async def _sync(self) -> None:
        while True:
            await asyncio.sleep(_SYNC_EVERY)
            try:
                await asyncio.to_thread(self.journal.sync)
            except Exception as error:  # noqa: BLE001  # a failing disk stops the runs, with its own words
                self._fail(error)

    def _fail(self, error: BaseException) -> None:
        for run in self._all:
            run.fail(error)

    def _open_run(self, config: GenerationConfig, selection: str) -> Run:
        run = self._runs.get(selection)
        if run is not None and run.error is None:
            return run
        rows = self._first
        if self._runs or rows.selection != selection:
            rows = Rows(selection, list(config.splits))
            self._index.keep = True
            self.journal.flush()
            for place, record in Journal(self.journal.folder).scan():
                rows.follow(record, place)
                if record["type"] == "answer":
                    self._index.add(record["name"], place)
        schema = self._parts.schema
        judge = Judge(self._parts.gate(config), rows, self.journal, schema.key)
        run = Run(config, schema, self._lines, self._caller, judge, rows, self.readers.notify)
        self._runs[selection] = run
        self._all.append(run)
        return run
