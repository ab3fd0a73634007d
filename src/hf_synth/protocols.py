"""The joints between the rooms. No code: whoever has these methods fits.

A provider turns one `Request` into one `Reply` or one classified error. A schema asks roles and makes
candidates. A check says what is wrong with a candidate. An executor runs an engine somewhere.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from hf_synth.errors import ProviderError
from hf_synth.types import (
    Answer,
    Brief,
    Candidate,
    Cell,
    Dialect,
    Endpoint,
    Idea,
    Message,
    Passage,
    Reply,
    Request,
    Role,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

    from hf_synth.config import GenerationConfig
    from hf_synth.config.quality import Mode

M = TypeVar("M", bound="BaseModel")


@dataclass(frozen=True, slots=True)
class BatchState:
    """How a batch stands at the provider.

    Attributes:
        id: the provider's name for it.
        ended: whether nothing more will come of it.
        word: the provider's own word for its state, for people.
        done: requests finished so far, with or without an answer.
        answered: requests with an answer, `None` where the provider does not tell: fewer results are not all of them.
        files: where the results are, in the provider's own terms.
        error: why the batch failed as a whole: `RateLimited` where the provider's queue had no room for it.
    """

    id: str
    ended: bool
    word: str
    done: int = 0
    files: tuple[str, ...] = ()
    answered: int | None = None
    error: ProviderError | None = None


class Batching(Protocol):
    """The batch side of a connection: requests go out as a file, answers come back within a day at half the price.

    Each method makes the calls it needs once and raises `ProviderError` as `Provider.complete` does; none of them
    sleeps or retries.

    Attributes:
        most_requests: requests one batch may hold.
        most_bytes: bytes the file of a batch may have.
    """

    most_requests: int
    most_bytes: int

    def line(self, custom_id: str, request: Request, dialect: Dialect) -> bytes:
        """A request as a line of the file, newline included.

        Raises:
            ShapeUnsupported: the dialect has no form for its shape.
        """
        ...

    async def create(self, file: Path, mark: str) -> str:
        """Send a file of lines as one batch that bears `mark`; its id. The file is streamed, not held in memory."""
        ...

    async def find(self, mark: str, requests: int, since: float, known: Collection[str]) -> tuple[str | None, bool]:
        """Look for a batch whose creation may have succeeded unnoticed.

        Args:
            mark: what it was to bear; where the provider keeps no marks, the beginning of its custom ids.
            requests: how many it was to hold.
            since: when it was to be created, seconds since the epoch.
            known: ids that belong to others.

        Returns:
            Its id, `None` if there is none; and whether batches that still run may turn out to be it: ask again.
        """
        ...

    async def look(self, batch: str) -> BatchState:
        """How a batch stands."""
        ...

    def results(self, state: BatchState) -> AsyncGenerator[tuple[str, Reply | ProviderError]]:
        """Custom ids with what became of their requests, in any order, as they are read; partial where it ended early.

        Requests without any result (expired, cancelled) may be left out.
        """
        ...

    async def cancel(self, batch: str) -> None:
        """Ask for a batch to be cancelled; one that has ended is left as it is."""
        ...


class Provider(Protocol):
    """A live connection to one endpoint. Makes exactly one call per `complete`: never sleeps, retries or logs."""

    @property
    def batching(self) -> Batching | None:
        """Its batch side, `None` where it has none."""
        ...

    async def complete(self, request: Request, dialect: Dialect, timeout: float) -> Reply:
        """Make one call.

        Args:
            request: what to ask.
            dialect: how to ask for `request.shape`; one of the kind's `dialects`.
            timeout: seconds the whole call may take, however slowly bytes drip.

        Raises:
            ProviderError: one of its subclasses, and nothing else (`asyncio.CancelledError` apart).
        """
        ...

    async def close(self) -> None:
        """Release connections. The provider is not used afterwards."""
        ...


class ProviderKind(Protocol):
    """What a provider's file exports as `PROVIDER`. Light: its SDK is imported by `connect` alone.

    Attributes:
        name: what `models.generator.provider` says.
        default_base_url: its own host; `None` where there is no network.
        base_url_env: the variable with which its SDK is pointed elsewhere.
        api_key_env: the variable that holds its key; `None` where it needs none.
        params: the sampling parameters a config may set, name to JSON type (`number`, `integer`, `string`,
            `boolean`) or to the list of allowed strings. Nothing that changes money, headers or the body at large.
        dialects: the forms of structured output it can try, best first.
        models: names of its models where the set is closed, else empty.
        batches: whether its connections have a batch side.
        prices: which table of `genai-prices` holds its prices, `None` where calls cost nothing or are unknown.
    """

    name: str
    default_base_url: str | None
    base_url_env: str | None
    api_key_env: str | None
    params: Mapping[str, str | Sequence[str]]
    dialects: tuple[Dialect, ...]
    models: tuple[str, ...]
    batches: bool
    prices: str | None

    def connect(self, endpoint: Endpoint, key: str | None, options: ConnectOptions) -> Provider:
        """Open a connection; import the SDK here. No call is made yet."""
        ...


class ConnectOptions(Protocol):
    """How to connect: `concurrency` connections at most, `fast` transport if it is installed."""

    concurrency: int
    fast: bool


class Ask(Protocol):
    """How a schema asks. Answers come from the journal where they are on record, else from the role's model.

    Both methods raise `Unfit` when no usable answer can be had (refusal, truncation, malformed after repairs)
    and let errors of the provider pass: the engine decides what they mean.
    """

    async def text(
        self, role: Role, messages: Sequence[Message], *, max_tokens: int, brief: Brief, sample: int = 0
    ) -> Answer:
        """Ask for plain text. `sample` tells apart equal requests of one idea."""
        ...

    async def data(
        self, role: Role, messages: Sequence[Message], shape: type[M], *, max_tokens: int, brief: Brief, sample: int = 0
    ) -> tuple[M, Answer]:
        """Ask for a structured answer, validated by `shape`. Malformed ones are asked again, within limits."""
        ...


class Schema(Protocol):
    """A kind of row. A file in `schemas/` exports one as `SCHEMA`; its file name is its public name.

    Attributes:
        name: the public name.
        version: raised when prompts or their parsing change, so that answers of old prompts are not mixed in.
        roles: who is asked; `critic` may be configured only where it is listed.
        row: pydantic model of a row; the columns, their order and types come from its fields.
        key: the column duplicates are measured on.
        calls_per_row: calls one idea takes when nothing is refused, the draft's share apart.
        trl: native row to the columns of `view: trl`.
    """

    name: str
    version: int
    roles: tuple[Role, ...]
    row: type[BaseModel]
    key: str
    calls_per_row: int

    def trl(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A native row in the columns of `view: trl`."""
        ...

    async def draft(self, config: GenerationConfig, cell: Cell, ask: Ask) -> list[Idea]:
        """Draft the ideas of a cell in one call, distinct on purpose."""
        ...

    async def complete(self, config: GenerationConfig, cell: Cell, idea: Idea, ask: Ask) -> Candidate:
        """Make one idea a candidate. Raises `Unfit` where it cannot be one."""
        ...


class Check(Protocol):
    """One thing that can be wrong with a candidate. A file in `quality/` exports one as `CHECK`.

    Attributes:
        name: the cause under which drops are counted, and the switch in `quality`.
        version: raised when its verdicts change.

    A check that also has `flags = True` marks rows unless the user switches it to `drop`; all others drop them unless
    the user switches them to `flag`.
    """

    name: str
    version: int

    def __call__(self, candidate: Candidate, config: GenerationConfig) -> str | None:
        """What is wrong, in a few words; `None` if nothing is."""
        ...


class Passages(Protocol):
    """The texts of a source, dealt to the blocks of the plan.

    Attributes:
        longest: UTF-8 bytes of the longest passage.
    """

    @property
    def longest(self) -> int: ...

    def block(self, number: int, most: int) -> tuple[Passage, ...]:
        """The passages of a block, at most so many. The blocks walk over all of them, then begin again: a passage
        has the same place in its block every time, so it stays in the same split.
        """
        ...


class DuplicateIndex(Protocol):
    """Remembers accepted texts and finds those too near to one of them."""

    def find(self, text: str) -> int | None:
        """Number of the earliest accepted text that `text` duplicates, in order of `add`; else `None`."""
        ...

    def add(self, text: str) -> None:
        """Remember an accepted text."""
        ...


class Neighbours(Protocol):
    """Remembers accepted texts with their splits, and says what a text that is too near to one of them means."""

    def find(self, text: str, split: str) -> tuple[Mode, str, str] | None:
        """What is to become of the text, cause and detail; `None` where nothing is too near."""
        ...

    def add(self, text: str, split: str) -> None:
        """Remember an accepted text."""
        ...
