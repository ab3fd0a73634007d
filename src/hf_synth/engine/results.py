"""What came of the requests of a batch, put on record one by one."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import replace

from hf_synth.engine.batches import Sent
from hf_synth.engine.budget import Budget
from hf_synth.engine.caller import TRIES, Tally
from hf_synth.engine.index import AnswerIndex
from hf_synth.engine.journal import Journal
from hf_synth.engine.line import Line
from hf_synth.engine.money import cost
from hf_synth.engine.records import answer_record, refusal_record
from hf_synth.errors import ProviderError, RateLimited, RequestRefused, ShapeUnsupported, Unavailable
from hf_synth.types import Answer, Price, Reply

_CHARS_PER_TOKEN = 4


class Results:
    """Puts results on record.

    Attributes:
        fruit: how many there were so far that are of use.
    """

    def __init__(self, journal: Journal, index: AnswerIndex, budget: Budget, tally: Tally) -> None:
        self.fruit = 0
        self._journal, self._index, self._budget, self._tally = journal, index, budget, tally
        self._troubles = Counter[str]()  # by name of the answer
        self._charged = set[str]()

    def take(
        self, sent: Sent, line: Line, number: int, outcome: Reply | ProviderError, price: Price | None
    ) -> ProviderError | None:
        """Take what came of a request; the error, where it holds for all of them or happened too often."""
        if isinstance(outcome, Reply):
            self._answer(sent, number, outcome, price)
            return None
        return self._trouble(sent, line, number, outcome)

    async def sync(self) -> None:
        """Make them survive a power cut."""
        await asyncio.to_thread(self._journal.sync)

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
        if paid(error):
            self._charge(sent, number, asked["usd"] or 0.0)
        self._tally.retries += 1
        self._troubles[name] += 1
        return None if self._troubles[name] < TRIES else error

    def _charge(self, sent: Sent, number: int, usd: float) -> None:
        """Count what a request may have cost that was answered with nothing one can use, once."""
        key = f"{sent.mark}-{number}"
        if key not in self._charged:
            self._charged.add(key)
            self._journal.append({"type": "reserve", "name": key, "usd": usd})
            self._budget.draw(sent.mark, usd, usd)


def paid(error: ProviderError) -> bool:
    """Whether the model had worked: its answer was one that nobody can use."""
    return isinstance(error, Unavailable) and error.maybe_paid
