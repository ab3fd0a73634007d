"""One JSON schema, as each service takes it.

Servers that enforce a schema know only a part of JSON Schema and refuse the rest. What they do not know is said
in the description instead, so that the model still reads it; our own validation checks all of it afterwards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from hf_synth.providers._json import items, table
from hf_synth.types import Json, Message, Shape

_TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")
_CLAUDE_FORMATS = frozenset(
    ("date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid")
)
_SILENT = frozenset(("title", "default", "examples", "discriminator"))
_FENCE = re.compile(r"```[A-Za-z0-9_-]*[ \t]*\r?\n(.*?)\r?\n?[ \t]*```", re.DOTALL)


class NotExpressibleError(ValueError):
    """The schema says what this dialect cannot enforce at all (a value of any type, say)."""


def strict(schema: Json) -> Json:
    """For OpenAI's `strict: True`: objects closed, every property required, bounds only in words.

    Raises:
        NotExpressibleError: a part of the schema has no type, or an object with free keys.
    """
    return _strict(schema, schema, ())


def claude(schema: Json) -> Json:
    """For Anthropic's `output_config`: what `anthropic.transform_schema` keeps, written here to load no SDK.

    Titles, which pydantic derives from names, are left out: they say nothing, and are paid for with every call.

    Raises:
        NotExpressibleError: a part of the schema has no type.
    """
    rest = dict(schema)
    kept: Json = {}
    if "$defs" in rest:
        kept["$defs"] = {name: claude(part) for name, part in rest.pop("$defs").items()}
    if "$ref" in rest:
        return kept | {"$ref": rest["$ref"]}
    kind = rest.pop("type", None)
    variants = {name: rest.pop(name, None) for name in ("anyOf", "oneOf", "allOf")}
    if items(kind):
        variants["anyOf"], kind = [{"type": one} for one in items(kind)], None
    for name in ("enum", "const"):
        if name in rest and all(_is_primitive(value) for value in (rest[name] if name == "enum" else [rest[name]])):
            kept[name], kind = rest.pop(name), None
    joined = next((name for name, parts in variants.items() if parts is not None), None)
    if joined:
        kept["allOf" if joined == "allOf" else "anyOf"] = [claude(part) for part in variants[joined]]
    elif kind is not None:
        kept["type"] = _known_type(kind)
    elif "enum" not in kept and "const" not in kept:
        raise NotExpressibleError(f"a schema without a type: {json.dumps(schema)[:80]}")
    rest.pop("title", None)
    kept |= {name: rest.pop(name) for name in ("description",) if name in rest}
    _claude_type(kind, rest, kept)
    return _in_words(kept, rest)


def _claude_type(kind: str | None, rest: Json, kept: Json) -> None:
    if kind == "object":
        kept["properties"] = {name: claude(part) for name, part in rest.pop("properties", {}).items()}
        kept["additionalProperties"] = False
        rest.pop("additionalProperties", None)
        if "required" in rest:
            kept["required"] = list(rest.pop("required"))
    elif kind == "array":
        if "items" in rest:
            kept["items"] = claude(rest.pop("items"))
        if rest.get("minItems") in (0, 1):
            kept["minItems"] = rest.pop("minItems")
    elif kind == "string" and rest.get("format") in _CLAUDE_FORMATS:
        kept["format"] = rest.pop("format")


def _strict(schema: Json, root: Json, inlined: tuple[str, ...]) -> Json:
    rest = {name: value for name, value in schema.items() if name not in _SILENT}
    kept: Json = {}
    if "$defs" in rest:
        kept["$defs"] = {name: _strict(part, root, ()) for name, part in rest.pop("$defs").items()}
    whole = _without_reference(rest, root, inlined)
    if whole is not None:
        return kept | whole
    variants = rest.pop("anyOf", None) or rest.pop("oneOf", None)
    if "const" in rest:
        rest["enum"] = [rest.pop("const")]
    if variants:
        kept["anyOf"] = [_strict(part, root, inlined) for part in variants]
    elif "type" in rest:
        kept["type"] = _known_type(rest.pop("type"))
    elif "enum" not in rest:
        raise NotExpressibleError(f"a schema without a type: {json.dumps(schema)[:80]}")
    kept |= {name: rest.pop(name) for name in ("description", "enum") if name in rest}
    if kept.get("type") == "object":
        kept |= _closed(rest, root, inlined)
    elif kept.get("type") == "array":
        kept["items"] = _strict(rest.pop("items", {}), root, inlined)
    return _in_words(kept, rest)


def _without_reference(rest: Json, root: Json, inlined: tuple[str, ...]) -> Json | None:
    """A `$ref` or a single `allOf` lowered, as pydantic writes nested models; `None` for anything else."""
    if "$ref" in rest:
        ref = str(rest.pop("$ref"))
        if not rest or ref in inlined:  # strict mode refuses anything beside a $ref
            return {"$ref": ref}
        return _strict(_resolve(root, ref) | rest, root, (*inlined, ref))
    if len(items(rest.get("allOf"))) == 1:
        return _strict(rest.pop("allOf")[0] | rest, root, inlined)
    return None


def _closed(rest: Json, root: Json, inlined: tuple[str, ...]) -> Json:
    if table(rest.pop("additionalProperties", None)):
        raise NotExpressibleError("an object with free keys")
    rest.pop("required", None)
    parts = {name: _strict(part, root, inlined) for name, part in rest.pop("properties", {}).items()}
    return {"properties": parts, "required": list(parts), "additionalProperties": False}


def _resolve(root: Json, ref: str) -> Json:
    found: Any = root
    for step in ref.removeprefix("#/").split("/"):
        found = table(found).get(step.replace("~1", "/").replace("~0", "~"))
    if not isinstance(found, Mapping):
        raise NotExpressibleError(f"a reference to nowhere: {ref}")
    return dict(table(cast(Any, found)))


def _known_type(kind: Any) -> Any:
    if all(one in _TYPES for one in items(kind) or [kind]):
        return kind
    raise NotExpressibleError(f"an unknown type: {kind!r}")


def _in_words(kept: Json, rest: Json) -> Json:
    if not rest:
        return kept
    words = "{" + ", ".join(f"{name}: {value}" for name, value in rest.items()) + "}"
    said = kept.get("description")
    return kept | {"description": words if said is None else f"{said}\n\n{words}"}


def _is_primitive(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def asked_in_words(messages: Sequence[Message], shape: Shape) -> tuple[Message, ...]:
    """The conversation with the schema in its first system message: for servers that do not enforce one.

    That message is the one all requests of a task share, and so it stays: they share the schema, too.
    """
    schema = json.dumps(_untitled(shape.schema), ensure_ascii=False, separators=(",", ":"))
    wish = f"Answer with one JSON object that fits this JSON schema: {schema}"
    if not messages or messages[0].role != "system":
        return (Message("system", wish), *messages)
    return (Message("system", f"{messages[0].content}\n\n{wish}"), *messages[1:])


def _untitled(schema: Any) -> Any:
    """A schema without the titles of its parts; names of properties are no keywords."""
    if not isinstance(schema, Mapping):
        return [_untitled(part) for part in items(schema)] if isinstance(schema, list) else schema
    kept = {name: part for name, part in table(schema).items() if name != "title"}
    for name, part in kept.items():
        named = name in ("properties", "$defs")
        kept[name] = {key: _untitled(one) for key, one in table(part).items()} if named else _untitled(part)
    return kept


def one_system(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The conversation with its leading system messages as one: many servers refuse a second."""
    leading = next((at for at, message in enumerate(messages) if message.role != "system"), len(messages))
    if leading < 2:
        return tuple(messages)
    return (Message("system", "\n\n".join(one.content for one in messages[:leading])), *messages[leading:])


def unfence(text: str) -> str:
    """The inside of a fenced code block, if the text is nothing but one."""
    bare = text.strip()
    fenced = _FENCE.fullmatch(bare)
    return fenced[1].strip() if fenced else bare
