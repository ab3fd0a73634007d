"""A question in batch mode: answered from the record, or posted, upon which the coroutine that asked ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from hf_synth.engine.caller import Turn
from hf_synth.engine.index import AnswerIndex
from hf_synth.engine.line import Line
from hf_synth.protocols import Batching
from hf_synth.types import Answer, Request


class Parked(Exception):
    """The answer is not on record: the coroutine that asked ends, and is run again when it is."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A question, with all it takes to ask it live instead."""

    name: str
    role: str
    line: Line
    request: Request
    turn: Turn


class Clerk:
    """Answers what is on record; what is not is posted, and whoever asked ends. See `asking.Answers`."""

    def __init__(self, index: AnswerIndex, post: Callable[[Posted], Awaitable[None]]) -> None:
        self._index = index
        self._post = post

    async def answer(self, name: str, role: str, line: Line, request: Request, turn: Turn) -> Answer:
        """The answer called `name`.

        Raises:
            Parked: it is not on record.
        """
        known = self._index.find(name)
        if known is not None:
            return known
        await self._post(Posted(name, role, line, request, turn))
        raise Parked


def batching_of(line: Line) -> Batching:
    """The batch side of a line; that it has one was looked at before anything was opened."""
    assert line.provider.batching is not None
    return line.provider.batching


async def rest(seconds: float, halt: asyncio.Event) -> bool:
    """Wait, but not beyond a halt; whether it was one."""
    with suppress(TimeoutError):
        await asyncio.wait_for(halt.wait(), seconds)
    return halt.is_set()
