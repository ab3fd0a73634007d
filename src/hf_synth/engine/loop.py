"""The one engine thread of a process, with its event loop: all sessions run in it, so that they share limits.

It begins with the first session and ends with the last one. Users start and close sessions from any thread, and a
session that was forgotten is closed by the garbage collector, in whatever thread that happens to run: so nothing
here may wait for the engine where the engine could be waiting for this thread.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

_lock = threading.Lock()
_inside: int | None = None  # the thread that holds the lock
_engine: _Engine | None = None


class Hosted:
    """A coroutine in the engine's loop, as seen from other threads."""

    def __init__(self, engine: _Engine) -> None:
        self._engine = engine
        self._last = False
        self._ended = threading.Event()

    @property
    def failure(self) -> BaseException | None:
        """What killed the engine, and so cancelled this: an exit asked for in its thread."""
        return self._engine.failure

    def call(self, do: Callable[..., object], *given: Any) -> None:
        """Call a function in the loop, without waiting.

        Raises:
            RuntimeError: the loop has ended.
        """
        self._engine.loop.call_soon_threadsafe(partial(do, *given))

    def end(self, ask: Callable[[], object]) -> None:
        """Ask the coroutine to end, and wait until it has; where it was the last one, until the thread has, too.

        In the engine's own thread nobody can wait for it: it is only asked there.
        """
        if not self._ended.is_set():
            with suppress(RuntimeError):  # it has ended meanwhile
                self.call(ask)
        if threading.get_ident() in (self._engine.thread.ident, _inside):
            return
        self._ended.wait()
        if self._last:
            self._engine.thread.join()

    def over(self, *, last: bool) -> None:
        """In the loop: it has ended, as the last one or not."""
        self._last = last
        self._ended.set()


class _Engine:
    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.failure: BaseException | None = None
        self.users = 0
        self.thread = threading.Thread(target=self._main, name="hf_synth", daemon=True)
        self._works: dict[asyncio.Task[None], Hosted] = {}
        self._empty = asyncio.Event()

    def _main(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
                try:
                    runner.run(self._until_empty())
                except BaseException as error:  # noqa: BLE001  # the runner cancels the sessions, and they tell it
                    self.failure = error
                    self._retire()
        finally:
            for work in [*self._works.values()]:
                work.over(last=True)

    async def _until_empty(self) -> None:
        await self._empty.wait()

    def begin(self, work: Hosted, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """In the loop: start a coroutine for one of the `users`."""
        task = self.loop.create_task(main())
        self._works[task] = work
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        with _locked():
            self.users -= 1
            last = self.users == 0
            if last:
                self._retire()
        if last:
            self._empty.set()
        self._works.pop(task).over(last=last)

    def _retire(self) -> None:
        """Let the next session start an engine of its own."""
        global _engine  # noqa: PLW0603
        if _engine is self:
            _engine = None


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> Hosted:
    """Run a coroutine in the engine's loop; the engine is started where none runs."""
    global _engine  # noqa: PLW0603
    with _locked():
        engine = _engine = _engine or _started()
        engine.users += 1
    work = Hosted(engine)
    work.call(engine.begin, work, main)
    return work


def _started() -> _Engine:
    engine = _Engine()
    try:
        engine.thread.start()
    except BaseException:
        engine.loop.close()
        raise
    return engine


@contextmanager
def _locked() -> Generator[None]:
    global _inside  # noqa: PLW0603
    with _lock:
        _inside = threading.get_ident()
        try:
            yield
        finally:
            _inside = None


def _forked() -> None:
    """A forked child has none of its parent's threads."""
    global _engine, _lock, _inside  # the lock may have been held at the fork
    _engine, _lock, _inside = None, threading.Lock(), None


os.register_at_fork(after_in_child=_forked)
