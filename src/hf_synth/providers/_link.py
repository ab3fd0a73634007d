"""One POST as an official SDK makes it, its retries, redirects and parsing left out. The SDKs are imported here.

The SDK tells the headers and the transport, once; a call then is one request of that transport: a third of the CPU
of `.create` (`benchmarks/calls.py`), and an answer that is no valid completion, such as a 200 with an error in it,
can still be read by us.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, cast

from hf_synth.errors import MissingExtra, ProviderError
from hf_synth.protocols import ConnectOptions
from hf_synth.providers._border import Border
from hf_synth.providers._clients import POOL, Clients
from hf_synth.providers._headers import named
from hf_synth.providers._keys import leaks_through_proxy
from hf_synth.types import Endpoint, Json

NO_KEY = "EMPTY"
"""What servers without keys are sent: the SDKs insist on one."""
_TELLING = {"OpenAI-Organization": "OPENAI_ORG_ID", "OpenAI-Project": "OPENAI_PROJECT_ID"}
_CONNECT = 15.0
_KEEP_ALIVE = 4.0
"""Seconds an idle connection is kept: less than the 5 s after which uvicorn (vLLM, TGI) closes it under us."""


class Link:
    """Calls of one server. `post` returns the parsed body and the headers about limits, or raises ours.

    Args:
        sdk: a client of the SDK, which tells the address and the headers.
        clients: what the calls go through.
        border: makes errors ours.
        request: makes a request of a URL, headers and content.
        broken: what a failed call raises.
    """

    def __init__(
        self,
        sdk: Any,
        clients: Clients,
        border: Border,
        request: Callable[[str, Mapping[str, str], bytes], Any],
        broken: tuple[type[Exception], ...],
    ) -> None:
        self.sdk = sdk
        self._clients = clients
        self._border = border
        self._request = request
        self.broken = broken

    @cached_property
    def _headers(self) -> dict[str, str]:
        coding = self._clients.headers["accept-encoding"]
        told: dict[str, Any] = {"Accept-Encoding": coding, **self.sdk.default_headers, **self.sdk.auth_headers}
        return {name: value for name, value in told.items() if isinstance(value, str)}  # the others are left out

    async def post(self, path: str, body: Json, timeout: float, *, shaped: bool) -> tuple[Json, Mapping[str, str]]:
        """Make one call.

        Args:
            path: below the base URL.
            body: sent as JSON.
            timeout: seconds for all of it. The SDKs' own timeouts are for each read: a slow drip never ends them.
            shaped: whether `body` asks the server to enforce a schema.

        Raises:
            ProviderError: classified, with nothing of the SDK on it.
        """
        outcome = await self._outcome(path, body, timeout, shaped)
        if isinstance(outcome, ProviderError):
            raise outcome
        return outcome

    async def _outcome(
        self, path: str, body: Json, timeout: float, shaped: bool
    ) -> tuple[Json, Mapping[str, str]] | ProviderError:
        """The answer or the error. Raised here, an error would carry the SDK's as context or in its frame."""
        try:
            content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        except UnicodeEncodeError:
            return self._border.unsendable()
        try:
            request = self._request(f"{str(self.sdk.base_url).rstrip('/')}{path}", self._headers, content)
            async with asyncio.timeout(timeout):
                answer = await self._clients.send(request)
        except TimeoutError:
            return self._border.timeout(timeout)
        except self.broken as error:
            return self._border.transport(error)
        headers = named(answer.headers.raw)
        if answer.status_code >= 300:
            place = str(answer.headers.get("location", ""))
            return self._border.status(answer.status_code, headers, answer.content, shaped=shaped, place=place)
        parsed = self.parse(answer)
        return parsed if isinstance(parsed, ProviderError) else (parsed, headers)

    def parse(self, answer: Any) -> Json | ProviderError:
        """The body of a 200, an answer of that transport."""
        content: bytes = answer.content
        try:
            body = json.loads(content)
        except (ValueError, RecursionError):
            said_json = "json" in str(answer.headers.get("content-type", "")).lower()
            if said_json or not content.strip() or content.lstrip()[:1] == b"{":
                return self._border.no_answer("the answer is cut short, or no valid JSON.")
            return self._border.not_the_api(content)
        return cast(Json, body) if isinstance(body, dict) else self._border.not_the_api(content)

    async def close(self) -> None:
        """Release the connections."""
        await self._clients.close()


def link(sdk: str, endpoint: Endpoint, border: Border, options: ConnectOptions) -> Link:
    """Open a client of `sdk` (`openai` or `anthropic`) to where `border` says.

    Raises:
        MissingExtra: the SDK is not installed.
    """
    try:
        module, make, sdk_error = _sdk(sdk)
    except ImportError as error:
        lacking = error.name or sdk
        hint = f"Install it: pip install {sdk}"
        raise MissingExtra(f"provider {endpoint.provider!r} needs {lacking!r}.", hint=hint) from None
    import httpx2  # noqa: PLC0415

    patience = httpx2.Timeout(None, connect=_CONNECT)
    settings: dict[str, Any] = {
        "timeout": patience,
        "follow_redirects": False,
        "trust_env": not leaks_through_proxy(border.key, border.base_url),
        "event_hooks": _hooks(sdk, endpoint, border),
        "verify": httpx2.create_ssl_context(),
    }

    def limits(calls: int) -> Any:
        return httpx2.Limits(max_connections=calls, max_keepalive_connections=calls, keepalive_expiry=_KEEP_ALIVE)

    def request(url: str, headers: Mapping[str, str], content: bytes) -> Any:
        return httpx2.Request("POST", url, headers=headers, content=content, extensions={"timeout": waits})

    waits = patience.as_dict()
    http, broken = _fast(module, settings | {"limits": limits(options.concurrency)}) if options.fast else (None, ())
    calls = options.concurrency if http else min(POOL, options.concurrency)
    settings["limits"] = limits(calls)
    http = http or module.DefaultAsyncHttpxClient(**settings)
    client = make(api_key=border.key or NO_KEY, base_url=border.base_url, max_retries=0, http_client=http)
    clients = Clients(http, calls, options.concurrency, lambda: module.DefaultAsyncHttpxClient(**settings))
    broken = (sdk_error, httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, *broken)
    return Link(client, clients, border, request, broken)


def _fast(module: Any, settings: dict[str, Any]) -> tuple[Any, tuple[type[Exception], ...]]:
    """The SDK's aiohttp transport, if aiohttp is there: a third less CPU, and it does not slow down with many calls."""
    try:
        import aiohttp  # noqa: PLC0415

        return module.DefaultAioHttpClient(**settings), (aiohttp.ClientError,)
    except (ImportError, RuntimeError):
        return None, ()


def _sdk(name: str) -> tuple[Any, Callable[..., Any], type[Exception]]:
    if name == "anthropic":
        import anthropic  # noqa: PLC0415

        return anthropic, anthropic.AsyncAnthropic, anthropic.AnthropicError
    import openai  # noqa: PLC0415

    return openai, openai.AsyncOpenAI, openai.OpenAIError


def _hooks(sdk: str, endpoint: Endpoint, border: Border) -> dict[str, list[Any]]:
    """What the SDKs add from the environment is for the host the user had in mind, not for a config's.

    `OPENAI_CUSTOM_HEADERS` may hold credentials, `OPENAI_ORG_ID` and `OPENAI_PROJECT_ID` tell who asks.
    """
    lines = os.environ.get(f"{sdk.upper()}_CUSTOM_HEADERS", "").split("\n")
    names = [line.partition(":")[0].strip() for line in lines if ":" in line]
    names += [name for name, variable in _TELLING.items() if os.environ.get(variable)]
    if not endpoint.configured or not names:
        return {}

    async def keep_to_ours(request: Any) -> None:
        for name in names:
            request.headers.pop(name, None)
        request.headers["Authorization"] = f"Bearer {border.key or NO_KEY}"

    return {"request": [keep_to_ours]}
