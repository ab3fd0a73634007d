"""Collecting: waits for batches that are out and puts their results on record.

Polling costs nothing but backs off, for a batch takes minutes to hours. What a batch leaves without an answer
(expired, cancelled, failed) is simply missing afterwards, and the next wave asks for it again.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import aclosing

from hf_synth.engine.batches import Batches, Sent
from hf_synth.engine.caller import TRIES
from hf_synth.engine.desk import Desk
from hf_synth.engine.line import Line
from hf_synth.engine.outbox import number_of
from hf_synth.engine.posting import batching_of
from hf_synth.engine.results import Results, paid
from hf_synth.engine.sending import Sender
from hf_synth.errors import ProviderError, RateLimited, Unavailable
from hf_synth.protocols import BatchState
from hf_synth.types import Reply, Role

LONGEST_PAUSE = 600.0  # seconds between two looks at what does not move
_BACK_OFF = 1.5
_LISTED_AFTER = 60.0  # seconds within which a provider may not list a batch that it has created
_OLD = 2 * 3600.0  # seconds after which no creation is still on its way


class Collector:
    """Collects for one session.

    Attributes:
        results: puts them on record.
    """

    def __init__(
        self, results: Results, desk: Desk, sender: Sender, lines: Mapping[Role, Line], batches: Batches
    ) -> None:
        self.results = results
        self._desk, self._sender, self._batches, self._lines = desk, sender, batches, lines
        self._failures = 0  # rounds in a row that failed
        self._wait = 0.0  # seconds the provider asked to wait before the next round
        self._missed: dict[str, float] = {}  # marks of batches that were looked for in vain, and since when
        self._short = Counter[str]()  # marks of batches, and how often results were missing
        self._fatal: ProviderError | None = None

    async def settle(self, poll_seconds: float, halt: asyncio.Event) -> None:
        """Wait until no batch is out, and put the results on record as batches end.

        Raises:
            ProviderError: the provider cannot be asked, or what it says of a request holds for all of them.
            BatchesCancelled: `hf-synth cancel` was called.
        """
        pause = poll_seconds
        while not halt.is_set() and self._batches.out:
            moved = await self.look_round(poll_seconds)
            self._sender.heed_cancel()
            if not self._batches.out:
                return
            pause = poll_seconds if moved else min(pause * _BACK_OFF, max(poll_seconds, LONGEST_PAUSE))
            await self._sender.wait(max(pause, self._wait), halt)

    async def look_round(self, poll_seconds: float) -> bool:
        """Look at each batch that is out, once, and collect those that have ended; whether anything has moved.

        A failure of one batch does not keep the others from being collected.

        Raises:
            ProviderError: see `settle`.
        """
        moved, self._wait = False, 0.0
        for sent in self._batches.out:
            try:
                moved |= await self._look(sent, self._lines[sent.role], poll_seconds)
            except (RateLimited, Unavailable) as error:
                self._failures += 1
                self._wait = error.retry_after or 0.0
                if self._failures >= TRIES:
                    raise
                break  # the service has a bad moment: once a round is enough
            except ProviderError as error:
                self._fatal = self._fatal or error
        else:
            self._failures = 0
        fatal, self._fatal = self._fatal, None
        if fatal is not None:
            raise fatal
        return moved

    async def look_once(self, poll_seconds: float) -> None:
        """Look at each batch that is out, and again until it is known of each whether it was created.

        Raises:
            ProviderError: see `settle`.
        """
        while self._batches.out:
            await self.look_round(poll_seconds)
            if all(sent.id is not None for sent in self._batches.out):
                return
            await asyncio.sleep(poll_seconds)

    async def _look(self, sent: Sent, line: Line, poll_seconds: float) -> bool:
        if sent.id is None and not await self._identify(sent, line, poll_seconds):
            return False
        assert sent.id is not None
        state = await batching_of(line).look(sent.id)
        moved, sent.done = state.done != sent.done, state.done
        return await self._collect(sent, line, state) if state.ended else moved

    async def _identify(self, sent: Sent, line: Line, poll_seconds: float) -> bool:
        """Find a batch whose id was not noted; one that was never created is over."""
        found, undecided = await batching_of(line).find(sent.mark, sent.requests, sent.at, self._batches.known)
        if found is not None:
            self._sender.identify(sent.mark, found)
            return True
        now = time.monotonic()
        since = self._missed.setdefault(sent.mark, now)
        patience = 0.0 if time.time() - sent.at > _OLD else min(_LISTED_AFTER, 4 * poll_seconds)
        if not undecided and now - since >= patience:
            self._sender.over(sent.mark, "never sent", 0)
        return False

    async def _collect(self, sent: Sent, line: Line, state: BatchState) -> bool:
        """Put results on record; whether there were as many as the provider says."""
        price, answered = await line.batch_price(), set[int]()
        async with aclosing(batching_of(line).results(state)) as results:
            async for custom_id, outcome in results:
                number = number_of(custom_id, sent.mark)
                if number is None or number >= sent.requests:
                    continue
                self._fatal = self.results.take(sent, line, number, outcome, price) or self._fatal
                if isinstance(outcome, Reply) or paid(outcome):
                    answered.add(number)
        short = state.answered is not None and len(answered) < state.answered
        self._short[sent.mark] += short
        if short and self._short[sent.mark] < TRIES:
            return False
        self._sender.over(sent.mark, state.word, len(answered), lost=short)
        await self.results.sync()
        room = self._desk.room(line)
        if isinstance(state.error, RateLimited):
            room.refuse(sent.requests)
        if state.error is not None and not answered and (room.hopeless or not state.error.retryable):
            self._fatal = state.error
        return True
