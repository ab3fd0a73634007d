"""Cancelling: ends the batches of a config that are out, whoever sent them."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from hf_synth.engine.batches import Sent, announce_cancel, batches_of, end_record
from hf_synth.errors import JournalError
from hf_synth.executors.live import Options
from hf_synth.executors.local import Local
from hf_synth.protocols import Batching, Provider
from hf_synth.providers._keys import find_key
from hf_synth.registry import Resolved, provider_kind
from hf_synth.types import Role


@dataclass(frozen=True, slots=True)
class OutBatch:
    """A batch that was out. `id` is the provider's, `None` where it was never created; `since` as ISO 8601."""

    mark: str
    id: str | None
    requests: int
    since: str


def cancel_batches(local: Local, *, forget: bool = False) -> list[OutBatch]:
    """Ask the provider to cancel every batch that is out; a process that waits for them stops.

    Results that were ready are put on record by the next run.

    Args:
        local: the config and its journal.
        forget: give the batches up instead, for where the provider does not know them any more: their requests count
            as paid for and will be sent again.

    Raises:
        ProviderError: the provider did not take a cancellation.
        JournalError: `forget`, while a process works on the journal.
    """
    journal = local.journal()
    with closing(journal):
        out = batches_of(journal).out
    if forget:
        _give_up(local, out)
    elif out:
        announce_cancel(local.folder)
        with ThreadPoolExecutor(1) as thread:  # a notebook has a loop of its own running here
            ids = thread.submit(asyncio.run, _cancel_all(local.resolved, out)).result()
        return [_plain(sent, found) for sent, found in zip(out, ids, strict=True)]
    return [_plain(sent, sent.id) for sent in out]


def _plain(sent: Sent, found: str | None) -> OutBatch:
    since = datetime.fromtimestamp(sent.at).astimezone().isoformat(timespec="seconds")
    return OutBatch(sent.mark, found, sent.requests, since)


async def _cancel_all(resolved: Resolved, out: Sequence[Sent]) -> list[str | None]:
    providers: dict[Role, Provider] = {}
    known = {sent.id for sent in out if sent.id}
    try:
        return [await _cancel(_batching(resolved, sent, providers), sent, known) for sent in out]
    finally:
        for provider in providers.values():
            await provider.close()


def _batching(resolved: Resolved, sent: Sent, providers: dict[Role, Provider]) -> Batching:
    role: Role = "critic" if sent.role == "critic" else "generator"
    if role not in providers:
        endpoint = resolved.endpoints[role]
        kind = provider_kind(endpoint.provider)
        providers[role] = kind.connect(endpoint, find_key(kind, endpoint, os.environ), Options(1, fast=False))
    batching = providers[role].batching
    assert batching is not None
    return batching


async def _cancel(batching: Batching, sent: Sent, known: set[str]) -> str | None:
    batch = sent.id
    if batch is None:
        batch, _ = await batching.find(sent.mark, sent.requests, sent.at, known)
    if batch is not None:
        await batching.cancel(batch)
    return batch


def _give_up(local: Local, out: Sequence[Sent]) -> None:
    journal = local.journal()
    if not journal.acquire(dict(local.resolved.identity)):
        raise JournalError("A process works on the journal of this config.", hint="Stop it first.")
    with closing(journal):
        for sent in out:
            journal.append(end_record(sent.mark, "given up", 0, time.time(), lost=True))
