"""The adapter for Anthropic's Messages API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hf_synth.errors import ProviderError
from hf_synth.protocols import Batching
from hf_synth.providers._border import Border
from hf_synth.providers._dialect import Lowered, reply, served
from hf_synth.providers._json import count, items, table
from hf_synth.providers._link import Link
from hf_synth.providers._lowering import asked_in_words, claude
from hf_synth.providers._messages_batches import MessagesBatches
from hf_synth.types import Dialect, Endpoint, Json, Reply, Request, Stop, Usage

_STOPS: dict[object, Stop] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}
_WORTH_CACHING = 4096
"""Characters. Anthropic caches from about 1,024 tokens on; a marker on less is ignored, and a write costs more."""


class Messages:
    """A live connection to one model behind the Messages API."""

    def __init__(self, link: Link, endpoint: Endpoint, border: Border, batches: bool = False) -> None:
        self._link = link
        self._border = border
        self._model = endpoint.model
        self._path = "/messages" if border.base_url.rstrip("/").endswith("/v1") else "/v1/messages"
        self._lowered = Lowered(claude, border)
        side = MessagesBatches(link, border, self._path, self._body, self._answer) if batches else None
        self.batching: Batching | None = side

    async def complete(self, request: Request, dialect: Dialect, timeout: float) -> Reply:
        """Make one call. See `protocols.Provider`."""
        enforced = request.shape is not None and dialect == "json_schema"
        body, headers = await self._link.post(self._path, self._body(request, dialect), timeout, shaped=enforced)
        outcome = self._answer(request, body, headers, enforced)
        if isinstance(outcome, ProviderError):
            raise outcome
        return outcome

    async def close(self) -> None:
        """Release the connections."""
        await self._link.close()

    def _body(self, request: Request, dialect: Dialect) -> Json:
        messages = request.messages
        if request.shape and dialect != "json_schema":
            messages = asked_in_words(messages, request.shape)
        params = dict(request.params)
        output: Json = {"effort": params.pop("effort")} if "effort" in params else {}
        if request.shape and dialect == "json_schema":
            output["format"] = {"type": "json_schema", "schema": self._lowered(request.shape)}
        body: Json = {
            "model": self._model,
            "max_tokens": request.max_tokens,
            "messages": [
                {"role": message.role, "content": message.content} for message in messages if message.role != "system"
            ],
            **params,
        }
        system = [message.content for message in messages if message.role == "system" and message.content]
        if system and messages[0].role == "system" and len(system[0]) >= _WORTH_CACHING:
            blocks: list[Json] = [{"type": "text", "text": text} for text in system]
            blocks[0]["cache_control"] = {"type": "ephemeral"}  # the first is what all requests of a task share
            body["system"] = blocks
        elif system:
            body["system"] = "\n\n".join(system)
        if output:
            body["output_config"] = output
        return body

    def _answer(self, request: Request, body: Json, headers: Mapping[str, str], shaped: bool) -> Reply | ProviderError:
        """What the body of a 200 means, be it of a live call or of a request in a batch."""
        if body.get("error"):
            return self._border.embedded(body, headers, shaped=shaped)
        if not isinstance(body.get("content"), list):
            return self._border.no_answer("the answer holds no content.")
        return self._read(request, body, headers)

    def _read(self, request: Request, body: Json, headers: Mapping[str, str]) -> Reply:
        blocks = [table(block) for block in items(body["content"])]
        text = "".join(str(block.get("text") or "") for block in blocks if block.get("type") == "text")
        stop = _STOPS.get(str(body.get("stop_reason")), "stop")
        return reply(
            request,
            text,
            stop,
            detail=_why(body.get("stop_details")) if stop == "refusal" else "",
            usage=_usage(body.get("usage")),
            model=served(body, self._model),
            headers=headers,
        )


def _why(details: Any) -> str:
    """The category and explanation of a refusal: `frontier_llm` is of note to who makes training data."""
    said = table(details)
    return ": ".join(str(said[name]) for name in ("category", "explanation") if said.get(name))


def _usage(raw: Any) -> Usage | None:
    """Counts as ours mean them: Anthropic's input tokens leave out what was read from or written to the cache."""
    usage = table(raw)
    if "input_tokens" not in usage:
        return None
    cached, written = count(usage, "cache_read_input_tokens"), count(usage, "cache_creation_input_tokens")
    return Usage(
        input_tokens=count(usage, "input_tokens") + cached + written,
        output_tokens=count(usage, "output_tokens"),
        cached_tokens=cached,
        cache_write_tokens=written,
        reasoning_tokens=count(usage, "output_tokens_details", "thinking_tokens"),
    )
