"""The batch side of chat completions: an uploaded file of requests, a file of answers and a file of errors."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hf_synth.errors import ProviderError, RateLimited
from hf_synth.protocols import BatchState
from hf_synth.providers._border import Border
from hf_synth.providers._exchange import LARGE, UNKNOWN, Exchange, given, opened
from hf_synth.providers._json import count, items, table
from hf_synth.providers._link import Link
from hf_synth.types import Dialect, Json, Reply, Request

_ENDED = frozenset(("failed", "completed", "expired", "cancelled"))
_UNTRIED = ("batch_expired", "batch_cancel")
"""How the codes of requests begin that were never tried."""
_MARK = "hf_synth"
_SLACK = 600.0
"""Seconds by which clocks may differ."""
_MONTH = 30 * 24 * 3600


class ChatBatches:
    """Implements `protocols.Batching`.

    Args:
        link: of the live side.
        border: of the live side.
        body: makes the body of a live call.
        answer: reads the body of a live call's 200.
    """

    most_requests: int = 50_000
    most_bytes: int = 199_000_000

    def __init__(
        self,
        link: Link,
        border: Border,
        body: Callable[[Request, Dialect], Json],
        answer: Callable[[Request, Json, Mapping[str, str], bool], Reply | ProviderError],
    ) -> None:
        self._exchange = Exchange(link, border)
        self._border = border
        self._body = body
        self._answer = answer
        self._uploaded: dict[str, str] = {}  # by mark: files whose batch is still to be created

    def line(self, custom_id: str, request: Request, dialect: Dialect) -> bytes:
        """See `protocols.Batching`."""
        body = self._body(request, dialect)
        return self._exchange.line(
            {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": body}
        )

    async def create(self, file: Path, mark: str) -> str:
        """See `protocols.Batching`. The uploaded file goes by itself after a month; until then it is a record."""
        if mark not in self._uploaded:
            self._uploaded[mark] = await self._upload(file, mark)
        wanted = {
            "input_file_id": self._uploaded[mark],
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "metadata": {_MARK: mark},
        }
        created = await self._exchange.ask("post", "/batches", creates=True, body=wanted)
        if not isinstance(created, RateLimited):  # after which the same file will do
            del self._uploaded[mark]
        return self._exchange.id_of(created, "batch", creates=True)

    async def _upload(self, file: Path, mark: str) -> str:
        with opened(file) as content:
            uploaded = await self._exchange.ask(
                "post",
                "/files",
                total=LARGE,
                body={"purpose": "batch", "expires_after": {"anchor": "created_at", "seconds": _MONTH}},
                files={"file": (f"hf_synth-{mark}.jsonl", content, "application/jsonl")},
                headers={"Content-Type": "multipart/form-data"},
            )
        return self._exchange.id_of(uploaded, "upload")

    async def find(self, mark: str, requests: int, since: float, known: Collection[str]) -> tuple[str | None, bool]:
        """See `protocols.Batching`. Batches bear their marks, so those that still run are told apart, too."""
        seen, query = set[str](), dict[str, Any]()
        while True:
            page = given(await self._exchange.ask("get", "/batches", params={"limit": 100, **query}))
            for batch in map(table, items(page.get("data"))):
                name = str(batch.get("id") or "")
                if name in seen or count(batch, "created_at") < since - _SLACK:  # newest first; or a page again
                    return None, False
                if table(batch.get("metadata")).get(_MARK) == mark and name not in known:
                    return name, False
                seen.add(name)
                query = {"after": name}
            if not page.get("has_more") or not query:
                return None, False

    async def look(self, batch: str) -> BatchState:
        """See `protocols.Batching`."""
        body = given(await self._exchange.ask("get", f"/batches/{quote(batch, safe='')}", batch=batch))
        word = body.get("status")
        if not isinstance(word, str):
            raise self._exchange.lacking("the answer is no batch.")
        counts = table(body.get("request_counts"))
        files = (body.get("output_file_id"), body.get("error_file_id"))
        return BatchState(
            batch,
            ended=word in _ENDED,
            word=word,
            done=count(counts, "completed") + count(counts, "failed"),
            files=tuple(file for file in files if isinstance(file, str) and file),
            answered=count(counts, "completed") if word in _ENDED else None,
            error=self._border.batch_failed(table(body.get("errors")).get("data")) if word == "failed" else None,
        )

    async def results(self, state: BatchState) -> AsyncGenerator[tuple[str, Reply | ProviderError]]:
        """See `protocols.Batching`. Answers and errors come in files of their own."""
        for file in state.files:
            async with aclosing(self._exchange.lines(f"/files/{quote(file, safe='')}/content", state.id)) as lines:
                async for custom_id, line in lines:
                    outcome = self._became(line)
                    if outcome is not None:
                        yield custom_id, outcome

    async def cancel(self, batch: str) -> None:
        """See `protocols.Batching`."""
        outcome = await self._exchange.ask("post", f"/batches/{quote(batch, safe='')}/cancel", batch=batch)
        refused = isinstance(outcome, ProviderError) and outcome.status in (400, 409)
        if not refused or not (await self.look(batch)).ended:
            given(outcome)

    def _became(self, line: Json) -> Reply | ProviderError | None:
        """What became of one request; `None` for one that was never tried."""
        response = table(line.get("response"))
        status, body = count(response, "status_code"), response.get("body")
        if not response:
            untried = str(table(line.get("error")).get("code")).startswith(_UNTRIED)
            return None if untried else self._border.in_batch(None, {"error": line.get("error")})
        if not 200 <= status < 300:
            return self._border.in_batch(status, body)
        return self._answer(UNKNOWN, dict(table(body)), {}, True)
