"""The local executor: rows from this machine's journal, made here where they are missing."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hf_synth.engine.caller import Tally
from hf_synth.engine.journal import Journal
from hf_synth.engine.rows import Rows
from hf_synth.executors.hold import Hold, Wanted, delivered, enough
from hf_synth.registry import Resolved

FOLDER = ".hf_synth"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands. `spent` is US dollars over the lifetime of the journal."""

    accepted: int
    dropped: Mapping[str, int]
    tally: Tally
    spent: float
    waiting: bool
    """Whether another process makes the rows."""


class Local:
    """The rows of one resolved config under one cache.

    Args:
        resolved: what is wanted.
        cache: the folder of `datasets`' cache; journals stand beside the datasets in it.
    """

    def __init__(self, resolved: Resolved, cache: str | Path) -> None:
        self.resolved = resolved
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

    def fill(self, targets: Wanted, progress: Callable[[Progress], None] | None = None, *, fresh: bool = False) -> None:
        """Make rows until every split has its target.

        Args:
            targets: rows wanted, by split.
            progress: called about ten times a second.
            fresh: begin a new generation of the journal, and pay again.

        Raises:
            HfSynthError: what stopped the run; rows and answers so far are on record.
        """
        if not fresh and enough(self.recorded()[1], targets):
            return
        with Hold(self.resolved, self.folder, fresh=fresh) as hold:
            done = False
            while not done:
                rows = hold.get(targets, targets)
                done = enough(rows, targets)
                if progress:
                    progress(
                        Progress(delivered(rows, targets), dict(rows.causes), hold.tally, hold.spent, hold.waiting)
                    )
            hold.sync()  # the session may go on for other readers

    def stream(self, split: str, *, fresh: bool = False) -> Generator[Mapping[str, Any]]:
        """Rows of a split in order, made as they are read.

        The engine works at most `run.concurrency` calls ahead of the reader. Closing the generator lets calls in
        flight finish, because they are paid for.
        """
        target, given = self.resolved.targets[split], 0
        if not fresh:
            journal, made = self.recorded()
            with closing(journal):
                if enough(made, {split: target}):  # what is on record needs no key, no model and no lock
                    for place in made.places[split][:target]:
                        yield journal.read(place)["row"]
                    return
        calls = self.resolved.schema.calls_per_row
        ahead = max(1, (5 * self.resolved.config.run.concurrency) // (5 * calls + 1))
        with Hold(self.resolved, self.folder, fresh=fresh) as hold:
            while given < target:
                rows = hold.get({split: given + 1}, {split: min(target, given + ahead)})
                if len(rows.places[split]) > given:
                    yield hold.read(rows.places[split][given])["row"]
                    given += 1
