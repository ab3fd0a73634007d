"""How evenly the rows spread over what was to be covered."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hf_synth.reports.material import Material, RowFacts

ATTRIBUTES = ("topics", "task_types", "audiences", "styles", "difficulties")
_SLOT = {"difficulties": 0, "task_types": 1, "audiences": 2, "styles": 3}  # places in `RowFacts.slot`
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Coverage:
    """Rows by the values of one attribute.

    Attributes:
        counts: rows of each value, the most used first; values of the outline without a row at the end.
        planned: values in the outline, `None` without one.
        covered: share of them that have a row.
        outside: rows whose value is not in the outline.
        evenness: entropy by its maximum (Pielou 1966), over the planned values or else those used: 1 where all have
            equally many rows; `None` for fewer than two.
        most, least: the values used most and least, with their rows.
    """

    counts: dict[str, int]
    planned: int | None
    covered: float | None
    outside: int | None
    evenness: float | None
    most: list[tuple[str, int]]
    least: list[tuple[str, int]]


def coverage(values: Iterable[str], planned: Sequence[str] | None) -> Coverage | None:
    """Of one attribute; `None` where no row tells it. Empty values are rows that do not."""
    used = Counter(value for value in values if value)
    if not used:
        return None
    wanted = dict.fromkeys(planned or ())
    counts = {**used, **{value: 0 for value in wanted if value not in used}}
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return Coverage(
        dict(ordered),
        len(wanted) or None,
        sum(value in used for value in wanted) / len(wanted) if wanted else None,
        sum(number for value, number in used.items() if value not in wanted) if wanted else None,
        evenness(list(counts.values())),
        ordered[:_SHOWN],
        ordered[::-1][:_SHOWN],
    )


def evenness(counts: Sequence[int]) -> float | None:
    """Entropy by its maximum, 0 to 1; `None` for fewer than two counts or where all are 0."""
    total = sum(counts)
    if len(counts) < 2 or not total:
        return None
    entropy = -math.fsum(count / total * math.log(count / total) for count in counts if count)
    return min(1.0, max(0.0, entropy / math.log(len(counts))))


def covered(material: Material) -> dict[str, Coverage | None]:
    """Of all attributes."""
    outline = material.outline or {}
    return {name: coverage((_value(row, name) for row in material.rows), outline.get(name)) for name in ATTRIBUTES}


def crossed(rows: Iterable[RowFacts]) -> dict[str, dict[str, int]]:
    """Difficulty to task type to rows: the two that a model mixes up first."""
    table: dict[str, dict[str, int]] = {}
    for row in rows:
        if row.slot:
            line = table.setdefault(row.slot[0], {})
            line[row.slot[1]] = line.get(row.slot[1], 0) + 1
    return {name: dict(sorted(line.items())) for name, line in sorted(table.items(), key=lambda item: rank(item[0]))}


def rank(difficulty: str) -> tuple[int, str]:
    """Where a difficulty stands among others: those of the plan from easy to hard, then the rest by name."""
    known = ("easy", "medium", "hard")
    return (known.index(difficulty) if difficulty in known else len(known), difficulty)


def _value(row: RowFacts, name: str) -> str:
    if name == "topics":
        return row.topic
    return row.slot[_SLOT[name]] if row.slot else ""
