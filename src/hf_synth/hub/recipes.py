"""Recipes that travel: what of a config is written for others, and what of a stranger's recipe is read.

Both go by one list of what decides the rows. How a run is done, where it is sent, with which key and at what price is
the business of whoever pays, so it is neither published nor taken from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

import yaml

from hf_synth.config import GenerationConfig
from hf_synth.config.names import built_in
from hf_synth.config.outline import PARTS
from hf_synth.config.quality import Quality
from hf_synth.config.read import mapping_in
from hf_synth.errors import ConfigError
from hf_synth.sources._files import local

ENDING = ".synth.yaml"
FOLDER = "hf_synth"
"""What stands beside the rows of a repo is in a folder of its own: pushing rows, `datasets` empties theirs."""
LONGEST = 256 * 1024
"""Characters of a recipe that is read from elsewhere."""
_PLAIN = ("schema", "domain", "count", "tier", "guidance", "examples", "splits", "seed", "view", "license")
_CONSTRAINTS = ("language", "tone", "difficulty", "max_tokens")
_SOURCE = ("path", "name", "column", "split", "passage_characters")
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def records_of(config_name: str) -> str:
    """Where the records of a config stand in a repo."""
    return f"{FOLDER}/{config_name}/records.jsonl.gz"


def is_hub_name(path: Any) -> bool:
    """Whether a path is written like a dataset of the Hub, `OWNER/NAME`."""
    return isinstance(path, str) and _HUB_NAME.fullmatch(path) is not None and ".." not in path


def shareable(recipe: Mapping[str, Any], *, own: bool = False) -> tuple[dict[str, Any], list[str]]:
    """What of a recipe decides its rows, and the names of the fields that are left out.

    Kept are fields of content, with schemas, providers and checks of this package and datasets of the Hub alone.

    Args:
        recipe: its fields.
        own: whether it was made here, so that a source which exists here was read from here, whatever it is called:
            whoever takes such a name on the Hub would be read by others.
    """
    left: list[str] = []
    kept = {name: recipe[name] for name in _PLAIN if recipe.get(name) is not None}
    if "schema" in kept and kept["schema"] not in built_in("schemas"):
        left.append("schema")
        del kept["schema"]
    nested = {
        "models": _models(recipe.get("models"), left),
        "constraints": _fields("constraints", recipe.get("constraints"), _CONSTRAINTS, left),
        "outline": _outline(recipe.get("outline"), left),
        "source": _source("source", recipe.get("source"), left, own=own),
        "quality": _quality(recipe.get("quality"), left, own=own),
    }
    left += sorted(str(name) for name in recipe if name not in (*_PLAIN, *nested))
    return {**kept, **{name: part for name, part in nested.items() if part}}, left


def _fields(place: str, value: Any, allowed: tuple[str, ...], left: list[str]) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        left.append(place)
        return {}
    fields = cast("Mapping[str, Any]", value)
    left += [f"{place}.{name}" for name, given in fields.items() if name not in allowed and given not in (None, {}, [])]
    return {name: fields[name] for name in allowed if fields.get(name) is not None}


def _models(value: Any, left: list[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for role, model in _fields("models", value, ("generator", "critic"), left).items():
        short: Any = model
        if isinstance(model, Mapping):
            short = ":".join(map(str, _fields(f"models.{role}", model, ("provider", "model"), left).values()))
        if isinstance(short, str) and short.partition(":")[0] in built_in("providers"):
            kept[role] = short
        else:
            left.append(f"models.{role}")
    return kept


def _outline(value: Any, left: list[str]) -> Any:
    return cast("Any", value) if isinstance(value, list) else _fields("outline", value, PARTS, left)


def _source(place: str, value: Any, left: list[str], *, own: bool) -> dict[str, Any]:
    if value is None:
        return {}
    fields: Any = {"path": value} if isinstance(value, str) else value
    path = cast("Mapping[str, Any]", fields).get("path") if isinstance(fields, Mapping) else None
    if not is_hub_name(path) or (own and local(path) is not None):
        left.append(place)
        return {}
    return _fields(place, fields, _SOURCE, left)


def _quality(value: Any, left: list[str], *, own: bool) -> dict[str, Any]:
    fields = _fields("quality", value, (*Quality.model_fields, *built_in("checks")), left)
    texts: Any = fields.pop("decontaminate", [])
    listed = cast("list[Any]", texts if isinstance(texts, list) else [texts])
    public = [_source(f"quality.decontaminate.{number}", one, left, own=own) for number, one in enumerate(listed)]
    kept = [source for source in public if source]
    return {**fields, "decontaminate": kept} if kept else fields


def published(config: GenerationConfig) -> tuple[dict[str, Any], list[str]]:
    """What of one's own config is written for others, and the names of the fields that are left out."""
    return shareable(config.model_dump(mode="json", exclude_unset=True, exclude_none=True), own=True)


def recipe_text(config: GenerationConfig) -> tuple[str | None, list[str]]:
    """The recipe of a config for others, as YAML, and what is left out of it; no text where its schema is not ours."""
    kept, left = published(config)
    if "schema" not in kept:
        return None, left
    head = "# A recipe of hf_synth, for load_dataset or hf-synth generate.\n"
    if left:
        head += f"# Left out, because it does not travel: {', '.join(left)}.\n"
    return head + yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=100), left


def read_shared(text: str, place: str) -> tuple[dict[str, Any], list[str]]:
    """What may be taken of a recipe that comes from elsewhere, and the names of the fields that are not.

    Args:
        text: the YAML or JSON, which is only ever parsed safely.
        place: where it stands, for messages.

    Raises:
        ConfigError: it is too long or no mapping; or without what would be left out its rows would be others: a
            schema that is not of this package, a source that is no dataset of the Hub.
    """
    if len(text) > LONGEST:
        raise ConfigError(f"The recipe {place!r} has {len(text):,} characters; at most {LONGEST:,} are read.")
    kept, left = shareable(mapping_in(text, place, json_text=place.endswith(".json"), aliases=False))
    if "schema" not in kept:
        raise ConfigError(
            f"The recipe {place!r} names no schema of hf_synth: {', '.join(built_in('schemas'))}.",
            hint="Plug-ins are not taken from a recipe of the Hub: copy it and load your copy.",
        )
    sources = [name for name in left if name.startswith(("source", "quality.decontaminate"))]
    if sources:
        raise ConfigError(
            f"The recipe {place!r}: {sources[0]} is not read from elsewhere, as only datasets of the Hub are.",
            hint="Nothing on this machine is read for a stranger's recipe: copy it, and load your copy.",
        )
    return kept, left


def sources_in(recipe: Mapping[str, Any]) -> Iterator[str]:
    """Names of the Hub datasets that a recipe reads which passed `read_shared`."""
    quality = cast("Mapping[str, Any]", recipe.get("quality", {}))
    for source in (recipe.get("source"), *cast("list[Any]", quality.get("decontaminate", []))):
        if source:
            yield str(source["path"])
