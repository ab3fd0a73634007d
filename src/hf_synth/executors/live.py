"""Names become live parts: connections with their keys, a limiter for each endpoint, a gate."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial

from hf_synth.config import GenerationConfig
from hf_synth.config.source import Source
from hf_synth.engine.gate import Gate
from hf_synth.engine.line import Line
from hf_synth.engine.parts import Parts
from hf_synth.errors import ConfigError
from hf_synth.executors.limits import seats
from hf_synth.executors.prices import price_of
from hf_synth.protocols import Check
from hf_synth.providers._keys import find_key
from hf_synth.quality._neighbours import Neighbours
from hf_synth.quality.contamination import NAME, Contamination, Grams
from hf_synth.registry import Resolved, checks, provider_kind
from hf_synth.sources import content_digest, passages_of, texts_of
from hf_synth.tiers import refuse_retired
from hf_synth.types import Endpoint, Price, Role

_log = logging.getLogger("hf_synth")


@dataclass(slots=True)
class Options:
    """See `protocols.ConnectOptions`."""

    concurrency: int
    fast: bool


def max_cost(config: GenerationConfig) -> float | None:
    """`run.max_cost`, else the default that `HF_SYNTH_MAX_COST` sets for every run.

    Raises:
        ConfigError: the variable holds no number above 0.
    """
    if config.run.max_cost is not None:
        return config.run.max_cost
    raw = os.environ.get("HF_SYNTH_MAX_COST", "").strip()
    if not raw:
        return None
    try:
        cap = float(raw)
    except ValueError:
        cap = 0.0
    if not 0 < cap < float("inf"):
        raise ConfigError(f"HF_SYNTH_MAX_COST is {raw!r}: set it to US dollars above 0, or unset it.")
    return cap


def open_parts(resolved: Resolved, owner: str = "") -> Parts:
    """Everything live that a session needs. Keys and prices are looked at now, before anything is called.

    Args:
        resolved: what is wanted.
        owner: whose calls they are, see `executors.limits`.

    Raises:
        ConfigError: a cap without a price, or a key that may not go where it is sent.
        AuthenticationFailed: a key is missing.
        ModelNotFound: the provider has switched the model off.
    """
    config = resolved.config
    cap = max_cost(config)
    keys: dict[Role, str | None] = {}
    for role, endpoint in resolved.endpoints.items():
        keys[role] = find_key(provider_kind(endpoint.provider), endpoint, os.environ)
        refuse_retired(endpoint.model, date.today())
        if cap is not None and price_of(endpoint) is None:
            raise ConfigError(
                f"max_cost is ${cap:g}, but the price of {endpoint.model!r} at {endpoint.base_url} is not known.",
                hint=f"Set models.{role}.price ({{input, output}}, dollars per million tokens), or drop the cap.",
            )
    contamination(config)  # read now, and not in the loop that makes calls
    return Parts(
        schema=resolved.schema,
        lines=partial(_lines, resolved, keys, owner),
        gate=partial(_gate, resolved),
        max_cost=cap,
        batch=config.run.mode == "batch",
        poll_seconds=config.run.poll_seconds,
        passages=passages_of(config),
    )


def _lines(resolved: Resolved, keys: Mapping[Role, str | None], owner: str) -> dict[Role, Line]:
    run = resolved.config.run
    lines: dict[Role, Line] = {}
    with seats(run, owner) as seat:
        for role, endpoint in resolved.endpoints.items():
            twin = next((line for line in lines.values() if line.endpoint == endpoint), None)
            if twin is not None:
                lines[role] = twin
                continue
            kind = provider_kind(endpoint.provider)
            lines[role] = Line(
                endpoint=endpoint,
                provider=kind.connect(endpoint, keys[role], Options(run.concurrency, fast=True)),
                limiter=seat(endpoint, keys[role]),
                dialects=kind.dialects,
                timeout=run.timeout,
                price=_priced(endpoint, batch=False),
                batch_price=_priced(endpoint, batch=True),
            )
    return lines


class _priced:  # noqa: N801  # a coroutine function with a memory
    """Looks a price up once, in a thread: the table takes 0.3 s to load, and a call is out meanwhile."""

    def __init__(self, endpoint: Endpoint, *, batch: bool) -> None:
        self._endpoint, self._batch = endpoint, batch
        self._looking = None if batch else self._begin()  # live runs ask for no price of batches

    def _begin(self) -> asyncio.Future[Price | None]:
        return asyncio.ensure_future(asyncio.to_thread(self._look, self._endpoint, self._batch))

    @staticmethod
    def _look(endpoint: Endpoint, batch: bool) -> Price | None:
        try:
            return price_of(endpoint, batch=batch)
        except Exception as error:  # noqa: BLE001  # a broken price table must not lose an answer that is paid for
            _log.warning("The price of %s cannot be looked up (%s): it counts as unknown.", endpoint.model, error)
            return None

    async def __call__(self) -> Price | None:
        self._looking = self._looking or self._begin()
        if self._looking.done():
            return self._looking.result()
        return await asyncio.shield(self._looking)


def _gate(resolved: Resolved, config: GenerationConfig) -> Gate:
    def neighbours() -> Neighbours:
        mode = config.quality.mode("duplicate", "drop")
        return Neighbours(mode, config.quality.duplicate_similarity, list(config.splits))

    kept_out = contamination(config)
    return Gate(config, resolved.schema.row, [*checks(), *([kept_out] if kept_out else [])], neighbours)


def contamination(config: GenerationConfig) -> Check | None:
    """The check against the texts that `quality.decontaminate` names; `None` where it names none, or is off.

    What was made of them is kept, because it takes seconds for a large benchmark and each reader of a session asks.
    """
    named = tuple(source.model_dump_json() for source in config.quality.decontaminate)
    wanted = named and config.quality.on(NAME)
    return _kept_out(named, content_digest(config)[1]) if wanted else None


@lru_cache(maxsize=2)
def _kept_out(named: tuple[str, ...], digest: str | None) -> Check:
    return Contamination(Grams.of(texts_of([Source.model_validate_json(source) for source in named])))


def endpoint_label(endpoint: Endpoint) -> str:
    """`provider:model`, with the address where it is not the provider's own; for people, never with a key."""
    own = provider_kind(endpoint.provider).default_base_url
    at = f" at {endpoint.base_url}" if endpoint.base_url and endpoint.base_url != own else ""
    return f"{endpoint.provider}:{endpoint.model}{at}"
