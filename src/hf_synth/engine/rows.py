"""Rows: the fold over verdicts that tells which rows a selection has, where it stands and why candidates went.

A selection is what decides which of the paid answers become rows, and in which split: the thresholds and the
proportions of the splits. Its verdicts are journalled in plan order, so replaying them restores the gate.
"""

from __future__ import annotations

from array import array
from collections import Counter
from typing import Any

from hf_synth.engine.records import Record


def verdict_record(  # one field of the record each
    selection: str,
    place: tuple[int, int, int],
    cell: str,
    split: str,
    answers: list[str],
    **outcome: Any,
) -> Record:
    """`place` is (index of the cell, number of the idea or -1 for a cell without any, ideas of the cell).

    `outcome` is `row` and `notes` for a row that was made, `cause` and `detail` for a refused candidate.
    """
    return {
        "type": "row" if "row" in outcome else "drop",
        "selection": selection,
        "place": list(place),
        "cell": cell,
        "split": split,
        "answers": answers,
        **outcome,
    }


class Rows:
    """What one selection has so far. Holds places of rows, never their texts."""

    def __init__(self, selection: str, splits: list[str]) -> None:
        self.selection = selection
        self.places: dict[str, array[int]] = {split: array("Q") for split in splits}
        self.causes: Counter[str] = Counter()
        self.judged = 0
        self.cell = 0
        """Index of the cell the next verdict is about, or of the one after it."""
        self.idea = 0
        """Number of the idea the next verdict is about, within `cell`."""
        self.reached = -1
        """Index of the last cell that any selection judged: its answers are likely on record."""
        self.outlines: set[int] = set()
        """Blocks whose outline is on record."""

    @property
    def accepted(self) -> int:
        return sum(len(places) for places in self.places.values())

    def follow(self, record: Record, place: int) -> bool:
        """Take a verdict if it is ours and the next one in plan order; tell whether it was."""
        if record["type"] == "outline":
            self.outlines.add(record["block"])
        elif record["type"] == "reached":
            self.reached = max(self.reached, record["cell"])
        if record["type"] not in ("row", "drop"):
            return False
        cell, idea, ideas = record["place"]
        self.reached = max(self.reached, cell)
        if record["selection"] != self.selection:
            return False
        if (cell, max(idea, 0)) != (self.cell, self.idea):
            return False
        if record["type"] == "row":
            self.places[record["split"]].append(place)
        else:
            self.causes[record["cause"]] += 1
        self.judged += 1
        self.cell, self.idea = (cell + 1, 0) if idea < 0 or idea + 1 >= ideas else (cell, idea + 1)
        return True
