"""The tiers and what is known of their models. The table itself is `tiers.toml`: data, not code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from hf_synth.errors import ModelNotFound


@dataclass(frozen=True, slots=True)
class Tier:
    """A name for a model: `list_price` is US dollars per 1,000 delivered rows, as advertised."""

    name: str
    provider: str
    model: str
    schemas: tuple[str, ...]
    list_price: float


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """`retires`: the day the provider announced to switch the model off, `None` if it announced none."""

    retires: date | None = None
    successor: str | None = None


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(files("hf_synth").joinpath("tiers.toml").read_text("utf-8"))


@cache
def _table() -> tuple[dict[str, Tier], dict[str, ModelFacts]]:
    raw = _file()
    tiers = {
        name: Tier(name, row["provider"], row["model"], tuple(row["schemas"]), float(row["list_price"]))
        for name, row in raw["tiers"].items()
    }
    models = {name: ModelFacts(row.get("retires"), row.get("successor")) for name, row in raw["models"].items()}
    return tiers, models


def tiers() -> dict[str, Tier]:
    """All tiers by name, cheapest first."""
    return _table()[0]


def facts(model: str) -> ModelFacts:
    """What is known of a model; nothing for one that is not in the table."""
    return _table()[1].get(model, ModelFacts())


def tiers_offering(schema: str) -> tuple[str, ...]:
    """Names of the tiers that offer a schema."""
    return tuple(tier.name for tier in tiers().values() if schema in tier.schemas)


def terms(provider: str) -> str | None:
    """The address of a provider's own terms; `None` where it is not in the table."""
    return _file()["terms"].get(provider)


def refuse_retired(model: str, today: date) -> None:
    """Raise before the first call rather than at it.

    Raises:
        ModelNotFound: `today` is the day the model is switched off, or later; names a successor.
    """
    known = facts(model)
    if known.retires is None or today < known.retires:
        return
    named_by = [tier.name for tier in tiers().values() if tier.model == model]
    place = f"tier {named_by[0]!r}" if named_by else "models"
    successor = f" Its successor is {known.successor!r}: set models.generator to it." if known.successor else ""
    raise ModelNotFound(
        f"{place}: the provider announced to switch model {model!r} off on {known.retires.isoformat()}.",
        hint=f"{successor} A dataset that is finished still loads.".strip(),
    )
