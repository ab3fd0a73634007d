"""The adapter for chat completions as OpenAI defined them, and as every compatible server speaks them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from hf_synth.errors import ProviderError
from hf_synth.protocols import Batching
from hf_synth.providers._border import Border
from hf_synth.providers._chat_batches import ChatBatches
from hf_synth.providers._dialect import Lowered, reply, served
from hf_synth.providers._json import count, items, table
from hf_synth.providers._link import Link
from hf_synth.providers._lowering import asked_in_words, one_system, strict
from hf_synth.types import Dialect, Endpoint, Json, Reply, Request, Stop, Usage

PARAMS: Mapping[str, str | tuple[str, ...]] = {
    "temperature": "number",
    "top_p": "number",
    "seed": "integer",
    "presence_penalty": "number",
    "frequency_penalty": "number",
    "reasoning_effort": ("none", "minimal", "low", "medium", "high", "xhigh", "max"),
    "verbosity": ("low", "medium", "high"),
}
DIALECTS: tuple[Dialect, ...] = ("json_schema", "json_object", "prompt")
_STOPS: dict[object, Stop] = {
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "content_filter",
    "refusal": "refusal",
}
_OWN_HOSTS = re.compile(r"(^|\.)(openai\.com|openai\.azure\.com|cognitiveservices\.azure\.com)$")
_REASONING = re.compile(r"(.*/)?(o\d|gpt-[5-9])")


class Chat:
    """A live connection to one model of an OpenAI-shaped server."""

    def __init__(self, link: Link, endpoint: Endpoint, border: Border, batches: bool = False) -> None:
        self._link = link
        self._border = border
        self._model = endpoint.model
        self._limit = limit_name(border.base_url, endpoint.model)
        self._lowered = Lowered(strict, border)
        self.batching: Batching | None = ChatBatches(link, border, self._body, self._answer) if batches else None

    async def complete(self, request: Request, dialect: Dialect, timeout: float) -> Reply:
        """Make one call. See `protocols.Provider`."""
        enforced = request.shape is not None and dialect != "prompt"
        body, headers = await self._link.post(
            "/chat/completions", self._body(request, dialect), timeout, shaped=enforced
        )
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
        body: Json = {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.content} for message in one_system(messages)],
            self._limit: request.max_tokens,
            **request.params,
        }
        if request.shape and dialect == "json_schema":
            schema = {"name": request.shape.name, "strict": True, "schema": self._lowered(request.shape)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif request.shape and dialect == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body

    def _answer(self, request: Request, body: Json, headers: Mapping[str, str], shaped: bool) -> Reply | ProviderError:
        """What the body of a 200 means, be it of a live call or of a request in a batch."""
        choice = table(next(iter(items(body.get("choices"))), None))
        failed = body if body.get("error") else choice  # some gateways put the error beside an empty message
        if failed.get("error"):
            return self._border.embedded(failed, headers, shaped=shaped)
        if not choice:
            return self._border.no_answer("the answer holds no choices.")
        return self._read(request, body, choice, headers)

    def _read(self, request: Request, body: Json, choice: Mapping[str, Any], headers: Mapping[str, str]) -> Reply:
        message = table(choice.get("message"))
        refusal = message.get("refusal")
        stop: Stop = "refusal" if refusal else _STOPS.get(str(choice.get("finish_reason")), "stop")
        detail = str(refusal) if refusal else _filtered(choice) if stop == "content_filter" else ""
        return reply(
            request,
            _text(message.get("content")),
            stop,
            detail=detail,
            usage=_usage(body.get("usage")),
            model=served(body, self._model),
            headers=headers,
        )


def limit_name(base_url: str, model: str) -> str:
    """The parameter that limits an answer's length.

    OpenAI's own hosts, and its reasoning models behind any gateway, refuse `max_tokens`; compatible servers all
    know it, and not all know its successor.
    """
    own = _OWN_HOSTS.search(urlsplit(base_url).hostname or "") or _REASONING.match(model)
    return "max_completion_tokens" if own else "max_tokens"


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(str(table(part).get("text") or "") for part in items(content))  # some servers answer in parts


def _filtered(choice: Mapping[str, Any]) -> str:
    """The categories that Azure's filter names."""
    results = table(choice.get("content_filter_results"))
    return ", ".join(name for name, found in results.items() if table(found).get("filtered"))


def _usage(raw: Any) -> Usage | None:
    """Counts as OpenAI means them: prompt tokens include cached ones, completion tokens include reasoning.

    A server whose total tells that reasoning was not included (xAI) is corrected.
    """
    usage = table(raw)
    if "prompt_tokens" not in usage:
        return None
    given, made = count(usage, "prompt_tokens"), count(usage, "completion_tokens")
    reasoning = count(usage, "completion_tokens_details", "reasoning_tokens")
    if reasoning and count(usage, "total_tokens") == given + made + reasoning:
        made += reasoning
    return Usage(
        input_tokens=given,
        output_tokens=made,
        cached_tokens=min(given, count(usage, "prompt_tokens_details", "cached_tokens")),
        cache_write_tokens=min(given, count(usage, "prompt_tokens_details", "cache_write_tokens")),
        reasoning_tokens=min(made, reasoning),
    )
