"""The audit of the judges: what a critic did with the pairs it was shown, and what a classifier said of a sample.

Folded over what schemas note beside their candidates, dropped ones included:

    notes["judged"]      a list, one for each pair judged: {"scores": [[one, other], [one, other]] in the two orders,
                         "winner": 0, 1 or None, "why": "flip" | "tie" | "inconsistent" | …, "length": [one, other]}
    notes["pair"]   number of the pair in that list which is the candidate
    notes["classified"]  {"difficulty": [asked, said], "tone": [asked, said]}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

BINS = 10
"""Of a histogram of scores or margins: one for each point of 0 to 10."""


def _bins() -> list[int]:
    return [0] * BINS


@dataclass(slots=True)
class CriticAudit:
    """How far the critic can be trusted (Zheng et al. 2023, 2306.05685; FastChat reports the same rates).

    Attributes:
        pairs: pairs judged in both orders.
        flips: pairs whose winner changed with the order.
        ties: pairs of which one order at least called a tie.
        inconsistent: pairs whose winner was not the one with the higher score.
        unread: pairs of which a verdict could not be read.
        clear: pairs with a winner.
        unequal: clear pairs whose responses differ in length, in characters.
        longer_wins: of those, pairs that the longer response won.
        verdicts: single verdicts that named a winner.
        first_wins: of those, verdicts for the response that was shown first.
        chosen, rejected: scores of accepted pairs, by point.
        margins: their differences, by point.
        margin_sum: their differences, added up.
    """

    pairs: int = 0
    flips: int = 0
    ties: int = 0
    inconsistent: int = 0
    unread: int = 0
    clear: int = 0
    unequal: int = 0
    longer_wins: int = 0
    verdicts: int = 0
    first_wins: int = 0
    chosen: list[int] = field(default_factory=_bins)
    rejected: list[int] = field(default_factory=_bins)
    margins: list[int] = field(default_factory=_bins)
    margin_sum: float = 0.0

    @property
    def accepted(self) -> int:
        """Pairs that became rows."""
        return sum(self.margins)

    def take(self, notes: Mapping[str, Any], *, accepted: bool) -> None:
        """Take what was noted of one candidate; `accepted` tells whether it became a row."""
        judged = notes.get("judged", ())
        for pair in judged:
            self._pair(pair)
        if accepted and "pair" in notes:
            means = [sum(side) / 2 for side in zip(*judged[notes["pair"]]["scores"], strict=True)]
            for histogram, value in (
                (self.chosen, max(means)),
                (self.rejected, min(means)),
                (self.margins, max(means) - min(means)),
            ):
                histogram[min(BINS - 1, int(value))] += 1
            self.margin_sum += max(means) - min(means)

    def _pair(self, pair: Mapping[str, Any]) -> None:
        self.pairs += 1
        why = pair.get("why", "")
        if pair["winner"] is not None:
            self.clear += 1
            one, other = pair["length"]
            self.unequal += one != other
            self.longer_wins += one != other and pair["winner"] == (other > one)
        elif why == "flip":
            self.flips += 1
        elif why == "tie":
            self.ties += 1
        elif why == "inconsistent":
            self.inconsistent += 1
        else:
            self.unread += 1
            return
        for order, (one, other) in enumerate(pair["scores"]):  # the second order showed `other` first
            self.verdicts += one != other
            self.first_wins += one != other and (one > other) == (order == 0)

    def __str__(self) -> str:
        said = ", ".join(
            f"{name} {share(number, self.pairs)}"
            for name, number in (("flipped", self.flips), ("tied", self.ties), ("inconsistent", self.inconsistent))
        )
        unread = f", {self.unread} unread" if self.unread else ""
        lines = [
            f"critic    {self.pairs} pairs in both orders: {said}{unread}",
            (
                f"          the longer won {share(self.longer_wins, self.unequal)} of clear pairs, "
                f"the first shown {share(self.first_wins, self.verdicts)} of verdicts"
            ),
        ]
        if self.accepted:
            lines.append(
                f"scores    chosen {spark(self.chosen)} rejected {spark(self.rejected)} (0 to 10), "
                f"margin {self.margin_sum / self.accepted:.2f} {spark(self.margins)}"
            )
        return "\n".join(lines)


@dataclass(slots=True)
class Agreement:
    """What a classifier said of a sample, against what was asked for: asked, then said, to how often."""

    counts: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict[str, dict[str, dict[str, int]]])

    def take(self, notes: Mapping[str, Any]) -> None:
        """Take what was noted of one row."""
        for name, (asked, said) in notes.get("classified", {}).items():
            by_said = self.counts.setdefault(name, {}).setdefault(asked, {})
            by_said[said] = by_said.get(said, 0) + 1

    def agreed(self, name: str) -> tuple[int, int]:
        """How often both were the same, and how often it was looked at."""
        table = self.counts.get(name, {})
        return sum(row.get(asked, 0) for asked, row in table.items()), sum(sum(row.values()) for row in table.values())

    def __str__(self) -> str:
        told = ", ".join(
            f"{name} as asked in {share(same, all_of)} of {all_of}"
            for name in self.counts
            for same, all_of in (self.agreed(name),)
        )
        return f"sample    {told} rows that were classified"


def share(part: int, whole: int) -> str:
    """A share for people."""
    return f"{part / whole:.1%}" if whole else "–"


def spark(histogram: list[int]) -> str:
    """A histogram in a line of text."""
    most = max([*histogram, 1])
    return "".join(" " if not n else "▁▂▃▄▅▆▇█"[max(0, round(8 * n / most) - 1)] for n in histogram).join("▏▕")
