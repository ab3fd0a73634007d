"""Prices: what the user set, else the dated table of `genai-prices`; unknown stays unknown."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from hf_synth.registry.find import provider_kind
from hf_synth.types import Endpoint, Price

_MILLION = 1_000_000


def price_of(endpoint: Endpoint) -> Price | None:
    """US dollars per million tokens at an endpoint; `None` where no price is known.

    Calls to a base URL other than the provider's own have no known price: it is another company's bill.
    Loading the table takes about 0.3 s the first time.
    """
    if endpoint.price is not None:
        return endpoint.price
    kind = provider_kind(endpoint.provider)
    if kind.default_base_url is None:
        return Price(0.0, 0.0, dated="nothing is called")
    if kind.prices is None or endpoint.base_url != kind.default_base_url:
        return None
    return _from_table(kind.prices, endpoint.model)


def priced_on(endpoints: Iterable[Endpoint]) -> str:
    """Where the prices of endpoints come from, empty where none is known."""
    return ", ".join(sorted({price.dated for at in endpoints if (price := price_of(at)) is not None}))


@cache
def _from_table(provider: str, model: str) -> Price | None:
    from genai_prices import Usage, calc_price  # noqa: PLC0415  # 0.3 s, and not needed to load what is cached

    def per_million(**usage: int) -> float:
        return float(calc_price(Usage(**usage), model_ref=model, provider_id=provider).total_price)

    try:
        plain = per_million(input_tokens=_MILLION)
        return Price(
            input=plain,
            output=per_million(output_tokens=_MILLION),
            cached_input=per_million(input_tokens=_MILLION, cache_read_tokens=_MILLION),
            cache_write=per_million(input_tokens=_MILLION, cache_write_tokens=_MILLION),
            dated=_dated(),
        )
    except LookupError:
        return None


def _dated() -> str:
    from importlib.metadata import version  # noqa: PLC0415

    return f"genai-prices {version('genai-prices')}"
