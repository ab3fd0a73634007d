"""What a run will take, before the first call: the plan's real prompts, token limits, expected yield, dated prices.

Prompts come from `counting`. What cannot be known before a model has answered is assumed: `LIKELY_YIELD`, and the
length of answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

from hf_synth.engine.money import cost, most_input_tokens
from hf_synth.engine.plan import BLOCK_CELLS, IDEAS
from hf_synth.executors.counting import Asked, sample_requests
from hf_synth.executors.hold import delivered
from hf_synth.executors.live import endpoint_label
from hf_synth.executors.local import Local
from hf_synth.executors.prices import price_of, priced_on
from hf_synth.executors.sidecar import list_price
from hf_synth.types import Price, Request, Role, Usage

LIKELY_YIELD = 0.95
_LIKELY_SHARE = 0.3  # of max_tokens that a plain response takes, and at most
_LIKELY_RESPONSE = 320
_LIKELY_STRUCTURED = {"outline": 350, "draft": 90 * IDEAS, "judge": 130}
_LIKELY_OTHER = 200


@dataclass(slots=True)
class Side:
    """One end of an estimate: US dollars (`None` where a price is not known), calls and tokens."""

    cost: float | None = 0.0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def add(self, other: Side) -> None:
        """Add another side to this one."""
        self.cost = None if self.cost is None or other.cost is None else self.cost + other.cost
        self.calls += other.calls
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens


@dataclass(slots=True)
class Estimate:
    """What a run will take from here.

    Attributes:
        likely: at the usual yield and lengths of answers.
        worst: every candidate allowed is needed, every structured answer repaired, every byte a token.
        list_price: the tier's advertised price of the rows, US dollars; `None` without a tier.
        by_role: model, likely and worst of each role.
        priced_on: where the prices come from.
        on_record: rows that are made already and cost nothing more.
    """

    likely: Side = field(default_factory=Side)
    worst: Side = field(default_factory=Side)
    list_price: float | None = None
    by_role: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    priced_on: str = ""
    on_record: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        def dollars(usd: float | None) -> str:
            return "unknown (no price for a model)" if usd is None else f"${usd:.4f}"

        lines = [
            f"{name}  {dollars(side.cost)}: {side.calls} calls, {side.input_tokens} input and {side.output_tokens} "
            "output tokens"
            for name, side in (("likely", self.likely), ("worst ", self.worst))
        ]
        if self.list_price is not None:
            lines.append(f"tier list price  ${self.list_price:.4f} (advertised; the provider bills the tokens)")
        lines.append(f"priced on  {self.priced_on or 'no known price'}")
        if self.on_record:
            lines.append(f"{self.on_record} rows are on record already and cost nothing more.")
        return "\n".join(lines)


def _likely_output(request: Request, task: str) -> int:
    if request.shape is None:
        return min(_LIKELY_RESPONSE, round(request.max_tokens * _LIKELY_SHARE)) if task != "answer" else 15
    return _LIKELY_STRUCTURED.get(task, _LIKELY_OTHER)


def _likely_input(request: Request) -> int:
    """Characters over four; scripts without spaces take about one token a character."""
    text = "".join(message.content for message in request.messages) + (
        str(request.shape.schema) if request.shape else ""
    )
    wide = sum(ord(character) > 0x2E7F for character in text)
    return round((len(text) - wide) / 4 + wide) + 8


Sizes = Callable[[Asked], tuple[int, int]]


def _side(asked: Iterable[Asked], sizes: Sizes, price: Price | None, times: float) -> Side:
    """The asked requests, each made `times` times."""
    side = Side()
    for one in asked:
        given, made = sizes(one)
        usd = cost(Usage(input_tokens=given, output_tokens=made), price)
        side.add(Side(usd, 1, given, made))
    usd = None if side.cost is None else side.cost * times
    return Side(usd, round(side.calls * times), round(side.input_tokens * times), round(side.output_tokens * times))


def _whole(local: Local, candidates: float, sizes: Sizes, *, doubtful: bool) -> dict[Role, Side]:
    """All calls for so many candidates, by role; `doubtful` counts every repair that may be asked for."""
    resolved = local.resolved
    with ThreadPoolExecutor(1) as thread:  # a notebook has a loop of its own running here
        sample = thread.submit(asyncio.run, sample_requests(resolved, doubtful=doubtful)).result()
    repairs = 1 + (resolved.config.quality.max_repairs if doubtful else 0)
    cells = candidates / IDEAS
    blocks = max(1.0, -(-cells // BLOCK_CELLS)) if candidates else 0.0
    sides: dict[Role, Side] = {}
    for role, endpoint in resolved.endpoints.items():
        price = price_of(endpoint)
        side = sides[role] = Side()
        for asked, times in (
            (sample.outline, blocks),
            (sample.drafts, cells / sample.cells),
            (sample.completions, candidates / max(1, sample.ideas)),
        ):
            side.add(_side((one for one in asked if one.role == role), sizes, price, times * repairs))
    return sides


def estimate_for(local: Local) -> Estimate:
    """What the rows that are missing will take. Calls nobody; the journal is looked at."""
    resolved = local.resolved
    rows = local.recorded()[1]
    have = delivered(rows, resolved.targets)
    missing = resolved.config.count - have
    allowed = max(0, resolved.config.max_candidates - rows.judged) if missing else 0
    likely = _whole(local, min(missing / LIKELY_YIELD, allowed), _likely_sizes, doubtful=False)
    worst = _whole(local, allowed, _worst_sizes, doubtful=True)
    result = Estimate(list_price=list_price(resolved.config, resolved.config.count), on_record=have)
    for role, endpoint in resolved.endpoints.items():
        result.likely.add(likely[role])
        result.worst.add(worst[role])
        result.by_role[role] = {
            "model": endpoint_label(endpoint),
            "likely": asdict(likely[role]),
            "worst": asdict(worst[role]),
        }
    result.priced_on = priced_on(resolved.endpoints.values())
    return result


def _likely_sizes(asked: Asked) -> tuple[int, int]:
    return _likely_input(asked.request), _likely_output(asked.request, asked.task)


def _worst_sizes(asked: Asked) -> tuple[int, int]:
    return most_input_tokens(asked.request), asked.request.max_tokens
