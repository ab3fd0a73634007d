"""Values that flow between the rooms: frozen, slotted, without behaviour.

Nothing here imports anything of ours, so every room may use these names. Texts are Unicode strings,
token counts are integers, money is US dollars as a float, times are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Role = Literal["generator", "critic"]
Dialect = Literal["json_schema", "json_object", "prompt"]
"""How a structured answer is asked for, best first: enforced by the server, JSON enforced, words only."""
Stop = Literal["stop", "length", "refusal", "content_filter"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What a structured answer must look like: a name (`[a-z0-9_]+`) and a plain JSON schema."""

    name: str
    schema: Json


@dataclass(frozen=True, slots=True)
class Brief:
    """The meaning of a request in plain values, for providers that do not read prose (`offline`).

    Never sent to a server. `task` is `outline`, `draft`, `respond`, `answer` or `judge`; `details` holds what
    the task needs, such as the topic, the difficulty of each idea or the text to respond to.
    """

    task: str
    domain: str
    language: str
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Request:
    """One question to one model, before it is lowered to a provider's dialect.

    Attributes:
        messages: the conversation, what varies last, so that prompt caches work. It may begin with two system
            messages: the first is what all requests of its task in a run share, to the byte; the second varies.
        max_tokens: the most tokens the answer may have.
        shape: the schema of a structured answer, `None` for plain text.
        params: the user's sampling parameters, already checked against the provider's allow-list.
        brief: the same question for the offline provider.
        seed: a number that differs between otherwise equal requests; only `offline` reads it.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    shape: Shape | None = None
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    brief: Brief | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens one answer cost. `input_tokens` includes `cached_tokens` and `cache_write_tokens`;
    `output_tokens` includes `reasoning_tokens`. `estimated`: the server sent no usage.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a server's rate-limit headers said; `None` where it said nothing. Resets are seconds from now."""

    requests_limit: int | None = None
    requests_left: int | None = None
    requests_reset: float | None = None
    tokens_limit: int | None = None
    tokens_left: int | None = None
    tokens_reset: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered to one `Request`, whatever it was: an empty or refused answer was paid for too."""

    text: str
    stop: Stop
    usage: Usage
    model: str
    allowance: Allowance | None = None
    detail: str = ""
    """Why, where `stop` is a refusal or a filter."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A `Reply` on record. `name` is its place in the journal: cell:idea:role:sample.attempt:digest."""

    name: str
    text: str
    stop: Stop
    usage: Usage
    model: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens; `dated` is the day the price was noted."""

    input: float
    output: float
    cached_input: float | None = None
    cache_write: float | None = None
    dated: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model somewhere, resolved: everything that decides what it answers, and how its key is found.

    `base_url` is the effective one, the environment included; `None` for a provider without a network.
    `configured` tells that `base_url` came from the config rather than from the environment or a default.
    """

    provider: str
    model: str
    base_url: str | None = None
    api_key_env: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    price: Price | None = None
    configured: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of the user's `source`: where it stands (`FILE#PART`, `ROW#PART`), what it is about, and its text."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Topic:
    """One subject inside the domain.

    Attributes:
        title: a few words.
        passage: the text of the user's `source` that grounds the rows, empty without one.
        passage_id: see `Passage`.
    """

    title: str
    passage: str = ""
    passage_id: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """The attributes the plan gives to one idea of a cell, so that ideas differ on purpose."""

    difficulty: str
    task_type: str
    audience: str
    style: str


@dataclass(frozen=True, slots=True)
class Cell:
    """The unit of work: one topic, one split, a handful of ideas.

    `index` is its place in the plan, `name` (`block.topic.round`) names its answers and does not depend on the
    splits, so that another split table reuses what was paid for. `first` numbers its first idea, in the same way.
    `criteria` is what experts of the domain look at in a response, for schemas with a critic.
    """

    index: int
    name: str
    split: str
    topic: Topic
    slots: tuple[Slot, ...]
    first: int = 0
    criteria: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Idea:
    """A drafted row that still lacks what is asked for on its own (a response, candidates, a second answer)."""

    number: int
    slot: Slot
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that may be delivered, and what the checks look at.

    Attributes:
        row: the columns of the schema, in order.
        key_text: the text duplicates are measured on (instruction, prompt or input).
        responses: the texts a model wrote as answers: checked for refusal, language and length.
        tokens: output tokens of each response as the server counted them, `None` where it did not.
        notes: what provenance keeps beside the row (scores in both orders, the second answer).
        passage: the text of the user's `source` the row was grounded in; set by the engine.
        instructions: what the model was told beside the question (the first message of each prompt); set by the engine.
    """

    row: Mapping[str, Any]
    key_text: str
    responses: tuple[str, ...]
    tokens: tuple[int | None, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    passage: str = ""
    instructions: tuple[str, ...] = ()
