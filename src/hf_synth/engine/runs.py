"""The runs of a session: one for each selection that is read, live or in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from hf_synth.config import GenerationConfig
from hf_synth.engine.batches import Batches
from hf_synth.engine.budget import Budget
from hf_synth.engine.caller import Caller
from hf_synth.engine.collecting import Collector
from hf_synth.engine.desk import Desk
from hf_synth.engine.index import AnswerIndex
from hf_synth.engine.journal import Journal
from hf_synth.engine.judge import Judge
from hf_synth.engine.line import Line
from hf_synth.engine.outline import Outliner
from hf_synth.engine.parts import Parts
from hf_synth.engine.posting import Clerk
from hf_synth.engine.records import Record
from hf_synth.engine.results import Results
from hf_synth.engine.rows import Rows
from hf_synth.engine.run import Run
from hf_synth.engine.sending import Sender
from hf_synth.engine.waves import Office, Waves
from hf_synth.engine.work import Work
from hf_synth.errors import BatchesRunning
from hf_synth.types import Role


class Runs:
    """Opens runs and ends them. All runs of a session are live, or all in batches: as the first reader wants it.

    Args:
        journal: acquired for writing.
        parts: see `Parts`.
        first: rows of the selection that opens the session, filled by `follow`.
        changed: called whenever something changed.
    """

    def __init__(self, journal: Journal, parts: Parts, first: Rows, changed: Callable[[], None]) -> None:
        self.batches = Batches()
        self.budget = Budget(parts.max_cost, journal.append)
        self._index = AnswerIndex(journal)
        self._index.keep = parts.batch
        self.caller = Caller(journal, self._index, self.budget)
        self._journal, self._parts, self._first, self._changed = journal, parts, first, changed
        self._lines: Mapping[Role, Line] = {}
        self._office: Office | None = None
        self._open: dict[str, Work] = {}
        self._all: list[Work] = []  # those that failed and were replaced among them: their calls are let finish, too

    def follow(self, record: Record, place: int) -> None:
        """Take a record of an earlier process."""
        self._index.follow(record, place)
        self.budget.follow(record)
        self.batches.follow(record, place)
        self._first.follow(record, place)

    async def begin(self, lines: Mapping[Role, Line]) -> None:
        """Begin to work, once everything on record has been followed.

        Raises:
            BatchesRunning: a live run would pay for what batches that still run will answer.
            ProviderError: how these batches stand cannot be told.
        """
        self.budget.close_books()
        self._lines = lines
        if not self._parts.batch and not self.batches.out:
            return
        self._office = self._opened()
        if not self._parts.batch:
            self._index.keep = True
            await self._office.collector.look_once(self._parts.poll_seconds)
            if self.batches.out:
                raise BatchesRunning(
                    f"{self.batches} of this config still run at the provider: live calls would pay for them twice."
                )

    def _opened(self) -> Office:
        tally = self.caller.tally
        sender = Sender(self._journal, self.budget, self.batches, tally)
        desk = Desk(self._journal, self.budget, self.batches, sender)
        results = Results(self._journal, self._index, self.budget, tally)
        collector = Collector(results, desk, sender, self._lines, self.batches)
        return Office(desk, collector, Clerk(self._index, desk.post), self.caller, self.budget, self.fail)

    def open(self, config: GenerationConfig, selection: str) -> Work:
        """The run of a selection, opened where there is none."""
        run = self._open.get(selection)
        if run is not None and run.error is None:
            return run
        rows = self._first
        if self._open or rows.selection != selection:
            rows = Rows(selection, list(config.splits))
            self._index.keep = True
            self._journal.flush()
            for place, record in Journal(self._journal.folder).scan():
                rows.follow(record, place)
                self._index.follow(record, place)
        schema = self._parts.schema
        judge = Judge(self._parts.gate(config), rows, self._journal, schema.key)
        outliner = Outliner(config, schema, self._parts.passages)
        if self._parts.batch:
            assert self._office is not None
            run = Waves(config, outliner, self._lines, self._office, judge, rows, self._changed)
        else:
            run = Run(config, outliner, self._lines, self.caller, judge, rows, self._changed)
        self._open[selection] = run
        self._all.append(run)
        return run

    def fail(self, error: BaseException) -> None:
        """Stop all of them."""
        for run in self._all:
            run.fail(error)

    def stop(self) -> None:
        """Make no further call."""
        for run in self._all:
            run.stop()

    async def drain(self, grace: float) -> None:
        """Let calls in flight finish for `grace` seconds."""
        await asyncio.gather(*(run.drain(grace) for run in self._all))

    def cut(self) -> None:
        """Abandon calls in flight."""
        for run in self._all:
            run.cut()
