"""The rows of a job, a page at a time, also while it runs."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from hf_synth.server.answers import Refused
from hf_synth.server.delivery import bound, gone
from hf_synth.server.page.drawing import page
from hf_synth.server.page.session import Seen
from hf_synth.server.reading import Reader
from hf_synth.server.routes.jobs import own_job
from hf_synth.server.shelf import shelf_of
from hf_synth.server.streams import Cut

router = APIRouter()
_AT_ONCE = 20
_LONG, _LINES = 500, 10
"""Characters and lines that a text may have to be shown unfolded."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a row, to be drawn.

    Attributes:
        name: of the column, or the role of a message.
        text: what stands there.
        plain: whether it is a text and not JSON.
    """

    name: str
    text: str
    plain: bool = True

    @property
    def long(self) -> bool:
        """Whether it is folded."""
        return not self.plain or len(self.text) > _LONG or self.text.count("\n") > _LINES


def fields_of(row: Mapping[str, Any]) -> Generator[Field]:
    """A row as it is drawn: texts and messages as such, all else as JSON."""
    for name, value in row.items():
        if isinstance(value, str):
            yield Field(name, value)
        elif isinstance(value, list) and value and all(map(_message, cast("list[Any]", value))):
            for turn in cast("list[dict[str, Any]]", value):
                yield Field(f"{name}, {turn['role']}", turn["content"])
        elif isinstance(value, dict | list):
            yield Field(name, json.dumps(value, ensure_ascii=False, indent=2), plain=False)
        else:
            yield Field(name, json.dumps(value))


def _message(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"role", "content"} and isinstance(value["content"], str)


@router.get("/jobs/{job_id}/rows")
async def rows(
    request: Request,
    seen: Seen,
    job_id: str,
    split: str | None = None,
    number: Annotated[int, Query(alias="page", ge=1, le=10**9)] = 1,
) -> Response:
    """Some rows of a split."""
    found = await run_in_threadpool(own_job, request, seen.key, job_id)
    name = next(iter(found.targets)) if split is None else split
    if name not in found.targets:
        raise Refused(404, f"This job has no split {name[:80]!r}.", hint=f"It has {', '.join(found.targets)}.")
    shelf = shelf_of(request)
    reader = Reader(shelf, await shelf.index(found), [name])
    there, first = reader.index.rows_of(name), (number - 1) * _AT_ONCE
    return page(
        "rows",
        viewer=seen,
        job=found,
        split=name,
        there=there,
        first=first + 1,
        number=number,
        pages=max(1, -(-there // _AT_ONCE)),
        rows=[list(fields_of(json.loads(line))) for line in await _lines(reader, first)] if first < there else [],
    )


async def _lines(reader: Reader, first: int) -> list[bytes]:
    """The rows from one on that are there, as they are stored."""
    await bound(reader, first)
    text, many = bytearray(), 0
    try:
        async with aclosing(reader.chunks()) as chunks:
            async for chunk in chunks:
                text += chunk
                many += chunk.count(b"\n")
                if many >= _AT_ONCE:
                    break
    except Cut:
        raise gone() from None
    return bytes(text).split(b"\n")[: min(many, _AT_ONCE)]
