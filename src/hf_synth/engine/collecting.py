"""Collecting: waits for batches that are out and puts their results on record.

Polling costs nothing but backs off, for a batch takes minutes to hours. What a batch leaves without an answer
(expired, cancelled, failed) is simply missing afterwards, and the next wave asks for it again.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from hf_synth.engine.batches import Batches, Sent, cancelled_since
from hf_synth.engine.budget import Budget
from hf_synth.engine.caller import TRIES, Tally
from hf_synth.engine.desk import Desk
from hf_synth.engine.index import AnswerIndex
from hf_synth.engine.journal import Journal
from hf_synth.engine.line import Line
from hf_synth.engine.money import cost
from hf_synth.engine.outbox import number_of
from hf_synth.engine.posting import batching_of, rest
from hf_synth.engine.records import answer_record, refusal_record
from hf_synth.errors import (
    BatchesCancelled,
    ProviderError,
    RateLimited,
    RequestRefused,
    ShapeUnsupported,
    Unavailable,
)
from hf_synth.protocols import BatchState
from hf_synth.types import Answer, Price, Reply, Role

LONGEST_PAUSE = 600.0  # seconds between two looks at what does not move
_BACK_OFF = 1.5
_EYE = 1.0  # seconds between two looks for a cancellation
_LISTED_AFTER = 60.0  # seconds within which a provider may not yet list a batch that it has created
_CHARS_PER_TOKEN = 4


class Collector:
    """Collects for one session.

    Attributes:
        fruit: results put on record so far.
    """

    def __init__(  # the parts of a session, each of them a room of its own
        self,
        journal: Journal,
        index: AnswerIndex,
        budget: Budget,
        tally: Tally,
        desk: Desk,
        batches: Batches,
        lines: Mapping[Role, Line],
    ) -> None:
        self.fruit = 0
        self._began = time.time()
        self._journal, self._index, self._budget, self._tally = journal, index, budget, tally
        self._desk, self._batches, self._lines = desk, batches, lines
        self._failures = 0  # of looking, in a row
        self._doubted: set[str] = set()  # marks of batches that were looked for once and not found
        self._fatal: ProviderError | None = None
        self._troubles: Counter[str] = Counter()  # by name of the answer: results that were failures

    async def settle(self, poll_seconds: float, halt: asyncio.Event) -> None:
        """Wait until no batch is out, and put the results on record as batches end.

        Raises:
            ProviderError: the provider cannot be asked, or what it says of a request holds for all of them.
        """
        pause = poll_seconds
        while not halt.is_set() and self._batches.out:
            moved = await self.look_round()
            if not self._batches.out:
                return
            pause = poll_seconds if moved else min(pause * _BACK_OFF, max(poll_seconds, LONGEST_PAUSE))
            await self._pause(pause, halt)

    async def _pause(self, seconds: float, halt: asyncio.Event) -> None:
        """Wait, with an eye on `hf-synth cancel`.

        Raises:
            BatchesCancelled: it was called.
        """
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not await rest(min(left, _EYE), halt):
            if cancelled_since(self._journal.folder, self._began):
                raise BatchesCancelled(f"What this run was waiting for was cancelled: {self._batches}.")

    async def look_round(self) -> bool:
        """Look at each batch that is out, once, and collect those that have ended; whether anything has moved.

        Raises:
            ProviderError: see `settle`.
        """
        moved = False
        for sent in self._batches.out:
            try:
                moved |= await self._look(sent, self._lines[_role(sent)])
            except (RateLimited, Unavailable):
                self._failures += 1
                if self._failures >= TRIES:
                    raise
            else:
                self._failures = 0
        fatal, self._fatal = self._fatal, None
        if fatal is not None:
            raise fatal
        return moved

    async def _look(self, sent: Sent, line: Line) -> bool:
        if sent.id is None and not await self._identify(sent, line):
            return False
        assert sent.id is not None
        state = await batching_of(line).look(sent.id)
        moved, sent.done = state.done != sent.done, state.done
        if state.ended:
            await self._collect(sent, line, state)
        return moved or state.ended

    async def _identify(self, sent: Sent, line: Line) -> bool:
        """Find a batch whose id was not noted; one that was never created is over."""
        found, undecided = await batching_of(line).find(sent.mark, sent.requests, sent.at, self._batches.known)
        if found is not None:
            self._desk.identify(sent.mark, found)
            return True
        young = time.time() - sent.at < _LISTED_AFTER and sent.mark not in self._doubted
        self._doubted.add(sent.mark)
        if not undecided and not young:
            self._desk.over(sent.mark, "never sent", 0)
        return False

    async def _collect(self, sent: Sent, line: Line, state: BatchState) -> None:
        price, answered = await line.batch_price(), 0
        async for custom_id, outcome in batching_of(line).results(state):
            number = number_of(custom_id, sent.mark)
            if number is None or number >= sent.requests:
                continue
            if isinstance(outcome, Reply):
                self._answer(sent, number, outcome, price)
                answered += 1
            else:
                self._fatal = self._trouble(sent, line, number, outcome) or self._fatal
        self._desk.over(sent.mark, state.word, answered)
        await asyncio.to_thread(self._journal.sync)
        room = self._desk.room(line)
        if isinstance(state.error, RateLimited):
            room.refuse(sent.requests)
        if state.error is not None and not answered and (room.hopeless or not state.error.retryable):
            self._fatal = state.error

    def _answer(self, sent: Sent, number: int, reply: Reply, price: Price | None) -> None:
        asked = self._journal.read(sent.places[number])
        name = asked["name"]
        if self._index.has(name):  # an earlier process collected it, and died before it had all
            return
        usage = reply.usage
        if usage.estimated:
            usage = replace(usage, input_tokens=asked["size"] // _CHARS_PER_TOKEN)
        usd, aside = cost(usage, price), asked["usd"] or 0.0
        answer = Answer(name, reply.text, reply.stop, usage, reply.model, reply.detail)
        record = answer_record(answer, asked["role"], usd, time.time())
        place = self._journal.append({**record, "batch": sent.mark, "aside": aside})
        self._index.note(name, place)
        self._budget.draw(sent.mark, aside, usd)
        self._tally.calls += 1
        self.fruit += 1

    def _trouble(self, sent: Sent, line: Line, number: int, error: ProviderError) -> ProviderError | None:
        """Heed the failure of one request; the error, where it holds for all of them or happened too often."""
        asked = self._journal.read(sent.places[number])
        name = asked["name"]
        if isinstance(error, RequestRefused):
            if not self._index.has(name):
                record = refusal_record(name, asked["role"], error.cause, error.message)
                self._index.note(name, self._journal.append(record))
                self.fruit += 1
            return None
        if isinstance(error, ShapeUnsupported):
            self.fruit += 1  # that the next wave asks in another way
            return None if line.lower(sent.dialect) else error
        if not isinstance(error, RateLimited | Unavailable):
            return error
        self._tally.retries += 1
        self._troubles[name] += 1
        return error if self._troubles[name] >= TRIES else None


def _role(sent: Sent) -> Role:
    return "critic" if sent.role == "critic" else "generator"
