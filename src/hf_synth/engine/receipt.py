"""The receipt: what a dataset took, as values and in words. The ledger makes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, TypeVar

from hf_synth.engine.audit import Agreement, CriticAudit

T = TypeVar("T")


@dataclass(slots=True)
class Line:
    """Calls of one role answered by one model, as served.

    Attributes:
        calls: answers on record, those that came out of batches among them.
        batch_calls: answers that came out of batches, at the price of batches.
        input_tokens: those read from and written to a prompt cache among them.
        output_tokens: those spent on reasoning among them.
        estimated_calls: calls for which the server told no usage: their tokens are estimates.
        usd: US dollars, `None` where a price was not known.
        first_at: when its first answer came, seconds since the epoch; `last_at` when its last one did.
    """

    role: str
    model: str
    calls: int = 0
    batch_calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    estimated_calls: int = 0
    usd: float | None = 0.0
    first_at: float | None = None
    last_at: float | None = None

    def __str__(self) -> str:
        calls = [(self.batch_calls, "in batches"), (self.estimated_calls, "with estimated tokens")]
        given = [(self.cached_tokens, "cached"), (self.cache_write_tokens, "written to the cache")]
        return (
            f"{self.role:<9} {self.model}: {self.calls} calls{_of_them(calls)}, {self.input_tokens} input tokens"
            f"{_of_them(given)}, {self.output_tokens} output tokens"
            f"{_of_them([(self.reasoning_tokens, 'reasoning')])}, {dollars(self.usd)}"
        )


@dataclass(slots=True)
class OpenBatch:
    """A batch that is out at a provider.

    Attributes:
        mark: our name for it.
        id: the provider's, `None` where its creation was not noted: the next run looks for it.
        since: when it was to be created, seconds since the epoch.
        usd: US dollars set aside for what is not answered yet, `None` where a price is not known.
    """

    mark: str
    id: str | None = None
    provider: str = ""
    model: str = ""
    requests: int = 0
    since: float = 0.0
    usd: float | None = None

    def __str__(self) -> str:
        since = datetime.fromtimestamp(self.since, UTC).strftime("%Y-%m-%d %H:%M UTC")
        aside = "" if self.usd is None else f", {dollars(self.usd)} set aside"
        return (
            f"batch     {self.id or 'without an id yet'} (mark {self.mark}): {self.requests} requests to "
            f"{self.provider}:{self.model} since {since}{aside}"
        )


@dataclass(slots=True)
class Receipt:
    """What a dataset took, over the lifetime of its journal.

    Attributes:
        rows: rows delivered; all accepted ones where no count was named.
        accepted: rows on record for this choice of thresholds and splits.
        judged: candidates judged for it.
        dropped: refused candidates by cause.
        calls: answers on record, by role and model served, the first to answer first.
        usd: what they cost together, `None` where a price is not known.
        usd_elsewhere: what answers that came with a dataset of the Hub cost whoever paid for them; counts for no cap.
        unsettled_usd: reserved for calls that were never answered on record (killed, timed out): perhaps charged.
        priced_on: where the prices come from, and how old they are.
        list_price: the tier's advertised price for these rows, `None` without a tier.
        retries: failed calls that were made again.
        seconds: wall time of all runs that ended in order.
        runs: processes that worked on the journal.
        changed: whether the dataset's rows were changed after they were generated (`map`, `filter`, …).
        batches: those that are out.
        batches_ended: how many there were beside them.
        flagged: delivered rows that a check marked, by check.
        critic: what the critic did with the pairs it was shown, `None` for schemas without one.
        classified: what a classifier said of a sample of rows, against what was asked for; `None` where none was.
        remarks: what a reader should know, in sentences: that more than one version of a model answered.
    """

    rows: int = 0
    accepted: int = 0
    judged: int = 0
    dropped: dict[str, int] = field(default_factory=dict[str, int])
    calls: list[Line] = field(default_factory=list[Line])
    usd: float | None = 0.0
    usd_elsewhere: float | None = 0.0
    unsettled_usd: float = 0.0
    priced_on: str = ""
    list_price: float | None = None
    retries: int = 0
    seconds: float = 0.0
    runs: int = 0
    changed: bool = False
    batches: list[OpenBatch] = field(default_factory=list[OpenBatch])
    batches_ended: int = 0
    flagged: dict[str, int] = field(default_factory=dict[str, int])
    critic: CriticAudit | None = None
    classified: Agreement | None = None
    remarks: list[str] = field(default_factory=list[str])

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Receipt:
        """The reverse of `to_dict`. What another version did not write, or wrote beside it, does no harm."""
        receipt = _known(cls, values)
        receipt.calls = [_known(Line, line) for line in values["calls"]]
        receipt.batches = [_known(OpenBatch, batch) for batch in values.get("batches", ())]
        receipt.critic = _known(CriticAudit, receipt.critic) if isinstance(receipt.critic, dict) else None
        receipt.classified = _known(Agreement, receipt.classified) if isinstance(receipt.classified, dict) else None
        return receipt

    def __str__(self) -> str:
        priced = f" (prices: {self.priced_on})" if self.priced_on and self.usd is not None else ""
        listed = "" if self.list_price is None else f"; tier list price ${self.list_price:.4f}"
        lines = [
            f"rows      {self.rows} (accepted {self.accepted} of {self.judged} candidates)",
            f"dropped   {_listed(self.dropped)}",
            *([f"flagged   {_listed(self.flagged)}"] if self.flagged else []),
            *(str(part) for part in (self.critic, self.classified) if part is not None),
            f"cost      {dollars(self.usd)}{priced}{listed}",
            *map(str, self.calls),
            f"time      {self.seconds:.1f} s in {self.runs} run(s), {self.retries} retries",
        ]
        batches = f"batches   {len(self.batches)} open, {self.batches_ended} ended"
        lines += [batches, *map(str, self.batches)] if self.batches or self.batches_ended else []
        if self.usd_elsewhere != 0:
            lines.append(
                f"elsewhere {dollars(self.usd_elsewhere)} paid by whoever made the answers that came from the Hub"
            )
        if self.unsettled_usd:
            lines.append(f"unsettled ${self.unsettled_usd:.4f} for calls that were cut off and perhaps charged")
        lines += self.remarks
        lines += ["The rows were changed since: this is the receipt of what was generated."] if self.changed else []
        return "\n".join(lines)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items(), key=lambda kv: -kv[1])) or "none"


def dollars(usd: float | None) -> str:
    """An amount for people."""
    return "unknown (no price for a model)" if usd is None else f"${usd:.4f}"


def models_changed(lines: list[Line]) -> list[str]:
    """A sentence for each role that more than one model answered, as served. `lines` are in order of first answer."""
    remarks: list[str] = []
    for role in dict.fromkeys(line.role for line in lines):
        mine = [line for line in lines if line.role == role]
        if len(mine) < 2:
            continue
        said = mine[0].model
        for one, other in pairwise(mine):
            apart = (one.last_at or 0.0) <= (other.first_at or 0.0)
            said += f", {'then' if apart else 'and beside it'} {other.model}"
        remarks.append(f"{role}: answered by {said}: the rows of one may differ from those of the other.")
    return remarks


def _of_them(parts: list[tuple[int, str]]) -> str:
    return f" ({told})" if (told := ", ".join(f"{number} {what}" for number, what in parts if number)) else ""


def _known(kind: type[T], values: Mapping[str, Any]) -> T:
    names = {one.name for one in fields(kind)}  # pyright: ignore[reportArgumentType]  # a dataclass
    return kind(**{name: value for name, value in values.items() if name in names})
