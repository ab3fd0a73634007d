"""Money: what a call costs, and the most it can cost."""

from __future__ import annotations

from hf_synth.errors import ConfigError
from hf_synth.types import Price, Request, Usage

_OVERHEAD_PER_MESSAGE = 16  # tokens a chat template adds around a message, generously
_OVERHEAD = 64


def cost(usage: Usage, price: Price | None) -> float | None:
    """US dollars of one answer; `None` where no price is known."""
    if price is None:
        return None
    plain = usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens
    cached = price.input if price.cached_input is None else price.cached_input
    written = price.input if price.cache_write is None else price.cache_write
    dollars = plain * price.input + usage.cached_tokens * cached + usage.cache_write_tokens * written
    return (dollars + usage.output_tokens * price.output) / 1e6


def added(one: float | None, other: float | None) -> float | None:
    """The sum of two amounts, `None` where one is not known."""
    return None if one is None or other is None else one + other


def most_input_tokens(request: Request) -> int:
    """A bound, not an estimate: no tokenizer in use makes more tokens than there are UTF-8 bytes."""
    size = sum(len(message.content.encode("utf-8")) for message in request.messages)
    if request.shape:
        size += 2 * len(str(request.shape.schema).encode("utf-8"))  # a dialect adds words of its own to the schema
    return size + _OVERHEAD_PER_MESSAGE * len(request.messages) + _OVERHEAD


def worst_cost(request: Request, price: Price) -> float:
    """The most one call can cost, US dollars: every byte a token, written to a cache, every output token used."""
    dearest = max(price.input, price.cache_write or 0.0)
    return (most_input_tokens(request) * dearest + request.max_tokens * price.output) / 1e6


def needed(price: Price | None) -> Price:
    """The price, where a cap needs one.

    Raises:
        ConfigError: it is not known.
    """
    if price is None:
        raise ConfigError(
            "run.max_cost is set, but the price of the model is not known.",
            hint="Give models.*.price ({input, output}, dollars per million tokens), or drop the cap.",
        )
    return price
