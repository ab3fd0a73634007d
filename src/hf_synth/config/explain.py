"""Turns a pydantic error into one sentence that names the value, the place and the remedy."""

from __future__ import annotations

import re
import types
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from hf_synth.config.names import near_miss

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SECRET = re.compile(r"key|secret|password|authorization|base_url|(^|[._])token$", re.IGNORECASE)
# The second form is looked for where a word begins, alone: at every letter, long words would take quadratic time.
_KEYS = re.compile(r"\b(?:sk-|sk_|gsk_|xai-|hf_|AIza)[\w-]{12,}|(?<![\w-])(?=[\w-]*\d)[\w-]{32,}")
_MEMBER = re.compile(r"str|int|float|bool|(?:list|dict)\[.*")  # what pydantic adds to the place: a part of a union
_OBJECT = re.compile(r"a valid dictionary or (?:instance|object) .*")  # pydantic's words for a model of ours
_HIDDEN = "(value not shown)"
_MOST = 20  # mistakes that are told: a machine can make 100,000 of them
_UNQUOTED = (bool, int, float, date)  # what YAML makes of `no`, `3` and `2027-01-14`


def masked(text: str) -> str:
    """A text without what looks like a key."""
    return _KEYS.sub(_HIDDEN, text)


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
        return _HIDDEN
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _unions_joined(problems: Sequence[ErrorDetails]) -> list[tuple[tuple[int | str, ...], str, str, Any]]:
    """Place, type, message and input of each mistake: what the parts of a union say of one value is one mistake."""
    told: dict[Any, tuple[tuple[int | str, ...], str, str, Any]] = {}
    for number, problem in enumerate(problems):
        loc = tuple(part for part in problem["loc"] if part != "[key]")
        kind, message = problem["type"], problem["msg"]
        of_union = len(loc) > 1 and kind != "extra_forbidden" and _MEMBER.fullmatch(str(loc[-1]))
        key: Any = loc[:-1] if of_union else number
        if key in told:
            message = f"{told[key][2]} or {message.removeprefix('Input should be ')}"
        told[key] = (loc[:-1] if of_union else loc, kind, message, problem["input"])
    return list(told.values())


def explain(error: ValidationError, root: type[BaseModel]) -> str:
    """One sentence per mistake, without a value that could be a key."""
    told: list[str] = []
    mistakes = _unions_joined(error.errors(include_url=False))
    for loc, kind, message, value in mistakes[:_MOST]:
        place = ".".join(str(part) for part in loc)
        if kind == "extra_forbidden":
            names = _fields_at(root, loc[:-1])
            told.append(f"unknown field {place!r}.{near_miss(str(loc[-1]), names)}")
        elif kind == "missing":
            told.append(f"{place!r} is required and missing.")
        elif kind == "value_error":
            plain = message.removeprefix("Value error, ")
            told.append(f"{place}: {plain}" if place else plain)
        else:
            said = _OBJECT.sub("a mapping of fields", message)
            quote = " Put it in quotes." if kind == "string_type" and isinstance(value, _UNQUOTED) else ""
            told.append(f"{place}: {said}, but got {_shown(place, value)}.{quote}")
    if len(mistakes) > _MOST:
        told.append(f"And {len(mistakes) - _MOST:,} more mistakes.")
    return masked("Config: " + " ".join(dict.fromkeys(told)))
