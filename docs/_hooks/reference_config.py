"""The fields of `GenerationConfig`: types, bounds and defaults from the model, meanings from tables and docstrings.

A field without a meaning stops the build. One that this version does not support yet says so instead; whether it does
is found out by asking for it.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from reference_docstrings import entries, parts
from reference_tables import Meaning, cell, table

from hf_synth.config import GenerationConfig
from hf_synth.errors import ConfigError
from hf_synth.registry import resolve

_PLAIN = {str: "text", int: "integer", float: "number", bool: "boolean", Any: "anything"}
_NOT_YET = "not in this version: anything but the default is a `ConfigError`"


class MeaningMissing(Exception):
    """A field that no table and no docstring tells about."""


def config_reference(meanings: Mapping[str, Meaning]) -> str:
    """A table of the fields at the top, then a section for each group of fields. A field's name is its anchor.

    Args:
        meanings: what `reference_tables.meanings_of` found; what it lacks is taken from the docstring of the model.

    Raises:
        MeaningMissing: neither tells about a field.
    """
    homes: dict[type[BaseModel], str] = {}
    for place, model in _groups(GenerationConfig):
        homes.setdefault(model, place)
    sections: list[str] = []
    for model, prefix in homes.items():
        rows = [*_rows(prefix, prefix, model, meanings, homes)]
        heading = f"## `{prefix}` {{ #{prefix} }}\n\n{_lead(model)}\n\n" if prefix else ""
        sections.append(heading + table(["field", "meaning", "type", "default"], rows))
    return "\n\n".join(sections)


def _groups(model: type[BaseModel], place: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Each model with the place of its fields, in order; those that hold nothing but groups are passed over."""
    inner = {name: _model_of(field.annotation) for name, field in model.model_fields.items()}
    if not all(inner.values()):
        yield place, model
    for name, found in inner.items():
        if found is not None:
            yield from _groups(found, _joined(place, name))


def _rows(
    home: str,
    prefix: str,
    model: type[BaseModel],
    meanings: Mapping[str, Meaning],
    homes: Mapping[type[BaseModel], str],
) -> Iterator[list[str]]:
    noted = dict(entries(parts(model.__doc__ or "").get("Attributes", "")))
    for name, field in model.model_fields.items():
        place = _joined(prefix, name)
        inner = _model_of(field.annotation)
        if inner is not None and inner not in homes:
            yield from _rows(home, place, inner, meanings, homes)
            continue
        told = meanings.get(place, Meaning("", ""))
        text = told.text or field.description or noted.get(name) or (_lead(inner) if inner else _unbuilt(place, field))
        if not text:
            raise MeaningMissing(
                f"no table of README.md or of a page says what {place} means. Add a row (field, default, meaning)."
            )
        shown = place.removeprefix(f"{home}.")
        if inner is not None:
            anchor = f"{{ #{place} }}" if homes[inner] != place else ""
            yield [f"`{shown}`{anchor}", text.removesuffix("."), f"[mapping](#{homes[inner]})", told.default or "—"]
        else:
            kind = ", ".join([kind_of(field.annotation), *_bounds(field)])
            default = _default(field) or told.default or "—"
            yield [f"`{shown}`{{ #{place} }}", text.removesuffix("."), cell(kind), cell(default)]


def _joined(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _lead(model: type[BaseModel]) -> str:
    """The first paragraph of its docstring."""
    return " ".join(parts(model.__doc__ or "")[""].partition("\n\n")[0].split())


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, types.UnionType):
        return next(filter(None, map(_model_of, get_args(annotation))), None)
    return None


def kind_of(annotation: Any) -> str:
    """A type in words, as someone who writes YAML would say it."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind_of(inner[0])
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inner)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(kind_of(part) for part in inner if part is not type(None)))
    if origin in (list, dict):
        return f"list of {_plural(inner[0])}" if origin is list else f"mapping of {' to '.join(map(_plural, inner))}"
    return annotation.__name__.lower() if _model_of(annotation) else _PLAIN.get(annotation, "value")


def _plural(annotation: Any) -> str:
    kinds = [kind for kind in kind_of(annotation).split(" or ") if not kind.startswith("`")]
    return " or ".join(re.sub(r"^(\w+)", r"\1s", kind) for kind in kinds)


def _bounds(field: FieldInfo) -> Iterator[str]:
    rules = {
        rule: getattr(one, rule)
        for one in field.metadata
        for rule in ("ge", "gt", "le", "lt", "min_length")
        if getattr(one, rule, None) is not None
    }
    if "ge" in rules and "le" in rules:
        yield f"{rules['ge']:g} to {rules['le']:g}"
        return
    for rule, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
        if rule in rules:
            yield f"{words} {rules[rule]:g}"
    if "min_length" in rules:
        yield "not empty"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value in (None, "", PydanticUndefined):
        return ""
    if isinstance(value, float):
        return f"{value:g}"
    shown = json.dumps(value).replace('"', "")
    return f"`{shown}`" if isinstance(value, str | list | dict) else shown


def _unbuilt(place: str, field: FieldInfo) -> str | None:
    """That a field is known and refused, found out by asking for it."""
    group, _, name = place.rpartition(".")
    value = next(iter(reversed(get_args(field.annotation))), None) if get_origin(field.annotation) is Literal else "x"
    value = ["http://localhost:8000/v1"] if kind_of(field.annotation).startswith("list") else value
    asked = {group: {name: value}} if group else {name: value}
    try:
        config = GenerationConfig(schema="instruction_v1", domain="x", models={"generator": "offline"}, **asked)
        resolve(config, {})
    except ConfigError as error:
        return _NOT_YET if "not supported by this version" in str(error) else None
    return None
