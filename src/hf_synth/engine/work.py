"""What live runs and batch runs have in common: the rows of one selection, what is wanted, and why it stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from hf_synth.config import GenerationConfig
from hf_synth.engine.asking import Answers, Asker
from hf_synth.engine.caller import Turn
from hf_synth.engine.cells import CellWork
from hf_synth.engine.demand import Demand
from hf_synth.engine.judge import HOPELESS, Judge, too_few
from hf_synth.engine.line import Line
from hf_synth.engine.outline import Outliner
from hf_synth.engine.plan import Plan
from hf_synth.engine.rows import Rows
from hf_synth.types import Cell, Role


class Work:
    """Makes the rows of one selection.

    Args:
        config: what is wanted; `count` is not looked at, `want` is told rows.
        outliner: makes the outlines of the plan.
        lines: whom the roles ask.
        answers: where answers come from.
        judge: gives the verdicts.
        rows: the fold this work continues.
        changed: called whenever rows, causes or the error changed.
    """

    def __init__(  # the parts of a run, each of them a room of its own
        self,
        config: GenerationConfig,
        outliner: Outliner,
        lines: Mapping[Role, Line],
        answers: Answers,
        judge: Judge,
        rows: Rows,
        changed: Callable[[], None],
    ) -> None:
        self.rows = rows
        self.error: BaseException | None = None
        self._config, self._lines, self._answers = config, lines, answers
        self._outliner = outliner
        self._judge, self._changed = judge, changed
        self._plan = Plan(config.splits, config.seed, config.constraints.difficulty)
        self._demand = Demand(self._plan.weight, rows)
        self._halt = asyncio.Event()

    def want(self, wanted: Mapping[str, int], limit: int) -> None:
        """Let splits have so many rows; `limit` is the most candidates that may be judged for them."""
        self._demand.limit = max(self._demand.limit, limit)
        for split, rows in wanted.items():
            self._demand.want(split, rows)
        self._stop_if_spent()
        self.pump()

    def pump(self) -> None:
        """Go on, as something changed."""
        raise NotImplementedError

    async def drain(self, grace: float) -> None:
        """Open nothing more and let calls in flight finish for `grace` seconds: they are paid for."""
        raise NotImplementedError

    def cut(self) -> None:
        """Abandon calls in flight."""
        raise NotImplementedError

    def fail(self, error: BaseException) -> None:
        """Stop opening calls; those in flight are let finish, and written down."""
        self.error = self.error or error
        self.stop()
        self._changed()

    def stop(self) -> None:
        """Make no further call; those in flight are let finish."""
        self._halt.set()
        for line in self._lines.values():
            line.limiter.dismiss(self._halt)

    def _stop_if_spent(self) -> None:
        """Give up once no further candidate may be judged, or where none of the first became a row."""
        spent = self.rows.judged >= self._demand.limit and not self._demand.satisfied()
        hopeless = self.rows.judged >= HOPELESS and not self.rows.accepted
        if self.error is None and (spent or hopeless):
            self.fail(too_few(self.rows, self._demand.wanted))

    def _judge_all(self, work: CellWork) -> None:
        """Give the verdicts that are in turn and whose results are there."""
        while self._judge.next_of(work):
            self._demand.start(work.split, -1)

    def _asker(self, cell: Cell, idea: int) -> Asker:
        return self._asker_for(cell.name, idea, (cell.index, idea))

    def _asker_for(self, name: str, idea: int, priority: tuple[int, ...], answers: Answers | None = None) -> Asker:
        return Asker(
            answers or self._answers,
            self._lines,
            name,
            idea,
            Turn(priority, self._halt, opens=idea < 0),
            seed=self._config.seed,
            max_repairs=self._config.quality.max_repairs,
        )
