"""A batch service for tests of the engine: answers as the oracle does, ends as the test says, remembers all it did."""

from __future__ import annotations

import copy
import json
import random
import shutil
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from engine.making import Oracle
from hf_synth.errors import ProviderError, RateLimited, Unavailable
from hf_synth.protocols import BatchState
from hf_synth.types import Dialect, Reply, Request

Fate = Literal["complete", "expire", "fail", "no_room", "lost_before", "lost_after", "flaky"]


@dataclass
class Batch:
    """A batch at the service. `left` is how often it is still found running."""

    id: str
    mark: str
    lines: list[str]
    fate: Fate
    left: int
    ended: bool = False
    results: dict[str, Reply | ProviderError] = field(default_factory=dict)


@dataclass
class Mail:
    """Implements `Batching` and `Provider`.

    Attributes:
        fates: what becomes of batches, in the order of their creation; then all are complete.
        looks: how often a batch is found running.
        paid: how often each question was answered, by the digest of its messages.
        on_event: called at every step, by name: a test takes snapshots there.
        capacity: most requests the queue holds at once.
        unusable: how many requests still get an answer that was paid for and holds nothing.
        short: how often results are still cut off in the middle, without a word.
        unlisted: how often a batch is still not found.
        down: how often looking still fails.
    """

    oracle: Oracle
    fates: list[Fate] = field(default_factory=list)
    looks: int = 0
    most_requests: int = 50
    most_bytes: int = 1 << 20
    capacity: int = 10**9
    batches: dict[str, Batch] = field(default_factory=dict)
    asked: dict[str, Request] = field(default_factory=dict)
    paid: Counter[str] = field(default_factory=Counter)
    cancelled: list[str] = field(default_factory=list)
    live: int = 0
    unusable: int = 0
    short: int = 0
    unlisted: int = 0
    down: int = 0
    on_event: Callable[[str], None] = lambda event: None
    dropped: random.Random = field(default_factory=lambda: random.Random(0))

    @property
    def batching(self) -> Mail:
        return self

    async def complete(self, request: Request, dialect: Dialect, timeout: float) -> Reply:
        self.live += 1
        return await self.oracle.complete(request, dialect, timeout)

    async def close(self) -> None:
        pass

    def line(self, custom_id: str, request: Request, dialect: Dialect) -> bytes:
        self.asked[custom_id] = request
        return json.dumps({"custom_id": custom_id}).encode() + b"\n"

    async def create(self, file: Path, mark: str) -> str:
        self.on_event("create")
        lines = _custom_ids(file)
        fate = self.fates.pop(0) if self.fates else "complete"
        if fate == "lost_before":
            raise Unavailable("the connection broke")
        running = sum(len(batch.lines) for batch in self.batches.values() if not batch.ended)
        if running + len(lines) > self.capacity:
            fate = "no_room"
        batch = Batch(f"batch_{len(self.batches)}", mark, lines, fate, self.looks)
        self.batches[batch.id] = batch
        self.on_event("created")
        if fate == "lost_after":
            raise Unavailable("the connection broke")
        return batch.id

    async def find(self, mark: str, requests: int, since: float, known: Collection[str]) -> tuple[str | None, bool]:
        self.on_event("find")
        if self.unlisted:
            self.unlisted -= 1
            return None, False
        found = [batch.id for batch in self.batches.values() if batch.mark == mark]
        return (found[0] if found else None), False

    async def look(self, batch: str) -> BatchState:
        self.on_event("look")
        if self.down:
            self.down -= 1
            raise Unavailable("it is down")
        one = self.batches[batch]
        if one.left > 0:
            one.left -= 1
            return BatchState(batch, ended=False, word="in_progress")
        if not one.ended:
            await self._work(one)
        error = {"no_room": RateLimited("no room"), "fail": Unavailable("it failed")}.get(one.fate)
        answered = sum(isinstance(one, Reply) for one in one.results.values())
        return BatchState(batch, ended=True, word=one.fate, done=len(one.results), answered=answered, error=error)

    async def _work(self, one: Batch) -> None:
        one.ended = True
        if one.fate in ("fail", "no_room"):
            return
        lines = one.lines[: len(one.lines) // 2] if one.fate == "expire" else one.lines
        for custom_id in lines:
            if one.fate == "flaky" and self.dropped.random() < 0.3:
                one.results[custom_id] = Unavailable("a server error", maybe_paid=False)
                continue
            if self.unusable:
                self.unusable -= 1
                one.results[custom_id] = Unavailable("no choices", status=200)
                continue
            request = self.asked[custom_id]
            one.results[custom_id] = await self.oracle.complete(request, "json_schema", 1.0)
            self.paid["\n".join([str(request.seed), *(message.content for message in request.messages)])] += 1

    async def results(self, state: BatchState) -> AsyncGenerator[tuple[str, Reply | ProviderError]]:
        given = list(self.batches[state.id].results.items())
        random.Random(state.id).shuffle(given)
        if self.short:
            self.short -= 1
            given = given[: len(given) // 2]
        for number, one in enumerate(given):
            if number == len(given) // 2:
                self.on_event("half")
            yield one

    async def cancel(self, batch: str) -> None:
        self.cancelled.append(batch)
        self.batches[batch].ended = True


def _custom_ids(file: Path) -> list[str]:
    return [json.loads(line)["custom_id"] for line in file.read_text().splitlines()]


class Camera:
    """Takes a snapshot of journal and service at one event: what a process killed there would leave behind."""

    def __init__(self, mail: Mail, folder: Path, to: Path, at: int) -> None:
        self.mail: Mail | None = None
        self._live, self._folder, self._to, self._at, self._seen = mail, folder, to, at, 0
        mail.on_event = self

    def __call__(self, event: str) -> None:
        self._seen += 1
        if self._seen == self._at:
            shutil.copytree(self._folder, self._to, ignore=shutil.ignore_patterns("lock"))
            self._live.on_event = lambda event: None
            self.mail = copy.deepcopy(self._live)
            self._live.on_event = self

    def __deepcopy__(self, memo: Any) -> Any:
        return lambda event: None
