"""Finds plug-ins by their public names: a file of ours, else an entry point of another package."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, cast

from hf_synth.config.names import Kind, built_in, known, near_miss
from hf_synth.errors import ConfigError
from hf_synth.protocols import Check, ProviderKind, Schema

_EXPORTS: dict[Kind, tuple[str, str]] = {
    "schemas": ("hf_synth.schemas", "SCHEMA"),
    "providers": ("hf_synth.providers", "PROVIDER"),
    "checks": ("hf_synth.quality", "CHECK"),
}


def _load(kind: Kind, name: str) -> Any:
    package, attribute = _EXPORTS[kind]
    if name in built_in(kind):
        return getattr(import_module(f"{package}.{name}"), attribute, None)
    for point in entry_points(group=f"hf_synth.{kind}", name=name):
        try:
            return point.load()
        except Exception as error:
            raise ConfigError(
                f"The {kind[:-1]} {name!r}, registered as {point.value!r}, cannot be loaded: "
                f"{type(error).__name__}: {error}."
            ) from error
    raise ConfigError(f"{name!r} is no {kind[:-1]}.{near_miss(name, known(kind))}")


@cache
def schema(name: str) -> Schema:
    """The schema of a public name.

    Raises:
        ConfigError: there is none, or the package that registered it cannot be loaded.
    """
    return cast("Schema", _load("schemas", name))


@cache
def provider_kind(name: str) -> ProviderKind:
    """The provider of a public name. Raises ConfigError as `schema` does."""
    return cast("ProviderKind", _load("providers", name))


def checks() -> list[Check]:
    """All checks that judge a candidate by itself, in order of name; files without `CHECK` are not among them."""
    found = (_load("checks", name) for name in known("checks"))
    return [cast("Check", check) for check in found if check is not None]
