"""A report as Markdown, for dataset cards.

Texts of models stand in it, and the Hub shows it to everybody: no text of theirs may become a link, an image, HTML,
or the end of a cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hf_synth.reports.facts import Facts
from hf_synth.reports.sections import headline, sections
from hf_synth.reports.tables import Table

_SPECIAL = re.compile(r"([\\`*_\[\]{}<>|~$#!&])")
_LINK = re.compile(r"(?i)\b(https?|ftp|mailto|www)(?=[:.])")


def escaped(text: str) -> str:
    """A text in one line that is shown as it is: nothing in it is Markdown, HTML or a link."""
    one_line = " ".join(text.split())
    return _LINK.sub(lambda found: found[1] + "\N{ZERO WIDTH NON-JOINER}", _SPECIAL.sub(r"\\\1", one_line))


def table_of(head: tuple[str, ...] | list[str], rows: Iterator[tuple[str, ...]] | list[tuple[str, ...]]) -> list[str]:
    """Lines of a table; the texts must be escaped already."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]


def markdown(facts: Facts, *, level: int = 3, plots: Mapping[str, tuple[str, str]] | None = None) -> str:
    """All that a report tells but the tables of details.

    Args:
        facts: what was counted.
        level: of the headings of its sections.
        plots: name of a plot to its address and to what is seen on it; each is shown in the section it belongs to.
    """
    lines = table_of(["figure", "value", "of"], [tuple(map(escaped, told)) for told in headline(facts)])
    for section in sections(facts):
        lines += ["", f"{'#' * level} {section.title}", ""]
        for table in section.tables:
            if not table.detail:
                lines += _table(table)
        for name in section.plots:
            if plots and name in plots:
                address, told = plots[name]
                lines += [f"![{escaped(told)}]({address})", ""]
        for note in section.notes:
            lines += [escaped(note), ""]
    return "\n".join(lines).rstrip() + "\n"


def _table(table: Table) -> list[str]:
    left = {0, *table.words}
    lines = table_of([escaped(name) for name in table.head], [tuple(map(escaped, row)) for row in table.rows])
    lines[1] = "|" + "".join("---|" if place in left else "---:|" for place in range(len(table.head)))
    return [f"**{escaped(table.title)}**", "", *lines, ""]
