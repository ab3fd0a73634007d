"""Sending: creates batches so that none is lost, whenever the process dies or the connection breaks.

The intent is on record, and on disk, before a batch is created. Where it cannot be told whether it was, the intent
stays open, and whoever collects looks for it.
"""

from __future__ import annotations

import asyncio
import logging
import time

from hf_synth.engine.batches import Batches, cancelled_at, end_record
from hf_synth.engine.budget import Budget
from hf_synth.engine.caller import TRIES, Tally, pause_after
from hf_synth.engine.journal import Journal
from hf_synth.engine.limiter import Dismissed
from hf_synth.engine.outbox import Outbox
from hf_synth.engine.posting import batching_of, rest
from hf_synth.engine.records import Record
from hf_synth.errors import BatchesCancelled, ProviderError, RateLimited, Unavailable

_log = logging.getLogger("hf_synth")
_EYE = 1.0  # seconds between two looks for a cancellation


class Sender:
    """Creates batches, and notes what becomes of them; keeps an eye on `hf-synth cancel`."""

    def __init__(self, journal: Journal, budget: Budget, batches: Batches, tally: Tally) -> None:
        self._journal, self._budget, self._batches, self._tally = journal, budget, batches, tally
        self._heeded = time.time()  # cancellations until then are dealt with

    def heed_cancel(self) -> None:
        """Look whether somebody cancelled.

        Raises:
            BatchesCancelled: somebody did, since the session began or this was raised last.
        """
        at = cancelled_at(self._journal.folder)
        if at > self._heeded:
            self._heeded = at
            raise BatchesCancelled(f"hf-synth cancel ended this run. Still at the provider: {self._batches}.")

    async def wait(self, seconds: float, halt: asyncio.Event) -> None:
        """Wait, but not beyond a halt or a cancellation.

        Raises:
            BatchesCancelled: see `heed_cancel`.
        """
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not await rest(min(left, _EYE), halt):
            self.heed_cancel()

    async def send(self, outbox: Outbox, halt: asyncio.Event) -> None:
        """Write the intent down, then create the batch, then note its id.

        Raises:
            ProviderError: it cannot be created.
            BatchesCancelled: nothing more is to be sent.
        """
        perhaps = False  # created
        try:
            outbox.close(time.time())
            await asyncio.to_thread(self._journal.sync)
            batch = await self._create(outbox, halt)
            self.identify(outbox.mark, batch)
            _log.info("Batch %s is on its way: requests to %s: %d.", batch, outbox.line.endpoint.model, outbox.requests)
        except ProviderError as error:
            unclear = isinstance(error, Unavailable) and error.maybe_paid
            perhaps = unclear or (error.status is not None and 200 <= error.status < 300)
            if not unclear:
                raise
            _log.warning("%s The batch may have been created all the same: looking for it.", error.message)
        except asyncio.CancelledError:
            perhaps = True
            raise
        else:
            perhaps = True
        finally:
            outbox.discard()
            if not perhaps:
                self.over(outbox.mark, "never sent", 0)
        self.heed_cancel()

    async def _create(self, outbox: Outbox, halt: asyncio.Event) -> str:
        """Create a batch; a full queue is waited for, and a server that was not reached is tried again."""
        limited = failed = 0
        while True:
            self.heed_cancel()
            try:
                return await batching_of(outbox.line).create(outbox.path, outbox.mark)
            except RateLimited as error:
                limited += 1
                pause = error.retry_after or pause_after(limited)
            except Unavailable as error:
                failed += 1
                if error.maybe_paid or failed >= TRIES:
                    raise
                pause = error.retry_after or pause_after(failed)
            self._tally.retries += 1
            await self.wait(pause, halt)
            if halt.is_set():
                raise Dismissed

    def identify(self, mark: str, batch: str) -> None:
        """Note the provider's name of a batch."""
        self._note({"type": "batch_id", "mark": mark, "id": batch, "at": round(time.time(), 3)})

    def over(self, mark: str, word: str, answered: int, *, lost: bool = False) -> None:
        """Note the end of a batch."""
        self._note(end_record(mark, word, answered, time.time(), lost=lost))
        self._budget.end(mark, lost=lost)

    def _note(self, record: Record) -> None:
        self._batches.follow(record, self._journal.append(record))
