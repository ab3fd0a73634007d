"""The caller: one question to one answer on record. Journal, budget, limiter, provider, journal, in this order.

Retries live here and nowhere else. A 429 waits and uses up no retry; a failure of server or transport is retried
a few times and then stops the run; what a model answered, whatever it was, is written down before it is used.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from hf_synth.engine.budget import Budget
from hf_synth.engine.index import AnswerIndex
from hf_synth.engine.journal import Journal
from hf_synth.engine.limiter import Dismissed
from hf_synth.engine.line import Line
from hf_synth.engine.money import cost
from hf_synth.engine.records import answer_record, refusal_record
from hf_synth.engine.slot import Slot
from hf_synth.errors import ProviderError, RateLimited, RequestRefused, ShapeUnsupported, Unavailable
from hf_synth.types import Answer, Dialect, Reply, Request

_log = logging.getLogger("hf_synth")
_TELL_AT = 3  # failures of one call in a row, after which the user is told why nothing moves
TRIES = 7  # of a failing call: about a minute and a half of growing pauses
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose call it is: lower priorities go first; once `halt` is set no further call is made."""

    priority: tuple[int, ...]
    halt: asyncio.Event
    opens: bool = False
    """Whether the call is the draft of a cell, which others follow."""


@dataclass(slots=True)
class Failures:
    """How often one question was turned away for being too many, and how often it failed otherwise."""

    limited: int = 0
    other: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """What one call holds while it is made: money that is set aside, and a slot."""

    hold: str | None
    slot: Slot


@dataclass(slots=True)
class Tally:
    """What this process did, for the progress bar and the receipt."""

    calls: int = 0
    retries: int = 0
    replayed: int = 0
    started: float = field(default_factory=time.monotonic)


def pause_after(failures: int) -> float:
    """Seconds to wait after so many failures in a row."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (failures - 1))


class Caller:
    """Answers by name: from the journal where they are on record, else from the line."""

    def __init__(self, journal: Journal, index: AnswerIndex, budget: Budget) -> None:
        self.tally = Tally()
        self._journal = journal
        self._index = index
        self._budget = budget
        self._asking: dict[str, asyncio.Future[Answer]] = {}

    async def answer(self, name: str, role: str, line: Line, request: Request, turn: Turn) -> Answer:
        """The answer called `name`, asked for at most once in all.

        Raises:
            Dismissed: the run stopped before the call was made.
            ProviderError: the call failed for good.
        """
        while (asking := self._asking.get(name)) is not None:
            try:
                return await asyncio.shield(asking)
            except Dismissed:  # the run that asked was stopped; this one may not be
                if turn.halt.is_set():
                    raise
        known = self._index.find(name)
        if known is not None:
            self.tally.replayed += 1
            return known
        future = self._asking[name] = asyncio.get_running_loop().create_future()
        try:
            answer = await self._ask(name, role, line, request, turn)
        except BaseException as error:
            if isinstance(error, RequestRefused):
                self._index.note(name, self._journal.append(refusal_record(name, role, error.cause, error.message)))
            if isinstance(error, Exception):
                future.set_exception(error)
                future.exception()  # seen: nobody else may be waiting
            else:
                future.cancel()
            raise
        else:
            future.set_result(answer)
            return answer
        finally:
            del self._asking[name]

    async def _ask(self, name: str, role: str, line: Line, request: Request, turn: Turn) -> Answer:
        failures = Failures()
        while not turn.halt.is_set():
            price = await line.price() if self._budget.cap is not None else None
            hold = await self._budget.reserve(name, request, price, turn.priority, opens=turn.opens)
            if turn.halt.is_set():  # the run stopped while this call waited for money
                self._budget.release(hold)
                break
            try:
                slot = await line.limiter.acquire(turn.priority, partial(line.appetite.of, request), turn.halt)
            except BaseException:
                self._budget.release(hold)
                raise
            claim, dialect = Claim(hold, slot), line.dialect
            try:
                reply = await line.provider.complete(request, dialect, line.timeout)
            except ProviderError as error:
                wait = self._pause(error, line, dialect, claim, failures)
            except BaseException:
                line.limiter.release("cancelled", slot)
                self._budget.release(hold, paid=True)
                raise
            else:
                return await self._record(name, role, line, request, reply, claim)
            self.tally.retries += 1
            if wait:
                with suppress(TimeoutError):
                    await asyncio.wait_for(turn.halt.wait(), wait)
        raise Dismissed

    def _pause(self, error: ProviderError, line: Line, dialect: Dialect, claim: Claim, failures: Failures) -> float:
        """Give slot and money back after a failed call; seconds to wait before the same again, or the error itself."""
        if isinstance(error, RateLimited):
            failures.limited += 1
            line.limiter.release("limited", claim.slot, retry_after=error.retry_after, spare=claim.slot.tokens)
            self._budget.release(claim.hold)
            return error.retry_after or pause_after(failures.limited)
        if isinstance(error, Unavailable):
            failures.other += 1
            if failures.other == _TELL_AT:
                _log.warning("%s Trying again, %d times at most.", error.message, TRIES - failures.other)
            line.limiter.release("trouble", claim.slot)
            self._budget.release(claim.hold, paid=error.maybe_paid)
            if failures.other < TRIES:
                return error.retry_after or pause_after(failures.other)
            raise error
        line.limiter.release("done", claim.slot, spare=claim.slot.tokens)
        self._budget.release(claim.hold)
        if isinstance(error, ShapeUnsupported) and line.lower(dialect):
            return 0.0
        raise error

    async def _record(self, name: str, role: str, line: Line, request: Request, reply: Reply, claim: Claim) -> Answer:
        used = reply.usage.input_tokens + reply.usage.output_tokens
        line.appetite.learn(request, reply.usage)
        line.limiter.release("done", claim.slot, allowance=reply.allowance, spare=claim.slot.tokens - used)
        self.tally.calls += 1
        answer = Answer(name, reply.text, reply.stop, reply.usage, reply.model, reply.detail)
        price = await line.price()
        usd = cost(reply.usage, price)
        record = answer_record(answer, role, usd, time.time())
        if claim.hold is not None:
            record["reserved"] = claim.hold
        place = self._journal.append(record)
        self._index.note(name, place)
        self._budget.settle(claim.hold, usd)
        return answer
