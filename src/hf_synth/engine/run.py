"""A run: opens cells as rows are wanted, judges what comes back in plan order, writes rows down.

It opens at most what the missing rows need at the measured yield, and works ahead of a reader no further than
it is told. Everything here runs in the event loop of the session.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from hf_synth.config import GenerationConfig
from hf_synth.engine.caller import Caller
from hf_synth.engine.cells import CellWork, Workshop
from hf_synth.engine.judge import Judge
from hf_synth.engine.limiter import Dismissed
from hf_synth.engine.line import Line
from hf_synth.engine.outline import Outliner, Outlines
from hf_synth.engine.plan import IDEAS
from hf_synth.engine.rows import Rows
from hf_synth.engine.work import Work
from hf_synth.types import Role

_WINDOW = 4096  # places wanted and not yet judged: bounds memory while one slow call holds the gate
_JUDGE_AFTER = 0.02  # seconds
_AT_ONCE = 50  # candidates that are judged as they come


class Run(Work):
    """Makes the rows of one selection by live calls."""

    def __init__(  # see `Work`
        self,
        config: GenerationConfig,
        outliner: Outliner,
        lines: Mapping[Role, Line],
        caller: Caller,
        judge: Judge,
        rows: Rows,
        changed: Callable[[], None],
    ) -> None:
        super().__init__(config, outliner, lines, caller, judge, rows, changed)
        self._shop = Workshop(config, outliner.schema, self._asker, self._spawn, self._advance_soon)
        self._outlines = Outlines(outliner, lambda name: self._asker_for(name, -1, (0, 0)), judge.note_outline)
        self._cells: deque[CellWork] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._next_cell = rows.cell
        self._soon = False  # a time to judge is set
        self._stuck = False  # judging itself failed
        lines["generator"].limiter.on_idle.append(self.pump)

    def pump(self) -> None:
        """Ask for further ideas while rows are missing, calls can start and nothing went wrong."""
        limiter = self._lines["generator"].limiter
        while (
            not self._halt.is_set()
            and limiter.idle
            and len(self._tasks) < 2 * limiter.law.limit + IDEAS  # drafts become calls of their own when they return
            and self._demand.under_way < _WINDOW
            and self._demand.missing(self._next_cell)
        ):
            if not self._cells or self._cells[-1].exhausted:
                self._open_cell()
            self._demand.start(self._cells[-1].split)
            self._cells[-1].want()

    def _open_cell(self) -> None:
        index = self._next_cell
        start = self.rows.idea if index == self.rows.cell else 0
        work = CellWork(index, self._plan.split(index), start, self._shop)
        self._next_cell += 1
        self._cells.append(work)
        self._spawn(self._draft(work))

    async def _draft(self, work: CellWork) -> None:
        outline = await self._outlines.of(self._plan.block(work.index))
        missing = await work.draft(self._plan.cell(work.index, outline))
        self._demand.start(work.split, -missing)
        self._advance()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, Dismissed):
            self._advance()  # what is there counts among the rows made
            self.fail(error)
        self.pump()

    def _advance_soon(self) -> None:
        """Judge in a moment, many at a time, so that calls go out first; the first at once: hopeless runs end early."""
        if self.rows.judged < _AT_ONCE:
            self._advance()
        elif not self._soon:
            self._soon = True
            asyncio.get_running_loop().call_later(_JUDGE_AFTER, self._advance)

    def _advance(self) -> None:
        self._soon = False
        if self._stuck:
            return
        try:
            while self._cells:
                self._judge_all(self._cells[0])
                if self.rows.cell <= self._cells[0].index:
                    break
                self._cells.popleft()
        except Exception as error:  # noqa: BLE001  # of a third party's check or a full disk: it stops the run
            self._stuck = True
            self.fail(error)
            return
        self._stop_if_spent()
        self._changed()
        self.pump()

    # -- the end -----------------------------------------------------------------------------------------------

    async def drain(self, grace: float) -> None:
        """Open nothing more and let calls in flight finish for `grace` seconds: they are paid for."""
        self.stop()
        if tasks := self._all_tasks():
            await asyncio.wait(tasks, timeout=grace)
        self.cut()
        await asyncio.gather(*self._all_tasks(), return_exceptions=True)
        self._advance()
        self._lines["generator"].limiter.on_idle.remove(self.pump)

    def cut(self) -> None:
        """Abandon calls in flight."""
        for task in self._all_tasks():
            task.cancel()

    def _all_tasks(self) -> list[asyncio.Task[Any]]:
        return [*self._tasks, *self._outlines.tasks()]
