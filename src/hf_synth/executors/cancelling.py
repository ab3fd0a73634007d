"""Cancelling: ends the batches of a config that are out, whoever sent them."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hf_synth.engine.batches import Sent, announce_cancel, batches_of, end_record
from hf_synth.errors import BatchNotFound, JournalError, ProviderError
from hf_synth.executors.live import Options
from hf_synth.executors.local import Local
from hf_synth.protocols import Batching, Provider
from hf_synth.providers._keys import find_key
from hf_synth.registry import Resolved, provider_kind
from hf_synth.types import Role

_Act = Callable[[Batching, Sent, Collection[str]], Awaitable["OutBatch"]]
Became = Literal["cancelled", "given up", "kept", "not found"]


@dataclass(frozen=True, slots=True)
class OutBatch:
    """A batch that was out.

    Attributes:
        mark: our name for it.
        id: the provider's, `None` where it was never noted nor found.
        requests: how many it holds.
        since: when it was sent, ISO 8601.
        became: `cancelled`; by `forget`, `given up` or `kept` because the provider knows it; `not found`: never
            created, or not listed by the provider yet.
    """

    mark: str
    id: str | None
    requests: int
    since: str
    became: Became


def cancel_batches(local: Local, *, forget: bool = False) -> list[OutBatch]:
    """Ask the provider to cancel every batch that is out; a process that waits for them stops.

    Results that were ready are put on record by the next run.

    Args:
        local: the config and its journal.
        forget: instead, give up those that the provider does not know any more: their requests count as paid for and
            will be sent again.

    Raises:
        ProviderError: the provider did not take a cancellation; the others were asked for all the same.
        JournalError: `forget`, while a process works on the journal.
    """
    journal = local.journal()
    with closing(journal):
        batches = batches_of(journal)
    if not batches.out:
        return []
    with ThreadPoolExecutor(1) as thread:  # a notebook has a loop of its own running here
        if not forget:
            return thread.submit(asyncio.run, _each(local, batches.out, batches.known, _cancel, announce=True)).result()
        told = thread.submit(asyncio.run, _each(local, batches.out, batches.known, _unknown)).result()
    _give_up(local, [one for one in told if one.became == "given up"])
    return told


async def _each(
    local: Local, out: Sequence[Sent], known: Collection[str], act: _Act, *, announce: bool = False
) -> list[OutBatch]:
    """Do something to every batch; the first error once all were tried."""
    providers = _connected(local.resolved, {sent.role for sent in out})
    told: list[OutBatch] = []
    failed: ProviderError | None = None
    try:
        if announce:  # not before there are keys to do it with
            announce_cancel(local.folder)
        for sent in out:
            batching = providers[sent.role].batching
            assert batching is not None
            try:
                told.append(await act(batching, sent, known))
            except ProviderError as error:
                failed = failed or error
    finally:
        for provider in providers.values():
            await provider.close()
    if failed is not None:
        raise failed
    return told


def _connected(resolved: Resolved, roles: Collection[Role]) -> Mapping[Role, Provider]:
    providers: dict[Role, Provider] = {}
    for role in roles:
        endpoint = resolved.endpoints[role]
        kind = provider_kind(endpoint.provider)
        providers[role] = kind.connect(endpoint, find_key(kind, endpoint, os.environ), Options(1, fast=False))
    return providers


async def _cancel(batching: Batching, sent: Sent, known: Collection[str]) -> OutBatch:
    batch = sent.id
    if batch is None:
        batch, _ = await batching.find(sent.mark, sent.requests, sent.at, known)
    if batch is None:
        return _told(sent, None, "not found")
    await batching.cancel(batch)
    return _told(sent, batch, "cancelled")


async def _unknown(batching: Batching, sent: Sent, known: Collection[str]) -> OutBatch:
    """Whether a batch is to be given up."""
    if sent.id is None:
        batch, undecided = await batching.find(sent.mark, sent.requests, sent.at, known)
        return _told(sent, batch, "kept" if batch or undecided else "given up")
    try:
        await batching.look(sent.id)
    except BatchNotFound:
        return _told(sent, sent.id, "given up")
    return _told(sent, sent.id, "kept")


def _told(sent: Sent, batch: str | None, became: Became) -> OutBatch:
    since = datetime.fromtimestamp(sent.at).astimezone().isoformat(timespec="seconds")
    return OutBatch(sent.mark, batch, sent.requests, since, became)


def _give_up(local: Local, lost: Sequence[OutBatch]) -> None:
    journal = local.journal()
    if not journal.acquire(dict(local.resolved.identity)):
        raise JournalError("A process works on the journal of this config.", hint="Stop it first.")
    with closing(journal):
        for batch in lost:
            journal.append(end_record(batch.mark, "given up", 0, time.time(), lost=True))
