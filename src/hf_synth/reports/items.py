"""Of evaluation rows: how they are scored, where the right options stand, how often they are solved."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hf_synth.reports.coverage import evenness
from hf_synth.reports.judging import ratio
from hf_synth.reports.material import RowFacts

_KEY = re.compile(r"\W*([A-Ha-h])\b(?!')")
_LETTERS = "ABCDEFGH"


@dataclass(frozen=True, slots=True)
class Items:
    """Attributes of evaluation rows.

    Attributes:
        metrics: rows by metric; a row may have several.
        keys: multiple-choice rows by the letter of the right option. A key that is right more often than others can
            be guessed without reading.
        key_evenness: 1 where all letters are right equally often; `None` for fewer than two.
        tried: rows that a model answered repeatedly.
        solve_rate: mean share of right answers over them.
        never, always: of them, rows with no right answer and with right ones only: neither tells models apart.
        rates: the same rows by right answers: by their number where all rows have equally many answers and at most
            ten, or else by their share in tenths.
    """

    metrics: dict[str, int]
    keys: dict[str, int]
    key_evenness: float | None
    tried: int
    solve_rate: float | None
    never: float | None
    always: float | None
    rates: dict[str, int]


def items(rows: Iterable[RowFacts]) -> Items | None:
    """Of all rows; `None` where none is for evaluation."""
    metrics: Counter[str] = Counter()
    keys: Counter[str] = Counter()
    solved: list[tuple[int, int]] = []
    for row in rows:
        metrics.update(row.metrics)
        if "multiple_choice" in row.metrics and row.responses and (key := _KEY.match(row.responses[0])):
            keys[key[1].upper()] += 1
        if row.solved and row.solved[1] > 0:
            solved.append(row.solved)
    if not metrics and not solved:
        return None
    letters = _LETTERS[: _LETTERS.index(max(keys)) + 1] if keys else ""
    by_letter = {letter: keys[letter] for letter in letters}
    return Items(
        dict(sorted(metrics.items(), key=lambda item: (-item[1], item[0]))),
        by_letter,
        evenness(list(by_letter.values())),
        len(solved),
        math.fsum(right / of for right, of in solved) / len(solved) if solved else None,
        ratio(sum(right == 0 for right, _ in solved), len(solved)),
        ratio(sum(right == of for right, of in solved), len(solved)),
        _rates(solved),
    )


def _rates(solved: Sequence[tuple[int, int]]) -> dict[str, int]:
    """Rows by right answers, in order; other bins than the answers can fill would show gaps that mean nothing."""
    if not solved:
        return {}
    numbers = {of for _, of in solved}
    parts = min(numbers) if len(numbers) == 1 and max(numbers) <= 10 else 10
    named = [f"{part} of {parts}" if numbers == {parts} else f"{10 * part}%" for part in range(parts + 1)]
    counts = Counter(min(parts, max(0, round(parts * right / of))) for right, of in solved)
    return {name: counts[part] for part, name in enumerate(named)}
