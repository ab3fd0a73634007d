"""What was counted as sections of tables: once, for the terminal, the page and the notebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hf_synth.reports._words import number, percent, shown


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts under a head.

    Attributes:
        title: what the rows are.
        head: names of the columns; the first column names the row, numbers stand in the others.
        rows: as many texts each.
        detail: shown on the page only.
        words: columns that hold words, by number, and are not aligned like numbers.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    detail: bool = False
    words: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, tables, what they mean, and names of the plots that show the same."""

    name: str
    title: str
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    plots: Sequence[str] = field(default_factory=tuple[str, ...])


MOST = 25
"""Values of an attribute that a table or plot names; the rest is added up."""


def counted(counts: Mapping[str, int], most: int = MOST) -> list[tuple[str, int]]:
    """The first ones, ready to be shown, and the others added up."""
    listed = [(shown(name), count) for name, count in counts.items()]
    if len(listed) <= most:
        return listed
    rest = listed[most - 1 :]
    return [*listed[: most - 1], (f"{len(rest):,} others", sum(count for _, count in rest))]


def shares(title: str, name: str, counts: Mapping[str, int], whole: int, *, detail: bool = False) -> Table:
    """Counts with their shares of a whole."""
    rows = [(value, number(count), percent(count / whole if whole else None)) for value, count in counted(counts)]
    return Table(title, (name, "rows", "share"), rows, detail=detail)


def grid(title: str, corner: str, table: Mapping[str, Mapping[str, int]]) -> Table:
    """Counts by two attributes."""
    columns = across(table)
    rows = [(shown(name), *(number(line.get(column, 0)) for column in columns)) for name, line in table.items()]
    return Table(title, (corner, *map(shown, columns)), rows, detail=True)


def across(table: Mapping[str, Mapping[str, int]], first: Iterable[str] = ()) -> list[str]:
    """The names of the columns of such a table: those named `first`, then the others, sorted."""
    found = {name for line in table.values() for name in line}
    return [*(name for name in first if name in found), *sorted(found.difference(first))]
