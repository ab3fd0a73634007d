"""Row models and views to the `Features` of `datasets`: types come from the schema, nowhere else."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Any, cast

import datasets
from pydantic import BaseModel

from hf_synth.protocols import Schema

_TYPES = {str: "string", float: "float64", int: "int64", bool: "bool"}


def _list_of(feature: Any) -> Any:
    return datasets.List(feature) if hasattr(datasets, "List") else [feature]  # `List` came with datasets 4


def feature_of(annotation: Any) -> Any:
    """The feature of a type: a text, a number, a list or a nested model."""
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is list:
        return _list_of(feature_of(arguments[0]))
    if typing.get_origin(annotation) is typing.Literal:
        return feature_of(type(arguments[0]))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {name: feature_of(field.annotation) for name, field in annotation.model_fields.items()}
    return datasets.Value(_TYPES[annotation])


def _sample(annotation: Any) -> Any:
    """A value of a type, to see what a view makes of it."""
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is list:
        return [_sample(arguments[0])]
    if typing.get_origin(annotation) is typing.Literal:
        return arguments[0]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {name: _sample(field.annotation) for name, field in annotation.model_fields.items()}
    return {str: "x", float: 1.0, int: 1, bool: True}[annotation]


def _feature_of_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _feature_of_value(item) for name, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list):
        return _list_of(_feature_of_value(cast("list[Any]", value)[0]))
    return datasets.Value(_TYPES[type(value)])


def features(schema: Schema, view: str) -> datasets.Features:
    """The columns of a schema, in order, as the view hands them out."""
    if view == "trl":
        return datasets.Features(_feature_of_value(schema.trl(_sample(schema.row))))
    return datasets.Features(feature_of(schema.row))


class _Marked(datasets.Features):
    """Features whose Arrow schema, and so every Parquet file that `datasets` writes by it, carries marks."""

    marks: Mapping[str, str]

    @classmethod
    def of(cls, plain: datasets.Features, marks: Mapping[str, str]) -> _Marked:
        marked = cls(plain)
        marked.marks = marks
        return marked

    @property
    def arrow_schema(self) -> Any:
        plain = cast("Any", super().arrow_schema)
        return plain.with_metadata({**(plain.metadata or {}), **self.marks})

    def reorder_fields_as(self, other: Any) -> _Marked:
        return self.of(super().reorder_fields_as(other), self.marks)

    def __reduce__(self) -> Any:
        return (_Marked.of, (datasets.Features(self), dict(self.marks)))


def marked(dataset: datasets.Dataset, marks: Mapping[str, str]) -> datasets.Dataset:
    """The same rows; Parquet files written of them carry `marks` in their metadata (`pq.read_schema(…).metadata`)."""
    made = dataset.with_format(**cast("dict[str, Any]", dataset.format))
    made.info.features = _Marked.of(made.features, marks)
    return made


def shown(schema: Schema, view: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A native row as the view hands it out."""
    return schema.trl(row) if view == "trl" else dict(row)
