"""The columns of a dataset, told: name, type, meaning and unit. Meanings come from the row model of its schema."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping
from typing import Any, cast

from pydantic import BaseModel

from hf_synth.protocols import Schema

_MESSAGES = "messages, each with role and content"
_TRL = {
    "prompt": f"{_MESSAGES}: what is asked",
    "completion": f"{_MESSAGES}: the answer",
    "chosen": f"{_MESSAGES}: the response that the critic preferred in both orders",
    "rejected": f"{_MESSAGES}: the other response",
    "critic_score_chosen": "points from 0 to 10, the mean over both orders",
    "critic_score_rejected": "points from 0 to 10, less than the chosen one's",
    "critic_reasoning": "what the critic said of the chosen and the rejected response",
}


def columns(schema: Schema, view: str, features: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Name, type and meaning of each column there is; what was added after the rows were generated has no meaning."""
    meanings = {name: field.description or "" for name, field in schema.row.model_fields.items()}
    if view == "trl":
        meanings |= _TRL
    nested = {
        f"{name}.{inner}": field.description or ""
        for name, outer in schema.row.model_fields.items()
        for inner, field in _inside(outer.annotation).items()
    }
    for name, feature in features.items():
        known = meanings.get(name)
        yield name, type_of(feature), "not made by hf_synth" if known is None else known
        if isinstance(feature, dict) and known is not None:
            for inner, part in cast("dict[str, Any]", feature).items():
                yield f"{name}.{inner}", type_of(part), nested.get(f"{name}.{inner}", "")


def _inside(annotation: Any) -> dict[str, Any]:
    made = isinstance(annotation, type) and not typing.get_args(annotation) and issubclass(annotation, BaseModel)
    return dict(cast("type[BaseModel]", annotation).model_fields) if made else {}


def type_of(feature: Any) -> str:
    """The type of a column in the words of `datasets`: `string`, `float64`, `list of string`, `struct`."""
    if isinstance(feature, list):
        return f"list of {type_of(cast('list[Any]', feature)[0])}"
    inner = getattr(feature, "feature", None)
    if inner is not None:
        return f"list of {type_of(inner)}"
    if isinstance(feature, Mapping):
        return "struct"
    return str(getattr(feature, "dtype", None) or type(feature).__name__)
