"""What rows took so far, folded over a journal: the calls and tokens of judged candidates, by role.

An answer belongs to the candidates whose verdict names it, a draft with all its repairs to its whole cell. So
answers of another choice of thresholds in the same journal are not counted, and those on record for candidates
that are still to be judged are known apart: they cost nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable

from hf_synth.engine.ledger import Ledger
from hf_synth.engine.records import Record
from hf_synth.engine.rows import Rows
from hf_synth.executors.loads import Load
from hf_synth.registry import Resolved
from hf_synth.types import Role

ENOUGH = 20
"""Accepted rows after which what was measured says more than what was assumed."""


_Taken = tuple[str, Role, Load]


class Measured:
    """Calls and tokens of the judged candidates of one selection, and of answers that wait for a verdict."""

    def __init__(self) -> None:
        self.judged = 0
        self.accepted = 0
        self.outlines: set[str] = set()
        """Blocks whose outline is on record."""
        self._used: dict[Role, Load] = {}
        self._waiting: dict[str, list[_Taken]] = {}  # by cell and idea

    def answered(self, record: Record) -> None:
        """Take an answer."""
        cell, idea, _ = record["name"].split(":", 2)
        block = cell.removeprefix("outline.")
        if block != cell:
            self.outlines.add(block)
            return
        given, made, cached, written, *_ = record["usage"]
        load = Load(1, given, made, cached, written)
        self._waiting.setdefault(f"{cell}:{idea}", []).append((record["name"], record["role"], load))

    def verdict(self, record: Record) -> None:
        """Take a verdict of the selection, the next one in plan order."""
        self.judged += 1
        self.accepted += record["type"] == "row"
        self._use(self._waiting.pop(f"{record['cell']}:-1", ()))
        names = set(record["answers"])
        mine = self._waiting.pop(f"{record['cell']}:{record['place'][1]}", ())
        self._use(taken for taken in mine if taken[0] in names)

    def _use(self, taken: Iterable[_Taken]) -> None:
        for _, role, load in taken:
            self._used[role] = self._used.get(role, Load()) + load

    @property
    def enough(self) -> bool:
        """Whether there are rows enough to go by."""
        return self.accepted >= ENOUGH

    def candidate(self, role: Role) -> Load:
        """What a candidate took of a role, on average."""
        return self._used.get(role, Load()) * (1 / max(1, self.judged))

    def waiting(self, role: Role) -> int:
        """Answers on record for candidates that are still to be judged."""
        return sum(of == role for group in self._waiting.values() for _, of, _ in group)


class Standing:
    """Where a selection stands by its journal: its rows, what they took, what was spent."""

    def __init__(self, resolved: Resolved) -> None:
        self.rows = Rows(resolved.selection, list(resolved.config.splits))
        self.measured = Measured()
        self.ledger = Ledger(resolved.selection)

    def follow(self, record: Record, place: int) -> None:
        """Take a record."""
        self.ledger.take(record)
        if record["type"] == "answer":
            self.measured.answered(record)
        elif self.rows.follow(record, place):
            self.measured.verdict(record)
