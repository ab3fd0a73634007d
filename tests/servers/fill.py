"""A value for any JSON schema: what a plausible model would answer. Same seed, same value."""

from __future__ import annotations

import hashlib
import json
import random
import re
from typing import Any

_WORDS = (
    "account anchor apple border bridge candle carbon cargo castle cellar circle copper cotton danger delta desert "
    "dinner dragon engine fabric falcon filter flower forest garden glacier granite harbor hammer island jacket "
    "kernel ladder lantern ledger lemon marble market meadow method mirror module mountain needle ocean orchard "
    "oxygen packet paper pepper pillow planet pocket prairie quartz rabbit ribbon river rocket saddle salmon scale "
    "shadow signal silver spider spring station summer temple thread ticket timber tunnel valley velvet violin "
    "voyage walnut water whisper window winter yellow zipper"
).split()
_IN_WORDS = re.compile(r"\b(minLength|maxLength|minItems|maxItems|minimum|maximum)\b: (-?\d+(?:\.\d+)?)")
_DEEPEST = 12


def seed_of(body: Any) -> str:
    """A name for a request: another body is another name."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def sentence(random_: random.Random, words: int = 12) -> str:
    """A sentence of dictionary words with a number, so that two of them are never near-duplicates."""
    chosen = [random_.choice(_WORDS) for _ in range(words)]
    return " ".join(chosen).capitalize() + f" {random_.randrange(10_000)}."


def fill(schema: dict[str, Any], seed: str) -> Any:
    """A value that fits the schema, bounds included: also those that a lowered schema only has in words."""
    return _value(schema, schema, random.Random(seed), 0)


def _value(schema: dict[str, Any], root: dict[str, Any], random_: random.Random, depth: int) -> Any:
    if "$ref" in schema:
        found: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return _value({**found, **{k: v for k, v in schema.items() if k != "$ref"}}, root, random_, depth + 1)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return random_.choice(schema["enum"])
    for name in ("anyOf", "oneOf", "allOf"):
        if schema.get(name):
            parts = [part for part in schema[name] if part.get("type") != "null"]
            return _value((parts or schema[name])[0], root, random_, depth + 1)
    kind = schema.get("type", "string")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    return _of_type(kind, schema | _bounds(schema), root, random_, depth)


def _of_type(kind: str, schema: dict[str, Any], root: dict[str, Any], random_: random.Random, depth: int) -> Any:
    match kind:
        case "object":
            return {name: _value(part, root, random_, depth + 1) for name, part in schema.get("properties", {}).items()}
        case "array":
            least = int(schema.get("minItems", 1))
            most = int(schema.get("maxItems", max(least, 3)))
            count = 0 if depth > _DEEPEST else random_.randint(least, max(least, most))
            return [_value(schema.get("items", {}), root, random_, depth + 1) for _ in range(count)]
        case "integer":
            return random_.randint(*(int(bound) for bound in _range(schema)))
        case "number":
            return round(random_.uniform(*_range(schema)), 3)
        case "boolean":
            return random_.random() < 0.5
        case "null":
            return None
        case _:
            return _text(schema, random_)


def _range(schema: dict[str, Any]) -> tuple[float, float]:
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    return low, max(low, schema.get("maximum", schema.get("exclusiveMaximum", low + 10)))


def _text(schema: dict[str, Any], random_: random.Random) -> str:
    least, most = int(schema.get("minLength", 0)), int(schema.get("maxLength", 10_000))
    text = sentence(random_)
    while len(text) < least:
        text += " " + sentence(random_)
    return text[:most]


def _bounds(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: float(value) for name, value in _IN_WORDS.findall(str(schema.get("description", "")))}
