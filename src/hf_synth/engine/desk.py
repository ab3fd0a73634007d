"""The desk: where requests of batch mode are posted, wave by wave, and sent as the providers' queues take them.

A wave is one walk over the open cells: what they miss is posted here in plan order. The intent is on record, and on
disk, before a batch is created; so a process that dies at any moment leaves enough to find the batch again.
"""

from __future__ import annotations

import asyncio

from hf_synth.engine.batches import Batches
from hf_synth.engine.budget import Budget
from hf_synth.engine.journal import Journal
from hf_synth.engine.line import Line
from hf_synth.engine.outbox import Outbox
from hf_synth.engine.posting import Posted, batching_of
from hf_synth.engine.queueing import Room
from hf_synth.engine.sending import Sender
from hf_synth.errors import RequestRefused, ShapeUnsupported


class Desk:
    """Takes the requests of one wave at a time.

    Attributes:
        exclusive: held by the run whose wave it is.
        asked: requests of the wave so far, those among them that found no room.
        short: what the first request would cost at worst that the cap has no room for.
    """

    def __init__(self, journal: Journal, budget: Budget, batches: Batches, sender: Sender) -> None:
        self.exclusive = asyncio.Lock()
        self.asked = 0
        self.short: float | None = None
        self._journal, self._budget, self._batches, self._sender = journal, budget, batches, sender
        self._outboxes: dict[int, Outbox] = {}  # by identity of the line
        self._rooms: dict[int, Room] = {}
        self._few: list[Posted] = []
        self._most_live = 0
        self._ahead = 0.0
        self._halt = asyncio.Event()

    def begin(self, finish_live: int, halt: asyncio.Event) -> None:
        """Begin a wave; one of at most `finish_live` requests can be had from `few`. `halt` ends waiting."""
        self.withdraw()  # what a wave that failed has left
        self._halt = halt
        self.asked = 0
        self.short = None
        self._ahead = 0.0
        self._few.clear()
        self._most_live = finish_live
        for room in self._rooms.values():
            room.begin()

    @property
    def sent(self) -> int:
        """Batches created in this wave."""
        return sum(room.sent for room in self._rooms.values())

    @property
    def refused(self) -> bool:
        """Whether a queue had no room for a batch of this wave."""
        return any(room.refused for room in self._rooms.values())

    def room(self, line: Line) -> Room:
        """What is known of the provider's queue."""
        if id(line) not in self._rooms:
            self._rooms[id(line)] = Room(batching_of(line).most_requests)
        return self._rooms[id(line)]

    async def post(self, posted: Posted) -> None:
        """Put a request into the wave's next batch; what finds no room in cap or queue is left for a later wave.

        Raises:
            RequestRefused: it is larger than a batch may be.
            ProviderError: a batch that was full could not be created.
            ConfigError: there is a cap and no price.
        """
        self.asked += 1
        if len(self._few) <= self._most_live:
            self._few.append(posted)
        line = posted.line
        if self.short is not None or self.room(line).full:
            return
        price = await line.batch_price()
        usd = self._budget.worst(posted.request, price)
        if usd is not None:
            # five completions cost about as much at worst as the draft they come of, which leaves them as much room
            self._ahead += usd if posted.turn.opens else 0.0
            if not self._budget.fits(usd + self._ahead):
                self.short = usd
                return
        outbox, content = self._rendered(posted)
        if outbox.requests and not self._fits(outbox, content):
            await self._send(outbox)
            if self.room(line).full:
                return
            outbox, content = self._rendered(posted)
        if len(content) > batching_of(line).most_bytes:
            raise RequestRefused(
                f"The request is larger than a batch may be: {len(content):,} bytes.", cause="too_large"
            )
        self._budget.set_aside(outbox.mark, usd or 0.0)
        outbox.add(posted.name, posted.role, content, usd)

    def _fits(self, outbox: Outbox, content: bytes) -> bool:
        most = batching_of(outbox.line).most_bytes
        return outbox.requests < self.room(outbox.line).most and outbox.size + len(content) <= most

    def _rendered(self, posted: Posted) -> tuple[Outbox, bytes]:
        """The outbox of a line, and the request as its next line; a dialect that has no form for it is given up."""
        line = posted.line
        outbox = self._outboxes.get(id(line))
        if outbox is None:
            outbox = self._outboxes[id(line)] = Outbox(line, posted.role, self._journal, self._batches)
        while True:
            dialect = line.dialect
            try:
                return outbox, batching_of(line).line(outbox.next_id, posted.request, dialect)
            except ShapeUnsupported:
                if not line.lower(dialect):
                    raise

    # -- the end of a wave ---------------------------------------------------------------------------------------

    def few(self) -> list[Posted]:
        """The requests of the wave, if they are few enough to be made live; else none."""
        return [] if self.sent or self.asked > self._most_live else list(self._few)

    def withdraw(self) -> None:
        """Send nothing of what was posted and not sent yet."""
        for outbox in self._outboxes.values():
            outbox.discard()
            self._batches.forget(outbox.mark)
            self._budget.end(outbox.mark)
        self._outboxes.clear()

    async def finish(self) -> None:
        """Send what the wave still holds.

        Raises:
            ProviderError: a batch could not be created.
        """
        try:
            for outbox in list(self._outboxes.values()):
                if outbox.requests and not self.room(outbox.line).full:
                    await self._send(outbox)
        finally:
            self.withdraw()

    async def _send(self, outbox: Outbox) -> None:
        del self._outboxes[id(outbox.line)]
        await self._sender.send(outbox, self._halt)
        self.room(outbox.line).sent += 1
