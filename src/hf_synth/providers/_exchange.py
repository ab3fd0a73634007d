"""The calls of a batch side: small JSON both ways, files up and lines down, never whole in memory.

They go through the SDK's own client, and with it through the same transport, hooks and headers as live calls.
What comes back is the server's JSON or one error of ours, with nothing of the SDK on it. Nothing is retried.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

from hf_synth import errors
from hf_synth.errors import ProviderError
from hf_synth.providers._border import Border
from hf_synth.providers._headers import named
from hf_synth.providers._link import Link
from hf_synth.types import Json, Request

SMALL, LARGE = 120.0, 3600.0
"""Seconds a call may take in all, by what it moves."""
_SILENCE = 120.0
"""Seconds between two pieces of an answer."""
_CONNECT = 15.0
_NO_BATCHES = "It may have no batch API. "
UNKNOWN = Request((), 0)
"""Results do not tell what was asked."""


class Exchange:
    """Calls of one server for the batch side of one connection."""

    def __init__(self, link: Link, border: Border) -> None:
        self._link = link
        self._border = border

    def line(self, content: Json) -> bytes:
        """A line of a batch file.

        Raises:
            RequestRefused: it holds text that is no Unicode.
        """
        try:
            return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        except UnicodeEncodeError:
            pass
        raise self._border.unsendable()  # here no other error is being handled, which would become its context

    async def ask(
        self,
        method: Literal["get", "post"],
        path: str,
        *,
        batch: str = "",
        creates: bool = False,
        total: float = SMALL,
        **sent: Any,
    ) -> Json | ProviderError:
        """Make one call.

        Args:
            method: of HTTP.
            path: below the base URL.
            batch: the batch that the path names: it is what a 404 is about.
            creates: whether the call makes a batch: only then may a failed one have cost something.
            total: seconds for all of it.
            sent: `body`, `content` or `files` as the SDK takes them; `headers` and `params` to add.

        Returns:
            The JSON of the answer, or the error: returned, so that callers can look at it and raise it in a frame
            that holds nothing of the SDK.
        """
        answer = await self._send(method, path, batch, total, sent)
        body = answer if isinstance(answer, ProviderError) else self._link.parse(answer)
        if not isinstance(body, ProviderError):
            if not body.get("error"):
                return body
            body = self._border.embedded(body, {}, shaped=False)
        return _of_batch(body, creates=creates)

    def id_of(self, outcome: Json | ProviderError, what: str, *, creates: bool = False) -> str:
        """The id of what a call has made.

        Raises:
            ProviderError: the call failed, or its answer has no id.
        """
        name = given(outcome).get("id")
        if isinstance(name, str) and name:
            return name
        raise self.lacking(f"the {what} has no id.", creates=creates)

    def lacking(self, what: str, *, creates: bool = False) -> ProviderError:
        """The error for an answer that is none."""
        return _of_batch(self._border.no_answer(what), creates=creates)

    async def lines(self, path: str, batch: str) -> AsyncGenerator[tuple[str, Json]]:
        """The lines of a results file with their custom ids; lines that cannot be read are left out.

        Raises:
            ProviderError: the file cannot be had, or the connection broke; lines before that were yielded.
        """
        answer = await self._send("get", path, batch, SMALL, {"stream": True})
        if isinstance(answer, ProviderError):
            raise _of_batch(answer, creates=False)
        until = asyncio.get_running_loop().time() + LARGE
        pieces, rest, junk, some = answer.aiter_bytes(), b"", b"", False
        try:
            while (piece := await self._piece(pieces, until)) or rest:
                if isinstance(piece, ProviderError):
                    raise _of_batch(piece, creates=False)
                *whole, rest = (rest + piece).split(b"\n") if piece else (rest, b"")  # U+2028 is no line's end
                for line in whole:
                    custom_id, read = _read(line)
                    if read:
                        some = True
                        yield custom_id, read
                    else:
                        junk = junk or line.strip()
        finally:
            with suppress(*self._link.broken):
                await answer.aclose()
            del answer, pieces  # they hold the request, and with it the key
        if junk and not some:  # a web page, say: taken for "no results", all would be paid for again
            looks_right = junk[:1] == b"{"
            raise self.lacking("no line can be read.") if looks_right else self._border.not_the_api(junk)

    async def _piece(self, pieces: AsyncIterator[bytes], until: float) -> bytes | ProviderError:
        """The next piece of an answer, empty at its end."""
        try:
            async with asyncio.timeout_at(until):
                return await anext(pieces, b"")
        except TimeoutError:
            return self._border.timeout(LARGE, "")
        except self._link.broken as error:
            return self._border.transport(error)

    async def _send(
        self, method: str, path: str, batch: str, total: float, sent: Mapping[str, Any]
    ) -> Any | ProviderError:
        """The answer of the transport, or the error. Raised here, it would carry the SDK's as context."""
        import httpx2  # noqa: PLC0415

        options = {name: sent[name] for name in ("headers", "params") if name in sent}
        rest = {name: value for name, value in sent.items() if name not in options}
        options["timeout"] = httpx2.Timeout(_SILENCE, connect=_CONNECT, pool=None)
        try:
            async with asyncio.timeout(total):
                return await getattr(self._link.sdk, method)(path, cast_to=httpx2.Response, options=options, **rest)
        except TimeoutError:
            return self._border.timeout(total, "")
        except self._link.broken as error:
            response: Any = getattr(error, "response", None)
            if response is None:
                return self._border.transport(error)
            status, content = cast(int, response.status_code), cast(bytes, response.content)
            if batch and status in (404, 410) and content.lstrip()[:1] == b"{":
                return self._border.no_batch(batch, status, content)
            place = str(response.headers.get("location", ""))
            return self._border.status(status, named(response.headers.raw), content, shaped=False, place=place)


def opened(file: Path) -> BinaryIO:
    """A file to be sent."""
    return file.open("rb")


def given(outcome: Json | ProviderError) -> Json:
    """The answer; the error is raised."""
    if isinstance(outcome, ProviderError):
        raise outcome
    return outcome


def _of_batch(error: ProviderError, *, creates: bool) -> ProviderError:
    """The error of a call as that of a batch: there is no single request to be refused, and looking costs nothing."""
    if isinstance(error, errors.RequestRefused):
        return errors.RequestInvalid(error.message, status=error.status)
    if isinstance(error, errors.BadEndpoint) and error.status in (404, 405):
        error.hint = f"{_NO_BATCHES}{error.hint}"
    if isinstance(error, errors.Unavailable):
        error.maybe_paid = creates and (error.maybe_paid or error.status is not None)
    return error


def _read(line: bytes) -> tuple[str, Json]:
    """A line's custom id and content; empty where it is cut or no line of results."""
    try:
        body: Any = json.loads(line)
    except (ValueError, RecursionError):
        return "", {}
    found = cast(Json, body) if isinstance(body, dict) else {}
    custom_id = found.get("custom_id")
    return (custom_id, found) if isinstance(custom_id, str) else ("", {})
