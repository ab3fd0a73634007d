"""What the tests of the adapters share: one call through the real SDK, and what every error must be free of."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from hf_synth.errors import ProviderError
from hf_synth.protocols import ProviderKind
from hf_synth.types import Dialect, Endpoint, Message, Reply, Request, Shape

SLOW_OR_FAST = pytest.mark.parametrize("fast", [False, True], ids=["httpx2", "aiohttp"])
KEY = "sk-proj-A1b2C3d4E5f6G7h8I9j0"
SHAPE = Shape(
    "idea",
    {"type": "object", "properties": {"title": {"type": "string", "minLength": 3}}, "required": ["title"]},
)
TEXT = Request((Message("system", "Be brief."), Message("user", "Name a colour.")), 100)
DATA = replace(TEXT, shape=SHAPE)


@dataclass
class Options:
    concurrency: int = 8
    fast: bool = False


def call(
    kind: ProviderKind,
    url: str,
    request: Request = TEXT,
    dialect: Dialect = "json_schema",
    *,
    fast: bool = False,
    timeout: float = 10.0,
    key: str | None = KEY,
    **endpoint: Any,
) -> Reply:
    """One call on a connection of its own."""

    async def once() -> Reply:
        where = Endpoint(kind.name, endpoint.pop("model", "gpt-4o"), url, **endpoint)
        provider = kind.connect(where, key, Options(fast=fast))
        try:
            return await provider.complete(request, dialect, timeout)
        finally:
            await provider.close()

    return asyncio.run(once())


def error_of(kind: ProviderKind, url: str, *args: Any, **kwargs: Any) -> ProviderError:
    """The error one call ends in, after checking what holds for all of them."""
    try:
        answered = call(kind, url, *args, **kwargs)
    except ProviderError as error:
        checked(error, kind, url)
        return error
    raise AssertionError(f"no error: {answered}")


def checked(error: ProviderError, kind: ProviderKind, url: str) -> None:
    """It names provider, model and host, carries nothing of the SDK, no key, and survives a pickle."""
    text = str(error)
    assert kind.name in text
    assert "'gpt-4o'" in text or "'claude-" in text
    assert url.split("/")[2] in text
    assert error.__cause__ is None
    assert error.__context__ is None
    for value in vars(error).values():
        assert value is None or isinstance(value, str | int | float | bool)
    pickled = pickle.dumps(error)
    for part in (KEY, KEY[:10], KEY[-10:]):
        assert part not in text + repr(error)
        assert part.encode() not in pickled
    again = pickle.loads(pickled)
    assert type(again) is type(error)
    assert str(again) == text
    for name, value in _locals(error):
        assert KEY not in repr(value), f"a frame of the traceback shows the key in {name}"
        assert type(value).__module__.split(".")[0] not in ("openai", "anthropic", "httpx2", "aiohttp"), name


def _locals(error: BaseException) -> Iterator[tuple[str, Any]]:
    frame = error.__traceback__
    while frame is not None:
        if "hf_synth/providers" in frame.tb_frame.f_code.co_filename:
            yield from frame.tb_frame.f_locals.items()
        frame = frame.tb_next
