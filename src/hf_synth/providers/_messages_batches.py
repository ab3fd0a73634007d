"""The batch side of the Messages API: all requests in the body of one call, all results in one file of lines."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from hf_synth.errors import BatchNotFound, ProviderError
from hf_synth.protocols import BatchState
from hf_synth.providers._border import Border
from hf_synth.providers._exchange import LARGE, UNKNOWN, Exchange, given, opened
from hf_synth.providers._json import count, items, table
from hf_synth.providers._link import Link
from hf_synth.types import Dialect, Json, Reply, Request

_HEAD, _TAIL = b'{"requests":[', b"]}"
_PIECE = 1 << 18
_SLACK = 600.0
"""Seconds by which clocks may differ."""
_FINISHED = ("succeeded", "errored", "canceled", "expired")


class MessagesBatches:
    """Implements `protocols.Batching`.

    Args:
        link: of the live side.
        border: of the live side.
        path: of live calls.
        body: makes the body of a live call.
        answer: reads the body of a live call's 200.
    """

    most_requests: int = 100_000
    most_bytes: int = 255_000_000

    def __init__(
        self,
        link: Link,
        border: Border,
        path: str,
        body: Callable[[Request, Dialect], Json],
        answer: Callable[[Request, Json, Mapping[str, str], bool], Reply | ProviderError],
    ) -> None:
        self._exchange = Exchange(link, border)
        self._border = border
        self._path = f"{path}/batches"
        self._body = body
        self._answer = answer

    def line(self, custom_id: str, request: Request, dialect: Dialect) -> bytes:
        """See `protocols.Batching`."""
        return self._exchange.line({"custom_id": custom_id, "params": self._body(request, dialect)})

    async def create(self, file: Path, mark: str) -> str:
        """See `protocols.Batching`. There is no place for the mark but the custom ids, which begin with it."""
        with opened(file) as lines:
            size = _without_last_break(lines)
            created = await self._exchange.ask(
                "post",
                self._path,
                creates=True,
                total=LARGE,
                content=_body(lines, size),
                headers={"Content-Type": "application/json", "Content-Length": str(len(_HEAD) + size + len(_TAIL))},
            )
        return self._exchange.id_of(created, "batch", creates=True)

    async def find(self, mark: str, requests: int, since: float, known: Collection[str]) -> tuple[str | None, bool]:
        """See `protocols.Batching`. A batch shows whose it is by its first result, so not before it has ended."""
        undecided, seen, query = False, set[str](), dict[str, Any]()
        while True:
            page = given(await self._exchange.ask("get", self._path, params={"limit": 100, **query}))
            for batch in map(table, items(page.get("data"))):
                name = str(batch.get("id") or "")
                if name in seen or _created(batch) < since - _SLACK:  # newest first; or a page again
                    return None, undecided
                seen.add(name)
                query = {"after_id": name}
                counts = table(batch.get("request_counts"))
                late = _created(batch) > since + LARGE + _SLACK
                if late or name in known or sum(count(counts, kind) for kind in (*_FINISHED, "processing")) != requests:
                    continue
                if batch.get("processing_status") != "ended":
                    undecided = True
                elif (await self._first(name)).startswith(f"{mark}-"):
                    return name, False
            if not page.get("has_more") or not query:
                return None, undecided

    async def look(self, batch: str) -> BatchState:
        """See `protocols.Batching`."""
        body = given(await self._exchange.ask("get", f"{self._path}/{quote(batch, safe='')}", batch=batch))
        word = body.get("processing_status")
        if not isinstance(word, str):
            raise self._exchange.lacking("the answer is no batch.")
        counts, ended = table(body.get("request_counts")), word == "ended"
        done = sum(count(counts, kind) for kind in _FINISHED)
        answered = count(counts, "succeeded") if ended else None
        return BatchState(batch, ended, word, done, (self._results(batch),) if ended else (), answered)

    async def results(self, state: BatchState) -> AsyncGenerator[tuple[str, Reply | ProviderError]]:
        """See `protocols.Batching`."""
        for path in state.files:
            async with aclosing(self._exchange.lines(path, state.id)) as lines:
                async for custom_id, line in lines:
                    outcome = self._became(table(line.get("result")))
                    if outcome is not None:
                        yield custom_id, outcome

    async def cancel(self, batch: str) -> None:
        """See `protocols.Batching`."""
        outcome = await self._exchange.ask("post", f"{self._path}/{quote(batch, safe='')}/cancel", batch=batch)
        refused = isinstance(outcome, ProviderError) and outcome.status in (400, 409)
        if not refused or not (await self.look(batch)).ended:
            given(outcome)

    def _results(self, batch: str) -> str:
        """Where results are. Not the batch's `results_url`: that may name a host which the key is not for."""
        return f"{self._path}/{quote(batch, safe='')}/results"

    async def _first(self, batch: str) -> str:
        """The custom id of the first result, empty where none can be read."""
        try:
            async with aclosing(self._exchange.lines(self._results(batch), batch)) as lines:
                async for custom_id, _ in lines:
                    return custom_id
        except BatchNotFound:  # its results are no longer kept
            pass
        return ""

    def _became(self, result: Mapping[str, Any]) -> Reply | ProviderError | None:
        """What became of one request; `None` for one that was never tried."""
        if result.get("type") == "succeeded":
            return self._answer(UNKNOWN, dict(table(result.get("message"))), {}, True)
        return self._border.in_batch(None, result.get("error")) if result.get("type") == "errored" else None


def _created(batch: Mapping[str, Any]) -> float:
    try:
        moment = datetime.fromisoformat(str(batch.get("created_at")))
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _without_last_break(lines: BinaryIO) -> int:
    """The size of a file of lines but for the last line break."""
    size = lines.seek(0, os.SEEK_END)
    lines.seek(max(0, size - 1))
    size -= lines.read(1) == b"\n"
    lines.seek(0)
    return size


async def _body(lines: BinaryIO, size: int) -> AsyncIterator[bytes]:
    """The body of a call around a file of lines: breaks between lines become the commas of a list."""
    yield _HEAD
    while piece := lines.read(min(_PIECE, size)):
        size -= len(piece)
        yield piece.replace(b"\n", b",")
    yield _TAIL
