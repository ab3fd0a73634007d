"""Reads a config from whatever users hold: an object, a dict, keyword arguments, a YAML or JSON file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn, cast

import yaml
from pydantic import BaseModel

from hf_synth.config.model import GenerationConfig
from hf_synth.errors import ConfigError

ConfigLike = GenerationConfig | Mapping[str, Any] | str | Path


def is_remote(place: str | Path) -> bool:
    """Whether a recipe stands somewhere else than in a file of this machine."""
    return "://" in str(place)


def _what_and_where(error: Exception) -> str:
    """What a parser says, without the line it quotes: a key may stand in it."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}, line {error.lineno}, column {error.colno}"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{error.problem}, line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if not isinstance(error, yaml.YAMLError):
        return "it holds a value that cannot be"
    return "it holds a character that YAML does not allow"


def read_recipe(path: str | Path) -> dict[str, Any]:
    """The mapping a recipe file holds.

    Raises:
        ConfigError: no such file, not YAML or JSON, or not a mapping.
    """
    path = Path(path).expanduser()
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"Cannot read the recipe {str(path)!r}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"The recipe {str(path)!r} is not UTF-8 text.") from None
    return mapping_in(text, str(path), json_text=path.suffix == ".json")


def mapping_in(text: str, place: str, *, json_text: bool = False, aliases: bool = True) -> dict[str, Any]:
    """The mapping that the text of a recipe holds.

    Args:
        text: YAML, or JSON.
        place: where it stands, for messages.
        json_text: whether it is JSON.
        aliases: whether YAML may repeat a part by its name, with which a few lines can become gigabytes.

    Raises:
        ConfigError: not YAML or JSON, or not a mapping.
    """
    try:
        events = () if aliases or json_text else cast("Iterable[object]", yaml.parse(text))
        if any(isinstance(event, yaml.AliasEvent) for event in events):
            return _refused(f"The recipe {place!r} uses YAML aliases (*name). Write their values out.")
        data = json.loads(text) if json_text else yaml.safe_load(text)
    except ConfigError:
        raise
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a day that there is not, say
        raise ConfigError(f"The recipe {place!r} cannot be parsed: {_what_and_where(error)}.") from None
    if not isinstance(data, dict):
        raise ConfigError(f"The recipe {place!r} must hold fields such as 'schema: instruction_v1'.")
    return cast("dict[str, Any]", data)


def _refused(why: str) -> NoReturn:
    raise ConfigError(why)


def _as_dict(config: ConfigLike) -> dict[str, Any]:
    if isinstance(config, BaseModel):
        return config.model_dump(exclude_unset=True)
    if isinstance(config, Mapping):
        return dict(config)
    return read_recipe(config)


def _merged(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old: Any = merged.get(key)
        if key == "outline" and isinstance(old, list):
            old = cast("dict[str, Any]", {"topics": old})  # the short form
        if isinstance(old, dict) and isinstance(value, Mapping) and key != "splits":
            merged[key] = _merged(cast("dict[str, Any]", old), cast("Mapping[str, Any]", value))
        else:
            merged[key] = value
    return merged


def read_config(config: ConfigLike | None = None, /, **overrides: Any) -> GenerationConfig:
    """A checked config from any form users hold, with `overrides` merged in (nested mappings field by field).

    Args:
        config: a `GenerationConfig`, a mapping, or the path of a YAML or JSON recipe.
        overrides: fields that win over those of `config`; pydantic objects are taken too.

    Raises:
        ConfigError: see `GenerationConfig`.
    """
    if isinstance(config, GenerationConfig) and not overrides:
        return config
    plain = {k: v.model_dump(exclude_unset=True) if isinstance(v, BaseModel) else v for k, v in overrides.items()}
    return GenerationConfig(**_merged(_as_dict(config) if config is not None else {}, plain))
