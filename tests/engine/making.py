"""Parts for tests of the engine: a small schema, and a provider whose timing and faults are the test's to choose."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from hf_synth.config import GenerationConfig
from hf_synth.config.quality import Mode
from hf_synth.engine.gate import Gate
from hf_synth.engine.journal import Journal
from hf_synth.engine.limiter import Limiter
from hf_synth.engine.line import Line
from hf_synth.engine.parts import Parts
from hf_synth.engine.records import Record
from hf_synth.engine.rows import Rows
from hf_synth.engine.session import Session
from hf_synth.errors import HfSynthError, Unavailable, Unfit
from hf_synth.protocols import Ask, Provider
from hf_synth.types import Brief, Candidate, Cell, Dialect, Endpoint, Idea, Message, Price, Reply, Request, Role, Usage


class NoteRow(BaseModel):
    note: str
    answer: str


class NoteIdeas(BaseModel):
    ideas: list[str]


class Notes:
    """A schema of two columns: about five notes to a draft, one answer to a note."""

    name = "notes"
    version = 1
    roles: tuple[Role, ...] = ("generator",)
    row: type[BaseModel] = NoteRow
    key = "note"
    calls_per_row = 1

    def trl(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return dict(row)

    async def draft(self, config: GenerationConfig, cell: Cell, ask: Ask) -> list[Idea]:
        asked = [Message("user", f"draft {cell.name} {cell.topic.title}")]
        brief = Brief("draft", config.domain, "en", {"cell": cell.name})
        value, _ = await ask.data("generator", asked, NoteIdeas, max_tokens=100, brief=brief)
        return [
            Idea(n, slot, {"note": note}) for n, (note, slot) in enumerate(zip(value.ideas, cell.slots, strict=False))
        ]

    async def complete(self, config: GenerationConfig, cell: Cell, idea: Idea, ask: Ask) -> Candidate:
        brief = Brief("respond", config.domain, "en")
        answer = await ask.text("generator", [Message("user", idea.fields["note"])], max_tokens=50, brief=brief)
        if answer.text.startswith("unfit"):
            raise Unfit("disliked")
        return Candidate({"note": idea.fields["note"], "answer": answer.text}, idea.fields["note"], (answer.text,))


@dataclass
class Oracle:
    """A provider that answers from a hash of the request alone, so that answers never depend on timing.

    Attributes:
        refused: share of notes that become no row.
        ideas: how many ideas the draft of a cell brings, by hash, from this list.
        weather: draws delays and faults; `None` answers at once.
        faults: errors the weather may raise before a call is answered.
        answered: how often each request was answered, by its messages.
        fail_after: answers after which every call fails with `failure`.
    """

    refused: float = 0.0
    repeated: float = 0.0
    ideas: tuple[int, ...] = (5,)
    batching: None = None
    weather: random.Random | None = None
    faults: tuple[HfSynthError, ...] = ()
    answered: Counter[str] = field(default_factory=Counter)
    fail_after: int | None = None
    failure: HfSynthError = field(default_factory=lambda: Unavailable("down"))
    gate: asyncio.Event | None = None
    in_flight: int = 0
    most_in_flight: int = 0

    async def complete(self, request: Request, dialect: Dialect, timeout: float) -> Reply:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self._complete(request)
        finally:
            self.in_flight -= 1

    async def _complete(self, request: Request) -> Reply:
        if self.weather is not None:
            for _ in range(self.weather.randrange(6)):
                await asyncio.sleep(0)
            if self.faults and self.weather.random() < 0.2:
                raise self.weather.choice(self.faults)
        if self.fail_after is not None and sum(self.answered.values()) >= self.fail_after:
            raise self.failure
        asked = "\n".join(message.content for message in request.messages)
        asked = f"{request.seed} {asked}"
        self.answered[asked] += 1
        rolled = random.Random(hashlib.sha256(asked.encode()).digest())
        return Reply(self._text(request, rolled), "stop", Usage(10, 5), "oracle-1")

    def _text(self, request: Request, rolled: random.Random) -> str:
        assert request.brief is not None
        if request.brief.task == "outline":
            topics = [f"topic {rolled.randrange(10**9)}" for _ in range(20)]
            return json.dumps({"topics": topics, "task_types": ["a", "b"], "audiences": ["x", "y", "z"]})
        if request.brief.task == "draft":
            notes = [
                "the same note as ever" if rolled.random() < self.repeated else f"note {rolled.randrange(10**12)}"
                for _ in range(rolled.choice(self.ideas))
            ]
            return json.dumps({"ideas": notes})
        return ("unfit " if rolled.random() < self.refused else "fine ") + str(rolled.randrange(10**9))

    async def close(self) -> None:
        pass


class Exact:
    """An index of equal texts."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def find(self, text: str, split: str) -> tuple[Mode, str, str] | None:
        return ("drop", "duplicate", f"as row {self._seen[text]}") if text in self._seen else None

    def add(self, text: str, split: str) -> None:
        self._seen.setdefault(text, len(self._seen))


def config_of(**fields: Any) -> GenerationConfig:
    """A config for the engine; its schema is not looked at."""
    quality = {"classified": 0.0, **fields.pop("quality", {})}  # the oracle knows of no second look
    made = {"schema": "instruction_v1", "domain": "tests", "models": {"generator": "offline"}, **fields}
    return GenerationConfig(**made, quality=quality)


def parts(
    oracle: Provider,
    *,
    max_cost: float | None = None,
    price: Price | None = None,
    ceiling: int = 16,
    batch: bool = False,
) -> Parts:
    """Live parts around an oracle, or around a `Mail` for batches."""

    async def priced() -> Price | None:
        return price

    async def halved() -> Price | None:
        return price and Price(price.input / 2, price.output / 2)

    def lines() -> dict[Role, Line]:
        endpoint = Endpoint("offline", "oracle-1")
        return {
            "generator": Line(endpoint, oracle, Limiter().seat(ceiling), ("json_schema", "prompt"), 5.0, priced, halved)
        }

    def gate(config: GenerationConfig) -> Gate:
        return Gate(config, NoteRow, [], Exact)

    return Parts(schema=Notes(), lines=lines, gate=gate, max_cost=max_cost, batch=batch)


def journal_records(folder: Path) -> list[Record]:
    """Everything on record."""
    return [record for _, record in Journal(folder).scan()]


def make_rows(
    folder: Path,
    config: GenerationConfig,
    oracle: Provider,
    targets: Mapping[str, int],
    *,
    selection: str = "s",
    limit: int = 100_000,
    patience: float = 20.0,
    **options: Any,
) -> dict[str, list[dict[str, Any]]]:
    """Run a session until every split has its target; the rows by split.

    Raises:
        HfSynthError: what stopped the run.
    """
    journal = Journal(folder)
    assert journal.acquire({"about": "a test"})
    session = Session(journal, parts(oracle, **options), Rows(selection, list(config.splits)), grace=5.0)
    session.start()
    try:
        run = session.run(config, selection)
        session.want(run, targets, limit)

        def done() -> bool:
            return all(len(run.rows.places[split]) >= n for split, n in targets.items())

        assert session.readers.wait(lambda: done() or run.error is not None, patience), "the run did not end"
        if not done():
            assert run.error is not None
            raise run.error
        return {
            split: [journal.read(place)["row"] for place in run.rows.places[split][:n]] for split, n in targets.items()
        }
    finally:
        session.close()
        journal.close()
