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
from hf_synth.engine.asking import Asker
from hf_synth.engine.caller import Caller, Line, Turn
from hf_synth.engine.cells import CellWork
from hf_synth.engine.gate import Gate
from hf_synth.engine.journal import Journal
from hf_synth.engine.limiter import Dismissed
from hf_synth.engine.outline import ask_outline
from hf_synth.engine.plan import IDEAS, Outline, Plan
from hf_synth.engine.rows import Rows, verdict_record
from hf_synth.errors import TooFewRows, Unfit
from hf_synth.protocols import Schema
from hf_synth.types import Cell, Role

_WINDOW = 4096  # places wanted and not yet judged: bounds memory while one slow call holds the gate
_HOPELESS = 50  # candidates judged without a single row after which the run gives up


class Run:
    """Makes the rows of one selection.

    Args:
        config: what is wanted; `count` is not looked at, `want` is told.
        rows: the fold this run continues.
        changed: called whenever rows, causes or the error changed.
    """

    def __init__(
        self,
        config: GenerationConfig,
        schema: Schema,
        lines: Mapping[Role, Line],
        caller: Caller,
        journal: Journal,
        gate: Gate,
        rows: Rows,
        changed: Callable[[], None],
    ) -> None:
        self.rows = rows
        self.error: BaseException | None = None
        self.limit = 0
        """Most candidates that may be judged."""
        self._config, self._schema, self._lines = config, schema, lines
        self._caller, self._journal, self._gate, self._changed = caller, journal, gate, changed
        self._plan = Plan(config.splits, config.seed, config.constraints.difficulty)
        self._outlines: list[asyncio.Task[Outline]] = []
        self._cells: deque[CellWork] = deque()
        self._wanted = dict.fromkeys(self._plan.weight, 0)
        self._expected = dict.fromkeys(self._plan.weight, 0)  # places wanted and not judged, by split
        self._tasks: set[asyncio.Task[None]] = set()
        self._next_cell = rows.cell
        self._restored = False
        self._halt = asyncio.Event()
        self._stuck = False  # judging itself failed
        lines["generator"].limiter.on_idle.append(self.pump)

    # -- demand ------------------------------------------------------------------------------------------------

    def want(self, split: str, rows: int) -> None:
        """Let a split have at least so many rows in the end."""
        if rows > self._wanted[split]:
            self._wanted[split] = rows
            self.pump()

    def satisfied(self) -> bool:
        """Whether every split has what was wanted."""
        return all(len(self.rows.places[split]) >= wanted for split, wanted in self._wanted.items())

    def pump(self) -> None:
        """Want further ideas while rows are missing, calls can start and nothing went wrong."""
        idle = self._lines["generator"].limiter
        while self._missing() and idle.idle and sum(self._expected.values()) < _WINDOW and self.error is None:
            if self._halt.is_set():
                return
            if not self._cells or self._cells[-1].exhausted:
                self._open_cell()
            work = self._cells[-1]
            self._expected[work.split] += 1
            work.want()
            if not self._calls_soon():
                return

    def _calls_soon(self) -> bool:
        """Whether there is room for more: drafts that are out become calls of their own when they return."""
        limiter = self._lines["generator"].limiter
        return len(self._tasks) < 2 * limiter.law.limit + IDEAS

    def _missing(self) -> bool:
        if self.rows.judged + sum(self._expected.values()) >= self.limit:
            return False
        share = self._yield()
        return any(
            wanted - len(self.rows.places[split]) > share * self._expected[split]
            for split, wanted in self._wanted.items()
        )

    def _yield(self) -> float:
        """Rows per judged candidate, measured; optimistic while little is known."""
        return max(0.05, (self.rows.accepted + 2) / (self.rows.judged + 2))

    # -- work --------------------------------------------------------------------------------------------------

    def _open_cell(self) -> None:
        index = self._next_cell
        start = self.rows.idea if index == self.rows.cell else 0
        work = CellWork(
            index,
            self._plan.split(index),
            start,
            config=self._config,
            schema=self._schema,
            asker=self._asker,
            spawn=self._spawn,
            finished=self._advance,
        )
        self._next_cell += 1
        self._cells.append(work)
        self._spawn(self._draft(work))

    async def _draft(self, work: CellWork) -> None:
        outline = await self._outline(self._plan.block(work.index))
        missing = await work.draft(self._plan.cell(work.index, outline))
        self._expected[work.split] -= missing
        self._advance()

    async def _outline(self, block: int) -> Outline:
        while len(self._outlines) <= block:
            number = len(self._outlines)
            self._outlines.append(asyncio.create_task(self._make_outline(number)))
        return await asyncio.shield(self._outlines[block])

    async def _make_outline(self, block: int) -> Outline:
        before = [await asyncio.shield(task) for task in self._outlines[:block]]
        asker = self._asker_for(f"outline.{block}", -1, (0, 0))
        return await ask_outline(self._config, asker, block, before)

    def _asker(self, cell: Cell, idea: int) -> Asker:
        return self._asker_for(cell.name, idea, (cell.index, idea))

    def _asker_for(self, name: str, idea: int, priority: tuple[int, ...]) -> Asker:
        quality = self._config.quality
        return Asker(
            self._caller,
            self._lines,
            name,
            idea,
            Turn(priority, self._halt),
            seed=self._config.seed,
            max_repairs=quality.max_repairs,
        )

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, Dismissed):
            self.fail(error)
        self.pump()

    def fail(self, error: BaseException) -> None:
        """Stop opening calls; those in flight are let finish, and written down."""
        self.error = self.error or error
        self._stop_asking()
        self._changed()

    def _stop_asking(self) -> None:
        self._halt.set()
        for line in self._lines.values():
            line.limiter.dismiss(self._halt)

    # -- judging -----------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        if self._stuck:
            return
        try:
            while self._cells and self._judge_next(self._cells[0]):
                pass
        except Exception as error:  # noqa: BLE001  # of a third party's check or a full disk: it stops the run
            self._stuck = True
            self.fail(error)
            return
        if self.rows.judged >= self.limit and not self.satisfied():
            self.fail(self.too_few())
        elif self.rows.judged >= _HOPELESS and not self.rows.accepted:
            self.fail(self.too_few())
        self._changed()
        self.pump()

    def _judge_next(self, work: CellWork) -> bool:
        number = self.rows.idea
        if number not in work.results or work.cell is None or work.ideas is None:
            return False
        result, names = work.results.pop(number)
        ideas = len(work.ideas)
        place = (work.index, number if ideas else -1, ideas)
        outcome: dict[str, Any]
        if isinstance(result, Unfit):
            outcome = {"cause": result.cause, "detail": result.detail[:500]}
        else:
            self._restore()
            refused = self._gate.judge(result)
            if refused is None:
                outcome = {"row": dict(result.row), "notes": dict(result.notes), "topic": work.cell.topic.title}
            else:
                outcome = {"cause": refused[0], "detail": refused[1][:500]}
        record = verdict_record(self.rows.selection, place, work.cell.name, work.split, names, **outcome)
        self.rows.follow(record, self._journal.append(record, hold=True))
        self._expected[work.split] -= 1
        if self.rows.cell > work.index:
            self._cells.popleft()
        return True

    def _restore(self) -> None:
        """Let the gate know the rows of earlier runs, once, before it judges anything new."""
        if self._restored:
            return
        self._restored = True
        places = sorted(place for places in self.rows.places.values() for place in places)
        for place in places:
            self._gate.restore(self._journal.read(place)["row"][self._schema.key])

    def too_few(self) -> TooFewRows:
        """The error that tells how many were made and why the others were dropped."""
        wanted = sum(self._wanted.values())
        causes = ", ".join(f"{cause} {n}" for cause, n in self.rows.causes.most_common()) or "none"
        return TooFewRows(
            f"{self.rows.accepted} of {wanted} rows passed after {self.rows.judged} candidates. Dropped: {causes}.",
            hint="Widen the domain or guidance, loosen quality or constraints, or raise run.max_candidates, and run "
            "the same again: it goes on from here, and partial() reads the rows so far.",
        )

    # -- the end -----------------------------------------------------------------------------------------------

    async def drain(self, grace: float) -> None:
        """Open nothing more and let calls in flight finish for `grace` seconds: they are paid for."""
        self._stop_asking()
        if tasks := self._all_tasks():
            await asyncio.wait(tasks, timeout=grace)
        self.cut()
        await asyncio.gather(*self._all_tasks(), return_exceptions=True)
        self._lines["generator"].limiter.on_idle.remove(self.pump)

    def cut(self) -> None:
        """Abandon calls in flight."""
        for task in self._all_tasks():
            task.cancel()

    def _all_tasks(self) -> list[asyncio.Task[Any]]:
        return [*self._tasks, *(task for task in self._outlines if not task.done())]
