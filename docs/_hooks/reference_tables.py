"""Markdown tables: made here; and read, from README.md and the pages, for what each field of the config means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_ROW = re.compile(r"^\|(.*)\|$")
_CODE = re.compile(r"`([\w.]+)`")
_HEAD = re.compile(r"`([\w.]+)\.…`")
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Meaning:
    """What a row of a table says of a field: its default in words, where there is one, and what it means."""

    default: str
    text: str


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("\n", " ").strip() for cell in line) + " |" for line in lines)


def cell(text: str) -> str:
    """A text as it can stand in a cell."""
    return text.replace("|", "\\|")


def meanings_of(document: str) -> dict[str, Meaning]:
    """Field to meaning, from the tables of a document whose columns are field, default and meaning.

    The first column is called `field`, or by a prefix of the names below it, such as `quality.…`.
    """
    found: dict[str, Meaning] = {}
    prefix: str | None = None
    inside = False
    for line in document.splitlines():
        row = _ROW.match(line)
        cells = [part.strip() for part in _CELL.split(row[1])] if row else []
        if not cells:
            inside, prefix = False, None
        elif not inside:
            head = _HEAD.fullmatch(cells[0])
            named = cells[0] == "field" or head is not None
            inside, prefix = True, (f"{head[1]}." if head else "") if named and len(cells) == 3 else None
        elif prefix is not None and not cells[1].startswith("---"):
            for name in _CODE.findall(cells[0]):
                found.setdefault(prefix + name, Meaning(cells[1], cells[2]))
    return found


def figures_of(document: str) -> dict[str, str]:
    """Figure to meaning, from the table of a document whose columns are figure and meaning; a row may name several."""
    found: dict[str, str] = {}
    for line in document.partition("\n| figure |")[2].splitlines()[2:]:
        row = _ROW.match(line)
        if row is None:
            break
        names, text = (part.strip() for part in _CELL.split(row[1]))
        found |= dict.fromkeys(_CODE.findall(names), text)
    return found
