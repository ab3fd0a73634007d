"""An estimate, as values and in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from hf_synth.engine.money import added
from hf_synth.engine.receipt import dollars

ASSUMED = "assumed"


@dataclass(slots=True)
class Side:
    """One end of an estimate: US dollars (`None` where a price is not known), calls and tokens."""

    cost: float | None = 0.0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def add(self, other: Side) -> None:
        """Add another side to this one."""
        self.cost = added(self.cost, other.cost)
        self.calls += other.calls
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens


@dataclass(slots=True)
class Estimate:
    """What a run will take from here.

    Attributes:
        likely: at the usual yield and lengths of answers, or at those measured; see `basis`.
        worst: a bound. Every candidate allowed is needed, every answer is as long as its limit allows, every structured
            answer is malformed or cut (and its limit doubled) until the last time it may be asked for, every pair is a
            tie, every byte of a prompt is a token. It assumes that a draft brings the five ideas it is asked for, that
            titles of an outline have at most 80 tokens, that what a model wrote is as many tokens when it reads it
            again (twice as many to another model), and that calls that fail are not charged.
        list_price: the tier's advertised price of the rows, US dollars; `None` without a tier.
        by_role: model, likely and worst of each role.
        priced_on: where the prices come from, and how old they are.
        on_record: rows that are made already and cost nothing more.
        basis: `assumed`, or `measured on N rows` once there are about 20.
        spent: US dollars over the lifetime of the journal so far, `None` where a price was not known.
        max_cost: the cap, `None` without one.
        finish_live: in batch mode with `run.finish_live`: a wave of at most so many `requests`, such as those of the
            last few rows, is made live; that adds `cost` to `likely`, and at `most` so much to `worst`, each time.
        remarks: what a reader should know, in sentences: prices that are not known, a cap that is too low.
    """

    likely: Side = field(default_factory=Side)
    worst: Side = field(default_factory=Side)
    list_price: float | None = None
    by_role: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    priced_on: str = ""
    on_record: int = 0
    basis: str = ASSUMED
    spent: float | None = 0.0
    max_cost: float | None = None
    finish_live: dict[str, Any] | None = None
    remarks: list[str] = field(default_factory=list[str])

    @property
    def total(self) -> float | None:
        """US dollars in all, what was spent already included, if it goes as is likely."""
        return added(self.spent, self.likely.cost)

    @property
    def most(self) -> float | None:
        """US dollars in all, what was spent already included, at worst; no more than the cap."""
        worst = added(self.spent, self.worst.cost)
        return worst if worst is None or self.max_cost is None else min(worst, self.max_cost)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    def line(self) -> str:
        """In one line, for the start of a run."""
        if self.likely.cost is None:
            tokens = f"{self.likely.input_tokens} input and {self.likely.output_tokens} output tokens"
            return " ".join([f"Likely {self.likely.calls} calls with {tokens}.", *self.remarks])
        cap = "" if self.max_cost is None else f"; run.max_cost stops it at {short(self.max_cost)}"
        before = f"; {short(self.spent)} spent before" if self.spent else ""
        return (
            f"Likely {short(self.likely.cost)} ({self.likely.calls} calls), {short(self.worst.cost)} at worst"
            f"{before}{cap} ({self.basis}; prices: {self.priced_on})."
        )

    def __str__(self) -> str:
        lines = [
            f"{name}  {dollars(side.cost)}: {side.calls} calls, {side.input_tokens} input and {side.output_tokens} "
            "output tokens"
            for name, side in (("likely", self.likely), ("worst ", self.worst))
        ]
        for role, part in self.by_role.items():
            likely, worst = part["likely"], part["worst"]
            lines.append(
                f"{role}  {part['model']}: likely {dollars(likely['cost'])} for {likely['input_tokens']} input and "
                f"{likely['output_tokens']} output tokens, worst {dollars(worst['cost'])}"
            )
        if (live := self.finish_live) is not None:
            lines.append(
                f"finish live  a wave of at most {live['requests']} requests goes at the live price: likely "
                f"{dollars(live['cost'])} more, {dollars(live['most'])} at most"
            )
        if self.list_price is not None:
            lines.append(f"tier list price  ${self.list_price:.4f} (advertised; the provider bills the tokens)")
        lines += [f"priced on  {self.priced_on or 'no known price'}", f"basis  {self.basis}"]
        if self.on_record:
            lines.append(f"{self.on_record} rows are on record already and cost nothing more.")
        if self.spent is None or self.spent > 0:
            lines.append(f"spent so far  {dollars(self.spent)}; in all, likely {dollars(self.total)}")
        return "\n".join([*lines, *self.remarks])


def short(usd: float | None) -> str:
    """An amount for a sentence."""
    if usd is None:
        return "an unknown sum"
    return f"${usd:.2f}" if usd >= 0.1 or not usd else f"${usd:.4f}"
