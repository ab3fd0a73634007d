"""One schema, as each service takes it."""

from __future__ import annotations

import enum
import json
from typing import Annotated, Any, Literal

import anthropic
import pytest
from pydantic import BaseModel, Field

from hf_synth.providers._lowering import NotExpressibleError, asked_in_words, claude, one_system, strict, unfence
from hf_synth.types import Message, Shape

_REFUSED = {
    "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf", "minItems", "maxItems", "uniqueItems", "default", "title", "oneOf", "allOf", "const", "examples",
}  # fmt: skip


class Level(enum.Enum):
    EASY = "easy"
    HARD = "hard"


class Inner(BaseModel):
    """An inner thing."""

    name: str = Field(min_length=2, max_length=40, pattern="^[a-z]+$")
    score: Annotated[float, Field(ge=0, le=10)] = 5.0


class Tree(BaseModel):
    label: str
    children: list[Tree] = []


class Outer(BaseModel):
    title: str = Field(description="A title.", max_length=80)
    level: Level = Field(Level.EASY, description="How hard.")
    kind: Literal["a"] = "a"
    inner: Inner = Field(description="The one inside.")
    others: list[Inner] = Field(min_length=3, max_length=5)
    either: Inner | None = None
    number: int | str = 0
    when: str = Field("", json_schema_extra={"format": "date"})
    odd: str = Field("", json_schema_extra={"format": "odd"})
    tree: Tree
    flag: bool = True


MODELS = [Inner, Tree, Outer]


def _every(schema: Any) -> list[dict[str, Any]]:
    """All schemas inside a schema, itself included: names of properties are no keywords."""
    found = [schema]
    for name in ("properties", "$defs"):
        for part in schema.get(name, {}).values():
            found += _every(part)
    for name in ("anyOf", "allOf"):
        for part in schema.get(name, []):
            found += _every(part)
    return found + (_every(schema["items"]) if "items" in schema else [])


@pytest.mark.parametrize("model", MODELS)
def test_strict_mode_gets_nothing_it_refuses(model: type[BaseModel]) -> None:
    for part in _every(strict(model.model_json_schema())):
        assert not _REFUSED & set(part)
        if part.get("type") == "object":
            assert part["additionalProperties"] is False
            assert part["required"] == list(part["properties"])
        if "$ref" in part:
            assert set(part) <= {"$ref", "$defs"}


def test_bounds_that_strict_mode_drops_are_told_in_words() -> None:
    lowered = strict(Outer.model_json_schema())
    assert lowered["properties"]["title"]["description"] == "A title.\n\n{maxLength: 80}"
    assert lowered["properties"]["others"]["description"] == "{maxItems: 5, minItems: 3}"
    assert "pattern: ^[a-z]+$" in lowered["$defs"]["Inner"]["properties"]["name"]["description"]


def test_a_description_beside_a_reference_is_kept() -> None:
    lowered = strict(Outer.model_json_schema())
    assert lowered["properties"]["inner"]["description"] == "The one inside."
    assert lowered["properties"]["inner"]["type"] == "object"
    assert lowered["properties"]["level"]["enum"] == ["easy", "hard"]


def test_a_recursive_schema_ends() -> None:
    schema = Tree.model_json_schema()
    schema["$defs"]["Tree"]["properties"]["best"] = {"$ref": "#/$defs/Tree", "description": "The best child."}
    assert "#/$defs/Tree" in str(strict(schema))


def _untitled(schema: dict[str, Any]) -> dict[str, Any]:
    for part in _every(schema):
        part.pop("title", None)
    return schema


@pytest.mark.parametrize("model", MODELS)
def test_claude_gets_what_its_own_sdk_would_send_without_the_titles(model: type[BaseModel]) -> None:
    assert claude(model.model_json_schema()) == _untitled(anthropic.transform_schema(model))


def test_a_field_called_title_is_no_title() -> None:
    assert "title" in claude(Outer.model_json_schema())["properties"]
    words = asked_in_words((), Shape("outer", Outer.model_json_schema()))[0].content
    told = json.loads(words[words.index("{") :])
    assert told["properties"]["title"] == {"description": "A title.", "maxLength": 80, "type": "string"}
    assert "title" not in told


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 1, "maximum": 10, "description": "A number"},
        {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3},
        {"type": "array", "items": {"type": "string"}, "minItems": 2},
        {"oneOf": [{"type": "string", "format": "email"}, {"const": 3}], "title": "T"},
        {"allOf": [{"type": "string", "format": "odd"}]},
        {"enum": ["a", 1, None], "type": "string"},
        {"$ref": "#/$defs/X", "$defs": {"X": {"type": "object", "additionalProperties": {"type": "string"}}}},
        {"type": "object", "properties": {"a": {"type": "null"}}, "required": ["a"], "minProperties": 1},
    ],
    ids=str,
)
def test_claude_gets_what_its_own_sdk_would_send_for_raw_schemas(schema: dict[str, Any]) -> None:
    assert claude(schema) == _untitled(anthropic.transform_schema(schema))


@pytest.mark.parametrize("lower", [strict, claude])
@pytest.mark.parametrize("schema", [{}, {"description": "x"}, {"type": "array"}, {"type": "thing"}], ids=str)
def test_what_no_server_can_enforce_is_said(lower: Any, schema: dict[str, Any]) -> None:
    if lower is claude and schema.get("type") == "array":
        return  # its SDK sends it
    with pytest.raises(NotExpressibleError):
        lower({"type": "object", "properties": {"x": schema}})


def test_free_keys_are_not_made_a_closed_and_empty_object() -> None:
    with pytest.raises(NotExpressibleError):
        strict({"type": "object", "additionalProperties": {"type": "string"}})


@pytest.mark.parametrize("lower", [strict, claude])
def test_the_schema_itself_is_left_alone(lower: Any) -> None:
    schema = Outer.model_json_schema()
    lower(schema)
    assert schema == Outer.model_json_schema()


SHAPE = Shape("s", {"type": "object", "properties": {"größe": {"type": "string"}}})


def test_words_join_the_system_message_that_requests_share() -> None:
    messages = (Message("system", "one"), Message("system", "two"), Message("user", "u"))
    told = asked_in_words(messages, SHAPE)
    assert told[1:] == messages[1:]
    assert told[0].content.startswith("one\n\nAnswer with one JSON object that fits this JSON schema: {")
    assert "größe" in told[0].content


def test_leading_system_messages_become_one_and_later_ones_stay() -> None:
    system, user = Message("system", "one"), Message("user", "u")
    both = Message("system", "one\n\ntwo")
    assert one_system((system, Message("system", "two"), user, system)) == (both, user, system)
    assert one_system((system, user)) == (system, user)
    assert one_system((user, system)) == (user, system)
    assert one_system(()) == ()


def test_words_make_a_system_message_where_there_is_none() -> None:
    assert [message.role for message in asked_in_words((Message("user", "u"),), SHAPE)] == ["system", "user"]


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ('{"a": 1}', '{"a": 1}'),
        (' \n{"a": 1}\n ', '{"a": 1}'),
        ('```json\n{"a": 1}\n```', '{"a": 1}'),
        ('```\n{"a": 1}```', '{"a": 1}'),
        ('```JSON\r\n{"a": 1}\r\n```\n', '{"a": 1}'),
        ('{"a": "```json\\n1\\n```"}', '{"a": "```json\\n1\\n```"}'),
        ('```json\n{"a": "```"}\n```', '{"a": "```"}'),
        ('Here it is: ```json\n{"a": 1}\n```', 'Here it is: ```json\n{"a": 1}\n```'),
        ('```json\n{"a": 1}', '```json\n{"a": 1}'),
        ("", ""),
    ],
)
def test_only_a_fence_around_the_whole_is_taken_off(text: str, bare: str) -> None:
    assert unfence(text) == bare
