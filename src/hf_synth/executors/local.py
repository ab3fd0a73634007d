"""The local executor: rows from this machine's journal, made here where they are missing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hf_synth.engine.caller import Tally
from hf_synth.engine.journal import Journal
from hf_synth.engine.records import Record
from hf_synth.engine.rows import Rows
from hf_synth.executors.estimate import dollars
from hf_synth.executors.hold import Hold
from hf_synth.executors.measuring import Standing
from hf_synth.executors.outlook import Outlook
from hf_synth.executors.wanted import Wanted, delivered, enough
from hf_synth.registry import Resolved

_log = logging.getLogger("hf_synth")
FOLDER = ".hf_synth"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands.

    Attributes:
        spent: US dollars over the lifetime of the journal, `None` where a price is not known.
        waiting: whether another process makes the rows.
        expected: US dollars in all when the rows are made, as far as can be told; `None` where it is not known.
        batches: what is out at the provider, in words; empty where nothing is.
    """

    accepted: int
    dropped: Mapping[str, int]
    tally: Tally
    spent: float | None
    waiting: bool
    expected: float | None = None
    batches: str = ""

    def __str__(self) -> str:
        dropped = sum(self.dropped.values())
        return f"{self.accepted} rows are made: {self.tally.calls} calls, {dollars(self.spent)}, {dropped} dropped."


class Local:
    """The rows of one resolved config under one cache.

    Args:
        resolved: what is wanted.
        cache: the folder of `datasets`' cache; journals stand beside the datasets in it.
        owner: whose calls are made, where a process works for several; they share a provider's limit evenly.
    """

    def __init__(self, resolved: Resolved, cache: str | Path, owner: str = "") -> None:
        self.resolved = resolved
        self.owner = owner
        self.folder = Path(cache).expanduser() / FOLDER / resolved.identities.journal

    def journal(self) -> Journal:
        """The journal, to read."""
        return Journal(self.folder)

    def recorded(self) -> tuple[Journal, Rows]:
        """What is on record, read from disk; calls nobody."""
        journal = self.journal()
        rows = Rows(self.resolved.selection, list(self.resolved.config.splits))
        for place, record in journal.scan():
            rows.follow(record, place)
        return journal, rows

    def records(self, targets: Wanted) -> dict[str, list[Record]]:
        """The records of rows, by split and in order, at most so many; calls nobody."""
        journal, rows = self.recorded()
        with closing(journal):
            return {split: [journal.read(place) for place in rows.places[split][:n]] for split, n in targets.items()}

    def standing(self) -> Standing:
        """What is on record and what it took, read from disk in one pass; calls nobody."""
        standing, journal = Standing(self.resolved), self.journal()
        for place, record in journal.scan():
            standing.follow(record, place)
        return standing

    def fill(self, targets: Wanted, progress: Callable[[Progress], None] | None = None, *, fresh: bool = False) -> None:
        """Make rows until every split has its target.

        Args:
            targets: rows wanted, by split.
            progress: called about ten times a second.
            fresh: begin a new generation of the journal, and pay again.

        Raises:
            HfSynthError: what stopped the run; rows and answers so far are on record.
        """
        before = Standing(self.resolved) if fresh else self.standing()
        if not fresh and enough(before.rows, targets):
            return
        outlook = Outlook(self.resolved, self.folder, targets, before)
        del before
        with outlook, Hold(self.resolved, self.folder, fresh=fresh, owner=self.owner) as hold:
            done, now = False, None
            while not done:
                rows = hold.get(targets, targets)
                done = enough(rows, targets)
                have = delivered(rows, targets)
                if not done and not hold.waiting and outlook.due(have):
                    hold.sync()
                    outlook.measure()
                spent = None if outlook.unpriced else hold.spent
                causes = dict(rows.causes)
                now = Progress(have, causes, hold.tally, spent, hold.waiting, outlook.expected, hold.batches)
                if progress:
                    progress(now)
            hold.sync()  # the session may go on for other readers
            if now and now.tally.calls:
                _log.info("%s", now)

    def _ahead(self, target: int) -> int:
        """Rows to work on before they are read: as many calls as may run at once; in batch mode, all of them."""
        run = self.resolved.config.run
        if run.mode == "batch":
            return target
        return max(1, 5 * run.concurrency // (5 * self.resolved.schema.calls_per_row + 1))

    def stream(self, split: str, *, fresh: bool = False) -> Generator[Mapping[str, Any]]:
        """Rows of a split in order, made as they are read.

        The engine works at most `run.concurrency` calls ahead of the reader, in batch mode on all rows. Closing the
        generator lets calls in flight finish, because they are paid for.
        """
        target, given = self.resolved.targets[split], 0
        if not fresh:
            journal, made = self.recorded()
            with closing(journal):
                if enough(made, {split: target}):  # what is on record needs no key, no model and no lock
                    for place in made.places[split][:target]:
                        yield journal.read(place)["row"]
                    return
        ahead = self._ahead(target)
        with Hold(self.resolved, self.folder, fresh=fresh, owner=self.owner) as hold:
            while given < target:
                rows = hold.get({split: given + 1}, {split: min(target, given + ahead)})
                if len(rows.places[split]) > given:
                    yield hold.read(rows.places[split][given])["row"]
                    given += 1
