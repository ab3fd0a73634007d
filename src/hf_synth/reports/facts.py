"""All that a report tells, as values; their order is that of the page."""

from __future__ import annotations

from dataclasses import dataclass

from hf_synth.reports.coverage import Coverage
from hf_synth.reports.diversity import Diversity
from hf_synth.reports.items import Items
from hf_synth.reports.judging import Classified, Critic, Drops
from hf_synth.reports.languages import Languages
from hf_synth.reports.lengths import Lengths


@dataclass(frozen=True, slots=True)
class Cost:
    """What the dataset took: candidates judged, calls, US dollars (`None` where a price is not known), models."""

    judged: int
    accepted: int
    calls: int
    usd: float | None
    models: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Chosen beside rejected responses: a preference for length would be learnt.

    Attributes:
        rows: pairs that have both.
        longer_chosen: share of those of unequal length whose chosen response has more words.
        ratio: median of words chosen by words rejected.
    """

    rows: int
    longer_chosen: float | None
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Splits:
    """Rows by split; `shared` are topics that stand in more than one (there should be none), `None` if not known."""

    rows: dict[str, int]
    shared: list[str] | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What was counted. Unknown is `None`, never 0.

    Attributes:
        text_size: words that diversity is measured on.
        diversity, lengths: by column of text.
        coverage: by attribute, `None` where no row tells it.
        crossed: difficulty to task type to rows.
        classified: by what a classifier looked at.
        passages: rows grounded in a passage, and passages used.
    """

    schema: str
    domain: str
    language: str
    rows: int
    changed: bool
    remarks: list[str]
    cost: Cost | None
    splits: Splits
    text_size: int
    diversity: dict[str, Diversity]
    lengths: dict[str, Lengths]
    pairs: Pairs | None
    coverage: dict[str, Coverage | None]
    crossed: dict[str, dict[str, int]]
    passages: tuple[int, int] | None
    languages: Languages
    classified: dict[str, Classified]
    drops: Drops | None
    flags: dict[str, int]
    critic: Critic | None
    items: Items | None
    outline: dict[str, list[str]] | None
