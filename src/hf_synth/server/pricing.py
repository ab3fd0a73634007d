"""Prices that the operator names: of a model at an address of one's own, which no table knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hf_synth.config import GenerationConfig, ModelConfig
from hf_synth.config.model import PriceConfig
from hf_synth.config.names import known, near_miss
from hf_synth.errors import ConfigError
from hf_synth.executors.live import max_cost
from hf_synth.server.keys import Key

Prices = Mapping[str, tuple[float, float]]
"""By `PROVIDER:MODEL`: US dollars per million tokens, input and output."""


def read_price(text: str) -> tuple[str, tuple[float, float]]:
    """`openai:gpt-4o=2.5,10`.

    Raises:
        ConfigError: it is written otherwise, or there is no such provider: the price would be nobody's.
    """
    model, _, numbers = text.rpartition("=")
    try:
        given, made = (float(number) for number in numbers.split(","))
    except ValueError:
        given = made = -1.0
    if ":" not in model or not (0 <= given < float("inf") and 0 <= made < float("inf")):
        raise ConfigError(
            f"--price {text!r} is no price.",
            hint="Write PROVIDER:MODEL=INPUT,OUTPUT in US dollars per million tokens, such as openai:gpt-4o=2.5,10.",
        )
    provider, names = model.partition(":")[0], known("providers")
    if provider not in names:
        raise ConfigError(f"--price {text!r}: {provider!r} is no provider.{near_miss(provider, names)}")
    return model, (given, made)


def priced(config: GenerationConfig, prices: Prices) -> GenerationConfig:
    """A config whose models have the operator's prices, where it names none itself. Prices are part of no identity."""
    if not prices:
        return config
    models = {"generator": _priced(config.generator, prices)}
    if config.models.critic is not None:
        models["critic"] = _priced(config.models.critic, prices)
    return config.model_copy(update={"models": config.models.model_copy(update=models)})


def _priced(model: ModelConfig, prices: Prices) -> ModelConfig:
    price = prices.get(f"{model.provider}:{model.model}")
    if price is None or model.price is not None:
        return model
    return model.model_copy(update={"price": PriceConfig(input=price[0], output=price[1])})


def refuse_unpriced(key: Key, config: GenerationConfig, estimate: Mapping[str, Any]) -> None:
    """Say before a job waits that a cap on what cannot be counted is none.

    Raises:
        ConfigError: the key has a budget, or the job a cap, and the price of a model is not known.
    """
    unknown = [part["model"] for part in estimate["by_role"].values() if part["worst"]["cost"] is None]
    if not unknown or (key.budget is None and max_cost(config) is None):
        return
    why = "This key has a budget" if key.budget is not None else "max_cost is set"
    raise ConfigError(
        f"{why}, but the price of {' and '.join(dict.fromkeys(unknown))} is not known here.",
        hint="Name another model, or ask whoever runs this server to tell the price (hf-synth serve --price).",
    )
