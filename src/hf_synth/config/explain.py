"""Turns a pydantic error into one sentence that names the value, the place and the remedy."""

from __future__ import annotations

import re
import types
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from hf_synth.config.names import near_miss

_SECRET = re.compile(r"key|secret|password|authorization|base_url|(^|[._])token$", re.IGNORECASE)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if get_origin(annotation) in (Union, types.UnionType):
        return [model for part in get_args(annotation) for model in _models_in(part)]
    return [annotation] if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


def _fields_at(root: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    model = root
    for part in place:
        field = model.model_fields.get(str(part))
        inner = _models_in(field.annotation) if field else []
        if not inner:
            return []
        model = inner[0]
    return list(model.model_fields)


def _shown(place: str, value: Any) -> str:
    if _SECRET.search(place):
        return "(value not shown)"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def explain(error: ValidationError, root: type[BaseModel]) -> str:
    """One sentence per mistake, without a value that could be a key."""
    told: list[str] = []
    for problem in error.errors(include_url=False):
        loc = tuple(part for part in problem["loc"] if part != "[key]")
        place = ".".join(str(part) for part in loc)
        kind, message = problem["type"], problem["msg"]
        if kind == "extra_forbidden":
            names = _fields_at(root, loc[:-1])
            told.append(f"unknown field {place!r}.{near_miss(str(loc[-1]), names)}")
        elif kind == "missing":
            told.append(f"{place!r} is required and missing.")
        elif kind == "value_error":
            message = message.removeprefix("Value error, ")
            told.append(f"{place}: {message}" if place else message)
        else:
            told.append(f"{place}: {message}, but got {_shown(place, problem['input'])}.")
    return "Config: " + " ".join(dict.fromkeys(told))
