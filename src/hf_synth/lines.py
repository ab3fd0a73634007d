"""Rows as lines of text, the same wherever they are written: JSON that loses nothing, and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
"""What a spreadsheet takes the beginning of a formula for (OWASP, CSV injection), after signs it skips."""


def json_line(row: Mapping[str, Any]) -> bytes:
    """A row as a line of JSON, UTF-8. Numbers keep every digit, where `Dataset.to_json` keeps ten."""
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def csv_head(columns: Iterable[str]) -> str:
    """The first line of a CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(columns)
    return text.getvalue()


def csv_line(row: Mapping[str, Any], *, disarm: bool = False) -> str:
    """A row as a line of CSV, lists and structs as JSON.

    Texts are quoted, all of them: Python 3.11 leaves a lone carriage return bare, and readers end the row there.

    Args:
        row: plain values.
        disarm: put a quotation mark before what a spreadsheet would run as a formula.
    """
    text = io.StringIO()
    cells = [_cell(value) for value in row.values()]
    if disarm:
        cells = [
            f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA) else cell for cell in cells
        ]
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
