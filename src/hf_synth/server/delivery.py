"""Answers with bytes: conditions, ranges and lengths, for what is complete and for what still grows."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request, Response

from hf_synth.server.answers import Refused
from hf_synth.server.ranges import Range, holds, range_of, same
from hf_synth.server.reading import Reader
from hf_synth.server.streams import Cut, Stream

_PATIENCE = 30.0  # seconds that a range may wait for its first byte
_LOOK = 1.0  # seconds after which it is seen that whoever waits has gone


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a job is answered with.

    Attributes:
        media_type: of it.
        name: tells it from others of the same job.
        row: that it begins with.
        follow: whether to wait for rows that are not there yet.
    """

    media_type: str
    name: str = ""
    row: int = 0
    follow: bool = True


def gone() -> Refused:
    """Said where a job is deleted, or the server ends, before anything was sent."""
    return Refused(404, "The job was deleted, or this server ends.", headers={"Retry-After": "1"})


async def deliver(request: Request, reader: Reader, what: Selection, headers: Mapping[str, str]) -> Response:
    """Answer with the bytes of a reader.

    Raises:
        Refused: the range cannot be satisfied (416), or the job is gone (404).
    """
    own, etag = {**headers, "Accept-Ranges": "bytes"}, _etag(reader, what)
    if etag is not None:
        own["ETag"] = etag
        if same(request.headers.get("if-none-match"), etag):
            return Response(status_code=304, headers=own)
    asked = range_of(request.headers.get("range")) if request.method == "GET" else None
    if asked is not None and holds(request.headers.get("if-range"), etag) and (asked.first is not None or reader.over):
        return await _some(request, reader, what, asked, own)
    if what.follow and not reader.over:
        return Stream(reader.chunks(what.row), own, what.media_type)
    await bound(reader, what.row)
    return _known(reader, what, own, 200)


async def bound(reader: Reader, row: int) -> None:
    """Let a reader read from a row to the end of what is there now.

    Raises:
        Refused: the job is gone.
    """
    try:
        start = await reader.start_of(row)
    except Cut:
        raise gone() from None
    reader.end = reader.size
    reader.offset = reader.end if start is None else start


def _etag(reader: Reader, what: Selection) -> str | None:
    """A name for bytes that change no more."""
    if reader.index.status != "completed":
        return None
    named = f"{reader.index.job_id}\n{what.name}\n{what.row}\n{what.media_type}"
    return f'"{hashlib.sha256(named.encode()).hexdigest()[:32]}"'


def _known(reader: Reader, what: Selection, headers: Mapping[str, str], status: int) -> Stream:
    """What a reader is bound to, with its length."""
    assert reader.end is not None
    length = {"Content-Length": str(reader.end - reader.offset)}
    return Stream(reader.chunks(), {**headers, **length}, what.media_type, status=status)


async def _some(request: Request, reader: Reader, what: Selection, asked: Range, headers: dict[str, str]) -> Response:
    """The bytes of a range that are there; without any, some are waited for."""
    try:
        start = await _reached(request, reader, what, asked.first or 0)
    except Cut:
        raise gone() from None
    there = 0 if start is None else reader.size - start
    total = str(there) if reader.over else "*"
    found = asked.within(there)
    if start is None or found is None:
        more = {"Content-Range": f"bytes */{total}"} if reader.over else {"Retry-After": "5"}
        raise Refused(
            416,
            f"There are {there:,} bytes." if reader.over else "These bytes are not there yet.",
            hint="" if reader.over else "Ask again later, or without a range to follow the job.",
            headers={"Accept-Ranges": "bytes", **more},
        )
    headers["Content-Range"] = f"bytes {found[0]}-{found[1] - 1}/{total}"
    reader.offset, reader.end = start + found[0], start + found[1]
    return _known(reader, what, headers, 206)


async def _reached(request: Request, reader: Reader, what: Selection, first: int) -> int | None:
    """Wait until the byte `first` is there; the byte that the selection begins with, `None` if it is not there."""
    start = await reader.start_of(what.row)
    end = time.monotonic() + (_PATIENCE if what.follow else 0.0)
    while not reader.over and (start is None or start + first >= reader.size):
        if time.monotonic() >= end or await request.is_disconnected():
            break
        await reader.wait(_LOOK)
        start = await reader.start_of(what.row) if start is None else start
    return start
