"""What a run will take: the plan's real prompts, token limits, yield, dated prices. Nobody is called.

Prompts come from `counting`. What cannot be known before a model has answered is assumed: `LIKELY_YIELD`, and the
length of answers. Once there are rows, `measuring` knows both. See `Estimate` for what the worst case assumes.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import reduce
from itertools import chain
from typing import TYPE_CHECKING, Any

from hf_synth.classifier import most_sampled
from hf_synth.engine.plan import BLOCK_CELLS, IDEAS
from hf_synth.executors.advice import other_critic
from hf_synth.executors.counting import Sample, sample_requests
from hf_synth.executors.estimate import ASSUMED, Estimate, Side, short
from hf_synth.executors.live import endpoint_label, max_cost
from hf_synth.executors.loads import Load, at_worst, last_load, likely_load, worst_load
from hf_synth.executors.measuring import Standing
from hf_synth.executors.prices import list_price, price_of, priced_on
from hf_synth.executors.standin import Asked
from hf_synth.executors.wanted import Wanted, delivered
from hf_synth.registry import Resolved
from hf_synth.types import Price, Role

if TYPE_CHECKING:
    from hf_synth.executors.local import Local

LIKELY_YIELD = 0.95

Loads = dict[Role, Load]
Sizes = Callable[[Asked], Load]


def _of(role: Role, asked: Iterable[Asked], sizes: Sizes) -> Load:
    return sum((sizes(one) for one in asked if one.role == role), Load())


def _mean(loads: list[Load]) -> Load:
    return sum(loads, Load()) * (1 / max(1, len(loads)))


def _most(loads: list[Load]) -> Load:
    return reduce(Load.__or__, loads, Load())


@dataclass(slots=True)
class _Case:
    """All calls by role. Outlines are asked for live in every mode."""

    outlines: Loads
    rows: Loads
    sample: Sample


def _sampled(resolved: Resolved, *, worst: bool) -> Sample:
    with ThreadPoolExecutor(1) as thread:  # a notebook has a loop of its own running here
        return thread.submit(asyncio.run, sample_requests(resolved, worst=worst)).result()


def _case(resolved: Resolved, standing: Standing, candidates: float, *, worst: bool) -> _Case:
    """What so many candidates take: the mean of those sampled, or at `worst` the largest of them."""
    roles = resolved.endpoints
    if not candidates:
        nothing = dict.fromkeys(roles, Load())
        return _Case(nothing, dict(nothing), Sample([], [], [], [], []))
    sample = _sampled(resolved, worst=worst)
    repairs, pick = resolved.config.quality.max_repairs, _most if worst else _mean

    def sizes(asked: Asked) -> Load:
        return worst_load(asked.request, repairs) if worst else likely_load(asked)

    cells = math.ceil(candidates / IDEAS) if worst else candidates / IDEAS
    ideas = cells * IDEAS  # at worst the text of a draft is all in the ideas that are wanted
    first, wider = _blocks(standing, cells)
    case = _Case({}, {}, sample)
    for role in roles:
        drafts = [_of(role, group, sizes) for group in sample.drafts]
        completions = [_of(role, group, sizes) for group in sample.completions]
        case.outlines[role] = _of(role, sample.outline, sizes) * first + _of(role, sample.wider, sizes) * wider
        looked_at = resolved.config.quality.classified
        looks = cells * most_sampled(looked_at, IDEAS) if worst else ideas * looked_at
        case.rows[role] = pick(drafts) * cells + pick(completions) * ideas + _of(role, sample.classified, sizes) * looks
    return case


def _blocks(standing: Standing, cells: float) -> tuple[int, int]:
    """How many first and further outlines will be asked for."""
    blocks = {str(block) for block in range(math.ceil((standing.rows.cell + cells) / BLOCK_CELLS))}
    missing = blocks - standing.measured.outlines
    return ("0" in missing), len(missing - {"0"})


def _likely_case(resolved: Resolved, standing: Standing, missing: int, allowed: int) -> tuple[_Case, str]:
    """What the missing rows will take beside what is on record, and what that rests on."""
    measured = standing.measured
    share = measured.accepted / measured.judged if measured.enough else LIKELY_YIELD
    candidates = min(missing / share, allowed)
    case = _case(resolved, standing, candidates, worst=False)
    for role, load in case.rows.items():
        whole = measured.candidate(role) * candidates if measured.enough else load
        case.rows[role] = whole.after(measured.waiting(role))
    return case, f"measured on {measured.accepted} rows" if measured.enough else ASSUMED


def _side(load: Load, price: Price | None) -> Side:
    return Side(load.cost(price), round(load.calls), round(load.given), round(load.made))


def _more(live: Price | None, batch: Price | None) -> Price | None:
    if live is None or batch is None:
        return None
    return Price(max(0.0, live.input - batch.input), max(0.0, live.output - batch.output))


def _finish_live(resolved: Resolved, likely: Loads, worst: _Case) -> dict[str, Any]:
    """What a wave of up to `run.finish_live` requests costs more at the live price: usual ones, the dearest ones."""
    more = {role: _more(price_of(at), price_of(at, batch=True)) for role, at in resolved.endpoints.items()}
    calls = round(sum(load.calls for load in likely.values()))
    requests = min(resolved.config.run.finish_live, calls)
    usual, most = 0.0, 0.0
    for role, dearest in _dearest(resolved, worst.sample).items():
        one, other = likely[role].cost(more[role]), dearest.cost(at_worst(more[role]))
        if one is None or other is None:
            return {"requests": requests, "cost": None, "most": None}
        usual, most = usual + one * requests / max(1, calls), max(most, other * resolved.config.run.finish_live)
    return {"requests": requests, "cost": usual, "most": most}


def _dearest(resolved: Resolved, sample: Sample) -> Loads:
    """By role, the dearest request of a wave."""
    repairs = resolved.config.quality.max_repairs
    asked = list(chain(*sample.drafts, *sample.completions, sample.classified))
    return {
        role: _most([last_load(one.request, repairs) for one in asked if one.role == role])
        for role in resolved.endpoints
    }


def estimate_of(resolved: Resolved, standing: Standing, targets: Wanted | None = None) -> Estimate:
    """What the rows missing from `targets` (by default those of the config) will take, given what is on record."""
    config, rows = resolved.config, standing.rows
    targets = targets or resolved.targets
    batch = config.run.mode == "batch"
    have = delivered(rows, targets)
    missing = sum(targets.values()) - have
    allowed = max(0, config.max_candidates - rows.judged) if missing else 0
    likely, basis = _likely_case(resolved, standing, missing, allowed)
    worst = _case(resolved, standing, allowed, worst=True)
    result = Estimate(list_price=list_price(config, config.count), on_record=have, basis=basis)
    for role, endpoint in resolved.endpoints.items():
        live, price = price_of(endpoint), price_of(endpoint, batch=batch)
        side, most = _side(likely.rows[role], price), _side(worst.rows[role] | likely.rows[role], at_worst(price))
        side.add(_side(likely.outlines[role], live))
        most.add(_side(worst.outlines[role], at_worst(live)))
        result.likely.add(side)
        result.worst.add(most)
        label = endpoint_label(endpoint)
        result.by_role[role] = {"model": label, "likely": asdict(side), "worst": asdict(most)}
        if price is None:
            result.remarks.append(
                f"No price is known for {label}: set models.{role}.price "
                "({input, output}, dollars per million tokens)."
            )
    if (advice := other_critic(resolved, os.environ)) is not None:
        result.remarks.append(advice)
    result.priced_on = priced_on(resolved.endpoints.values(), live=not batch or not config.outline, batch=batch)
    result.spent, result.max_cost = standing.ledger.spent, max_cost(config)
    if batch and config.run.finish_live and missing:
        result.finish_live = _finish_live(resolved, likely.rows, worst)
    if missing and not allowed:
        result.remarks.append(
            f"run.max_candidates ({config.max_candidates}) is used up with {missing} rows missing: raise it to go on."
        )
    if missing and result.max_cost is not None and (result.total or 0.0) > result.max_cost:
        result.remarks.append(too_dear(result))
    return result


def too_dear(estimate: Estimate) -> str:
    """The sentence that tells that the cap will likely be reached."""
    return (
        f"The run will likely take {short(estimate.total)} in all, more than the cap of {short(estimate.max_cost)} "
        "(run.max_cost or HF_SYNTH_MAX_COST): it will stop there, resumable, with a part of the rows."
    )


def estimate_for(local: Local) -> Estimate:
    """What the rows of a config that are missing will take. Calls nobody; the journal is looked at."""
    return estimate_of(local.resolved, local.standing())
