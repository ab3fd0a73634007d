"""What the tests of both batch sides share: a session with a server, and what is sent to it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hf_synth.errors import ProviderError
from hf_synth.protocols import Batching, ProviderKind
from hf_synth.providers.anthropic import PROVIDER as ANTHROPIC
from hf_synth.providers.openai import PROVIDER as OPENAI
from hf_synth.types import Endpoint, Message, Reply, Request
from providers.calls import DATA, KEY, Options, checked
from servers.anthropic_server import FakeAnthropic
from servers.openai_server import FakeOpenAI

MODELS = {"openai": "gpt-4o", "anthropic": "claude-sonnet-4-6"}
MARK = "0123456789abcdef"
BOTH = pytest.mark.parametrize(
    ("kind", "fake"), [(OPENAI, FakeOpenAI), (ANTHROPIC, FakeAnthropic)], ids=["openai", "anthropic"]
)
Became = dict[str, Reply | ProviderError]


def asked(number: int) -> Request:
    """A request that differs from the others, with text that JSON could be tripped by."""
    return replace(DATA, messages=(*DATA.messages, Message("user", f'№ {number}: "\u2028"\nand more')))


def with_batches(
    kind: ProviderKind, url: str, use: Callable[[Batching], Awaitable[Any]], *, fast: bool = False, **endpoint: Any
) -> Any:
    """What `use` makes of the batch side of a connection."""

    async def session() -> Any:
        where = Endpoint(kind.name, MODELS[kind.name], url, **endpoint)
        provider = kind.connect(where, KEY, Options(fast=fast))
        assert provider.batching is not None
        try:
            return await use(provider.batching)
        finally:
            await provider.close()

    return asyncio.run(session())


def error_in(kind: ProviderKind, url: str, use: Callable[[Batching], Awaitable[Any]], **how: Any) -> ProviderError:
    """The error that `use` ends in, after checking what holds for all of them."""
    try:
        ended = with_batches(kind, url, use, **how)
    except ProviderError as error:
        checked(error, kind, url)
        return error
    raise AssertionError(f"no error: {ended}")


def file_of(batching: Batching, folder: Path, requests: int = 3, mark: str = MARK) -> Path:
    """A file of lines."""
    file = folder / f"{mark}.jsonl"
    lines = [batching.line(f"{mark}-{number}", asked(number), "json_schema") for number in range(requests)]
    file.write_bytes(b"".join(lines))
    return file


async def made(batching: Batching, folder: Path, requests: int = 3, mark: str = MARK) -> str:
    """A batch."""
    return await batching.create(file_of(batching, folder, requests, mark), mark)


async def all_of(batching: Batching, batch: str) -> Became:
    """What became of the requests of a batch that has ended."""
    state = await batching.look(batch)
    assert state.ended, state
    return {custom_id: outcome async for custom_id, outcome in batching.results(state)}


async def run(batching: Batching, folder: Path, requests: int = 3) -> Became:
    """A batch from beginning to end."""
    return await all_of(batching, await made(batching, folder, requests))


async def found(
    batching: Batching, requests: int = 3, since: float | None = None, known: tuple[str, ...] = ()
) -> tuple[str | None, bool]:
    """What `find` finds for our mark."""
    return await batching.find(MARK, requests, time.time() if since is None else since, known)


def classes(became: Became) -> dict[str, str]:
    """Custom ids without the mark, to the names of what they became."""
    return {name.removeprefix(f"{MARK}-"): type(outcome).__name__ for name, outcome in became.items()}


def line_of(text: bytes) -> dict[str, Any]:
    """A line of a file, which is one line."""
    assert text.endswith(b"\n")
    assert text.count(b"\n") == 1
    return json.loads(text)
