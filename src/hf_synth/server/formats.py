"""The forms that rows are handed out in: which one is asked for, what it is called, and CSV as it is streamed."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Literal
from urllib.parse import quote

from hf_synth.lines import csv_head, csv_line
from hf_synth.server.accepting import most_exact, ranges
from hf_synth.server.answers import Refused
from hf_synth.server.shelf import Shelf

Format = Literal["ndjson", "csv", "parquet"]
FORMATS: tuple[Format, ...] = ("ndjson", "csv", "parquet")
MEDIA_TYPE: dict[Format, str] = {
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
ENDING: dict[Format, str] = {"ndjson": ".jsonl", "csv": ".csv", "parquet": ".parquet"}
_NAMES: dict[Format, tuple[str, ...]] = {
    "ndjson": ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/json"),
    "csv": ("text/csv",),
    "parquet": ("application/vnd.apache.parquet",),
}


def chosen(named: Format | None, accept: str | None) -> Format:
    """The format that a request asks for: what it names, else what it accepts most, else JSON lines.

    Raises:
        Refused: it accepts none of them.
    """
    if named is not None:
        return named
    asked = list(ranges(accept or "*/*"))
    best = max(FORMATS, key=lambda offered: _liking(offered, asked))  # of equals the first
    if _liking(best, asked)[0] <= 0:
        raise Refused(
            406,
            f"Rows are handed out as {', '.join(MEDIA_TYPE[one].partition(';')[0] for one in FORMATS)}.",
            hint="Accept one of these, or name it: ?format=ndjson, csv or parquet.",
        )
    return best


def _liking(offered: Format, asked: list[tuple[str, float]]) -> tuple[float, int]:
    """How much a format is liked, and how exactly it was named: RFC 9110 lets the most exact range say it."""
    return max((liked, exact) for exact, liked in (most_exact(name, asked) for name in _NAMES[offered]))


def disposition(schema: str, split: str | None, kind: Format) -> str:
    """Content-Disposition: save it as a file, whose name holds nothing that could end the header or leave a folder."""
    name = f"{schema}-{split}{ENDING[kind]}" if split else f"{schema}{ENDING[kind]}"
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    told = f'attachment; filename="{plain}"'
    return told if plain == name else f"{told}; filename*=UTF-8''{quote(name, safe='')}"


class Csv:
    """Makes CSV of JSON lines that come in pieces.

    Args:
        head: whether to begin with the names of the columns.
    """

    def __init__(self, *, head: bool = True) -> None:
        self._head, self._rest = head, b""

    def feed(self, piece: bytes) -> bytes:
        """The lines that are whole by now."""
        whole, end, rest = (self._rest + piece).rpartition(b"\n")
        self._rest = rest
        return "".join(self._lines(whole)).encode() if end else b""

    def _lines(self, whole: bytes) -> Iterator[str]:
        for line in whole.split(b"\n"):
            row = json.loads(line)
            if self._head:
                self._head = False
                yield csv_head(row)
            yield csv_line(row, disarm=True)


async def as_csv(shelf: Shelf, chunks: AsyncGenerator[bytes], *, head: bool) -> AsyncGenerator[bytes]:
    """JSON lines as CSV, made in a thread a piece at a time."""
    table = Csv(head=head)
    async with aclosing(chunks):
        async for chunk in chunks:
            yield await shelf.run(table.feed, chunk)
