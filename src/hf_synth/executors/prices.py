"""Prices: what the user set, else the dated table of `genai-prices`; unknown stays unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cache

from hf_synth.config import GenerationConfig
from hf_synth.registry.find import provider_kind
from hf_synth.tiers import tiers
from hf_synth.types import Endpoint, Price

_TOKENS = 1000  # priced at a time: a million would be priced as one prompt that long, which some models charge more for
_NOTED = re.compile(r"\b(?:checked|verified|confirmed|as of)\b[^.;]*?(\d{4}-\d{2}-\d{2})")


def price_of(endpoint: Endpoint, *, batch: bool = False) -> Price | None:
    """US dollars per million tokens at an endpoint; `None` where no price is known.

    Prompts are taken to be shorter than those for which a few models charge more (100,000 tokens and up). Calls to a
    base URL other than the provider's own have no known price: it is another company's bill. Loading the table takes
    about 0.3 s the first time.

    Args:
        endpoint: whom to call; a price the user gave with it (`models.*.price`) wins over every table.
        batch: the price inside a batch: the table's own where it has one, else half of the live one. What the user
            gave is the live price, and is halved as well.
    """
    if endpoint.price is not None:
        return _halved(endpoint.price) if batch else endpoint.price
    kind = provider_kind(endpoint.provider)
    if kind.default_base_url is None:
        return Price(0.0, 0.0, dated="nothing is called")
    if kind.prices is None or endpoint.base_url != kind.default_base_url:
        return None
    live = _from_table(kind.prices, endpoint.model, batch=False)
    if not batch or live is None:
        return live
    noted = _from_table(kind.prices, endpoint.model, batch=True)
    if noted is None or replace(noted, dated="") == replace(live, dated=""):  # the table knows of no other price
        return _halved(live)
    return noted


def _halved(price: Price) -> Price:
    return Price(
        price.input / 2,
        price.output / 2,
        None if price.cached_input is None else price.cached_input / 2,
        None if price.cache_write is None else price.cache_write / 2,
        dated=f"{price.dated}, halved for batches",
    )


def priced_on(endpoints: Iterable[Endpoint], *, live: bool = True, batch: bool = False) -> str:
    """Where the prices of endpoints come from, live, in batches or both; empty where none is known."""
    modes = [mode for mode, wanted in ((False, live), (True, batch)) if wanted]
    found = {price.dated for at in endpoints for mode in modes if (price := price_of(at, batch=mode)) is not None}
    return "; ".join(sorted(found))


def list_price(config: GenerationConfig, rows: int) -> float | None:
    """The tier's advertised price of so many rows, US dollars; `None` without a tier."""
    return tiers()[config.tier].list_price * rows / 1000 if config.tier else None


@cache
def _from_table(provider: str, model: str, *, batch: bool) -> Price | None:
    from genai_prices import Usage, calc_price  # noqa: PLC0415  # 0.3 s, and not needed to load what is cached

    context = {"processing": "batch"} if batch else None

    def per_million(**usage: int) -> float:
        priced = calc_price(Usage(**usage), model_ref=model, provider_id=provider, price_context=context)
        return float(priced.total_price * (1_000_000 // _TOKENS))

    try:
        plain = per_million(input_tokens=_TOKENS)
        return Price(
            input=plain,
            output=per_million(output_tokens=_TOKENS),
            cached_input=per_million(input_tokens=_TOKENS, cache_read_tokens=_TOKENS),
            cache_write=per_million(input_tokens=_TOKENS, cache_write_tokens=_TOKENS),
            dated=f"{_dated()}, batch prices" if batch else _dated(),
        )
    except LookupError:
        return None


@cache
def _dated() -> str:
    """The table's version and the newest day on which anything in it was checked, by its own comments.

    The package carries neither a date of its data nor one for each model.
    """
    from importlib.metadata import version  # noqa: PLC0415

    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415

    today, comments = date.today().isoformat(), list[str | None]()
    for provider in get_snapshot().providers:
        comments += [provider.price_comments, *(model.price_comments for model in provider.models)]
    days = [day for text in comments if text for day in _NOTED.findall(text) if day <= today]
    of = f" (table of {max(days)})" if days else ""
    return f"genai-prices {version('genai-prices')}{of}"
