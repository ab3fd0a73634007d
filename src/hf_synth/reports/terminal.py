"""A report as text of at most 100 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from hf_synth.engine.audit import spark
from hf_synth.reports._words import cut, number, shown, width
from hf_synth.reports.facts import Facts
from hf_synth.reports.sections import headline, sections
from hf_synth.reports.tables import Table

COLUMNS = 100
_GAP = 2


def printed(facts: Facts) -> str:
    """All but the tables of details."""
    lines = [cut(f"{shown(facts.schema)}: {shown(facts.domain)}", COLUMNS), ""]
    lines += (f"{name:<16}{value:>12}  {of}" for name, value, of in headline(facts))
    for section in sections(facts):
        lines += ["", section.title.upper()]
        for table in section.tables:
            if not table.detail:
                lines += _table(table)
        lines += _drawn(section.name, facts)
        for note in section.notes:
            lines += _wrapped(note)
    return "\n".join(lines)


def _table(table: Table) -> Iterator[str]:
    rows = [list(table.head), *map(list, table.rows)]
    widths = _fitted([max(map(width, column)) for column in zip(*rows, strict=True)])
    left = {0, *table.words}
    for row in rows:
        cells = [
            _padded(cut(cell, room), room, to_left=place in left)
            for place, (cell, room) in enumerate(zip(row, widths, strict=True))
        ]
        yield (" " * _GAP).join(cells).rstrip()


def _fitted(widths: Sequence[int]) -> list[int]:
    """Widths that fit: the widest columns give way, evenly."""
    fitted = list(widths)
    while sum(fitted) + _GAP * (len(fitted) - 1) > COLUMNS and max(fitted) > 1:
        fitted[fitted.index(max(fitted))] -= 1
    return fitted


def _padded(text: str, room: int, *, to_left: bool) -> str:
    space = " " * (room - width(text))
    return text + space if to_left else space + text


def _drawn(name: str, facts: Facts) -> Iterator[str]:
    """Histograms in a line each."""
    if name == "lengths":
        for column, one in facts.lengths.items():
            if one.bins:
                end = one.start + one.step * len(one.bins) - 1
                reach = f"{number(one.start)} to {number(end)}{' or more' if one.open else ''}"
                yield f"{column:<14}{spark(one.bins)} {reach} words"
    if name == "critic" and facts.critic and facts.critic.accepted:
        for what, bins in (
            ("chosen", facts.critic.chosen),
            ("rejected", facts.critic.rejected),
            ("margin", facts.critic.margins),
        ):
            yield f"{what:<14}{spark(bins)} 0 to 10 points"
    if name == "items" and facts.items and facts.items.rates:
        yield f"{'right answers':<14}{spark(list(facts.items.rates.values()))} 0 to 100 %"


def _wrapped(note: str) -> list[str]:
    if width(note) == len(note):
        return textwrap.wrap(note, COLUMNS)
    return [cut(note, COLUMNS)]  # textwrap counts characters, not columns
