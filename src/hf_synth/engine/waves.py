"""A run in batch mode: the same coroutines, ended where an answer is missing and run again when it is on record.
Each wave walks the cells that are not judged yet, in plan order; what they miss goes out in batches; when these have
ended the next wave walks again. Only verdicts are kept: coroutines that wait would cost 3 MB for 1,000 rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hf_synth.config import GenerationConfig
from hf_synth.engine.budget import Budget
from hf_synth.engine.caller import Caller
from hf_synth.engine.cells import CellWork, Workshop
from hf_synth.engine.collecting import Collector
from hf_synth.engine.desk import Desk
from hf_synth.engine.judge import Judge
from hf_synth.engine.limiter import Dismissed
from hf_synth.engine.line import Line
from hf_synth.engine.outline import Outliner
from hf_synth.engine.plan import Outline
from hf_synth.engine.posting import Clerk, Parked, Posted, rest
from hf_synth.engine.rows import Rows
from hf_synth.engine.work import Work
from hf_synth.errors import BatchesCancelled, BudgetReached, RequestRefused, Unavailable
from hf_synth.types import Role

_FRUITLESS = 5  # waves in a row that brought nothing, after which the run stops


@dataclass(frozen=True, slots=True)
class Office:
    """What all batch runs of a session share: where requests are posted, results collected, the few asked live."""

    desk: Desk
    collector: Collector
    clerk: Clerk
    caller: Caller
    budget: Budget
    stop: Callable[[BaseException], None]


class Waves(Work):
    """Makes the rows of one selection in batches."""

    def __init__(  # see `Work`
        self,
        config: GenerationConfig,
        outliner: Outliner,
        lines: Mapping[Role, Line],
        office: Office,
        judge: Judge,
        rows: Rows,
        changed: Callable[[], None],
    ) -> None:
        super().__init__(config, outliner, lines, office.clerk, judge, rows, changed)
        self._office = office
        self._spawned: list[Coroutine[Any, Any, None]] = []
        self._shop = Workshop(config, outliner.schema, self._asker, self._spawned.append, lambda: None)
        self._outlines: list[Outline] = []
        self._wake = asyncio.Event()
        self._fruitless = 0
        self._task = asyncio.create_task(self._work())

    def pump(self) -> None:
        """See `Work`."""
        self._wake.set()

    async def _work(self) -> None:
        office, run = self._office, self._config.run
        try:
            while not self._halt.is_set():
                await self._wake.wait()
                self._wake.clear()
                async with office.desk.exclusive:
                    await office.collector.settle(run.poll_seconds, self._halt)
                    while not self._halt.is_set() and not self._demand.satisfied():
                        await self._wave()
        except Dismissed:
            pass
        except BatchesCancelled as error:  # meant for all who wait for batches of this config
            office.stop(error)
        except Exception as error:  # noqa: BLE001  # whatever stops the work is told to those who wait for rows
            self.fail(error)

    async def _wave(self) -> None:
        """Walk, send what is missing, wait for it.

        Raises:
            BudgetReached: the cap has no room for anything that is missing.
            ProviderError: a batch failed as a whole, or several in a row brought nothing.
        """
        office, run = self._office, self._config.run
        office.desk.begin(run.finish_live, self._halt)
        for line in self._lines.values():
            line.wave = (line.wave or 0) + 1
        await self._walk()
        if self._halt.is_set() or self._demand.satisfied():
            office.desk.withdraw()
        elif few := office.desk.few():
            office.desk.withdraw()
            await self._ask_live(few)
        else:
            await office.desk.finish()
            if not office.desk.sent and office.desk.short is not None:
                raise office.budget.reached(office.desk.short)
            results, before = office.collector.results, office.collector.results.fruit
            await office.collector.settle(run.poll_seconds, self._halt)
            await self._count_fruit(results.fruit - before)

    async def _ask_live(self, few: list[Posted]) -> None:
        calls = [self._office.caller.answer(one.name, one.role, one.line, one.request, one.turn) for one in few]
        for ended in await asyncio.gather(*calls, return_exceptions=True):
            if isinstance(ended, BaseException) and not isinstance(ended, RequestRefused):  # which is on record
                raise ended

    async def _count_fruit(self, fruit: int) -> None:
        """Several waves in a row without a result are a service that does not work."""
        if fruit or self._halt.is_set():
            self._fruitless = 0
            return
        self._fruitless += not self._office.desk.refused
        if self._fruitless >= _FRUITLESS:
            raise Unavailable(f"{_FRUITLESS} waves of batches in a row brought no result.", maybe_paid=False)
        await rest(self._config.run.poll_seconds, self._halt)

    async def _walk(self) -> None:
        """Run the cells that are not judged yet on the answers there are, as many as the missing rows need."""
        self._demand.clear()
        index = self.rows.cell
        while not self._halt.is_set() and self._demand.missing(index):
            try:
                outline = await self._outline(self._plan.block(index))
            except BudgetReached:
                if not self._office.desk.asked:
                    raise
                return  # what was posted comes first
            await self._cell(index, outline)
            index += 1
            await asyncio.sleep(0)

    async def _cell(self, index: int, outline: Outline) -> None:
        """Run as many ideas of a cell as are wanted; give the verdicts that are in turn."""
        start = self.rows.idea if index == self.rows.cell else 0
        work = CellWork(index, self._plan.split(index), start, self._shop)
        self._want(work)
        while not work.exhausted and self._demand.missing(index + 1):
            self._want(work)
        with suppress(Parked):
            self._demand.start(work.split, -await work.draft(self._plan.cell(index, outline)))
        while True:
            await self._run_spawned()
            if index == self.rows.cell:
                self._judge_all(work)
                self._stop_if_spent()
                self._changed()
            if work.ideas is None or work.exhausted or not self._demand.missing(index + 1):
                return
            self._want(work)  # in place of one that was refused

    def _want(self, work: CellWork) -> None:
        self._demand.start(work.split)
        work.want()

    async def _run_spawned(self) -> None:
        try:
            for idea in self._spawned:
                with suppress(Parked):
                    await idea
        finally:
            for idea in self._spawned:
                idea.close()  # after an error the others are not run
            self._spawned.clear()

    async def _outline(self, block: int) -> Outline:
        """The outline of a block, asked for live: a call for 1,000 rows, where each would be a wave of its own."""
        while len(self._outlines) <= block:
            number, caller = len(self._outlines), self._office.caller
            asker = self._asker_for(f"outline.{number}", -1, (0, 0), caller)
            self._outlines.append(await self._outliner.make(asker, number, self._outlines))
            self._judge.note_outline(number, self._outlines[-1])
        return self._outlines[block]

    # -- the end -----------------------------------------------------------------------------------------------

    async def drain(self, grace: float) -> None:
        """Stop walking and waiting; batches go on at the provider."""
        self.stop()
        self._wake.set()
        await asyncio.wait([self._task], timeout=grace)
        self.cut()
        await asyncio.gather(self._task, return_exceptions=True)

    def cut(self) -> None:
        """Abandon what is under way here."""
        self._task.cancel()
