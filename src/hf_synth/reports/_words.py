"""Values in words, and texts of models as far as they can be shown."""

from __future__ import annotations

import unicodedata

UNKNOWN = "–"
_JOINERS = "\u200c\u200d"  # part of how Persian words and some emoji are written


def number(value: float | None, digits: int = 0) -> str:
    """With commas between thousands."""
    return UNKNOWN if value is None else f"{value:,.{digits}f}"


def percent(value: float | None) -> str:
    """A share."""
    return UNKNOWN if value is None else f"{value:.1%}"


def shown(text: str, most: int = 80) -> str:
    """A text of a model in one line, of at most so many columns, as valid Unicode.

    Control and format characters go: they could turn the direction of a line or hide what stands in it.
    """
    valid = text[: 8 * most].encode("utf-8", "replace").decode()
    plain = "".join(" " if char.isspace() else char for char in valid if char.isspace() or _visible(char))
    return cut(" ".join(plain.split()), most) or "(empty)"


def _visible(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in {"Cc", "Cf", "Co"}


def width(text: str) -> int:
    """Columns that a text takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, most: int) -> str:
    """A text of at most so many columns; an ellipsis tells where it was cut."""
    if width(text) <= most:
        return text
    taken, room = 0, most - 1
    for place, char in enumerate(text):
        taken += _columns(char)
        if taken > room:
            return text[:place].rstrip() + "…"
    return text
