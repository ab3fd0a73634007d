"""Demand: which rows are wanted, which are on their way, and whether more must be opened."""

from __future__ import annotations

from collections.abc import Iterable

from hf_synth.engine.rows import Rows

_LEAST_YIELD = 0.05


class Demand:
    """Rows wanted by split, against rows there are and candidates under way.

    Attributes:
        limit: most candidates that may be judged in all.
    """

    def __init__(self, splits: Iterable[str], rows: Rows) -> None:
        self.limit = 0
        self._rows = rows
        self._wanted = dict.fromkeys(splits, 0)
        self._under_way = dict.fromkeys(self._wanted, 0)

    @property
    def wanted(self) -> dict[str, int]:
        """Rows wanted, by split."""
        return dict(self._wanted)

    @property
    def under_way(self) -> int:
        """Candidates asked for and not yet judged."""
        return sum(self._under_way.values())

    def want(self, split: str, rows: int) -> None:
        """Let a split have at least so many rows in the end."""
        self._wanted[split] = max(self._wanted[split], rows)

    def start(self, split: str, candidates: int = 1) -> None:
        """Count candidates that were asked for; a negative number takes back."""
        self._under_way[split] += candidates

    def clear(self) -> None:
        """Forget what is under way: it is counted anew."""
        self._under_way = dict.fromkeys(self._under_way, 0)

    def satisfied(self) -> bool:
        """Whether every split has what was wanted."""
        return all(len(self._rows.places[split]) >= wanted for split, wanted in self._wanted.items())

    def missing(self, next_cell: int) -> bool:
        """Whether what is under way will not do, at the yield measured so far.

        Up to the last cell that was judged before, with whatever thresholds, every candidate is hoped to be a row:
        its answers are on record and take no time, and reading ahead of them on a guess would pay for others.
        """
        if self._rows.judged + self.under_way >= self.limit:
            return False
        measured = max(_LEAST_YIELD, (self._rows.accepted + 2) / (self._rows.judged + 2))  # optimistic at first
        share = 1.0 if next_cell <= self._rows.reached else measured
        return any(
            wanted - len(self._rows.places[split]) > share * self._under_way[split]
            for split, wanted in self._wanted.items()
        )
