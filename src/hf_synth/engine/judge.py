"""The judge: one verdict after the other, in plan order, written down as it is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hf_synth.config.outline import PARTS
from hf_synth.engine.cells import CellWork
from hf_synth.engine.gate import Gate
from hf_synth.engine.journal import Journal
from hf_synth.engine.plan import Outline
from hf_synth.engine.rows import Rows, verdict_record
from hf_synth.errors import TooFewRows, Unfit
from hf_synth.types import Candidate, Cell

HOPELESS = 50
"""Candidates judged without a single row after which a run gives up, however many more are allowed."""
_DETAIL = 500  # characters of a reason that are kept


class Judge:
    """Gives the verdicts of one selection and journals them.

    Args:
        gate: says which candidates are rows.
        rows: the fold that tells which verdict is the next one.
        journal: where verdicts go.
        key: the column that duplicates are measured on.
    """

    def __init__(self, gate: Gate, rows: Rows, journal: Journal, key: str) -> None:
        self._gate = gate
        self._rows = rows
        self._journal = journal
        self._key = key
        self._restored = False

    def next_of(self, work: CellWork) -> bool:
        """Judge the next idea of the cell that is in turn; False while its result is not there yet."""
        number = self._rows.idea
        if number not in work.results or work.cell is None or work.ideas is None:
            return False
        result, names = work.results.pop(number)
        ideas = len(work.ideas)
        place = (work.index, number if ideas else -1, ideas)
        self._restore()
        outcome = self._outcome(result, work.split) | _origin(work.cell, number)
        record = verdict_record(self._rows.selection, place, work.cell.name, work.split, names, **outcome)
        self._rows.follow(record, self._journal.append(record, hold=True))
        return True

    def note_outline(self, block: int, outline: Outline) -> None:
        """Write down what a block of the plan walks over, for reports; once in a journal."""
        if block in self._rows.outlines:
            return
        parts = {part: list(getattr(outline, part)) for part in PARTS}
        record = {"type": "outline", "block": block, **parts}
        self._rows.follow(record, self._journal.append(record))

    def _outcome(self, result: Candidate | Unfit, split: str) -> dict[str, Any]:
        """A row or a cause, with what the schema and the checks noted."""
        ruling = self._gate.judge(result, split) if isinstance(result, Candidate) else None
        refused = result if isinstance(result, Unfit) else ruling if ruling and ruling.cause else None
        noted: dict[str, Any] = {"notes": dict(result.notes)} if result.notes else {}
        if refused is not None:
            return {"cause": refused.cause, "detail": refused.detail[:_DETAIL], **noted}
        assert isinstance(result, Candidate)
        if ruling is not None and ruling.flags:
            noted["flags"] = {name: detail[:_DETAIL] for name, detail in ruling.flags.items()}
        return {"row": dict(result.row), **noted}

    def _restore(self) -> None:
        """Let the gate know the rows of earlier runs, once, before it judges anything new."""
        if self._restored:
            return
        self._restored = True
        for place in sorted(place for places in self._rows.places.values() for place in places):
            record = self._journal.read(place)
            self._gate.restore(record["row"][self._key], record["split"])
        self._journal.append({"type": "gate", "selection": self._rows.selection, "checks": self._gate.checks})


def _origin(cell: Cell, number: int) -> dict[str, Any]:
    """What the plan wanted of an idea: kept with the verdict, for provenance and report."""
    origin: dict[str, Any] = {"topic": cell.topic.title}
    if cell.topic.passage_id:
        origin["passage"] = cell.topic.passage_id
    if number < len(cell.slots):
        slot = cell.slots[number]
        origin["slot"] = [slot.difficulty, slot.task_type, slot.audience, slot.style]
    return origin


def too_few(rows: Rows, wanted: Mapping[str, int]) -> TooFewRows:
    """The error that tells how many rows were made, where some are missing, and why others were dropped."""
    causes = ", ".join(f"{cause} {number}" for cause, number in rows.causes.most_common()) or "none"
    have = {split: min(len(rows.places[split]), number) for split, number in wanted.items()}
    lacking = [f"{split!r} lacks {number - have[split]}" for split, number in wanted.items() if have[split] < number]
    where = f" ({', '.join(lacking)})" if len(wanted) > 1 and lacking else ""
    further = ", or raise run.max_candidates" if rows.accepted or rows.judged < HOPELESS else ""
    return TooFewRows(
        f"{sum(have.values())} of {sum(wanted.values())} rows passed after {rows.judged} candidates{where}. "
        f"Dropped: {causes}.",
        hint=f"Widen the domain or guidance, loosen quality or constraints{further}, and run the same again: it goes "
        "on from here, and partial() reads the rows so far.",
    )
