"""Fills any plain JSON schema, for shapes that this provider does not know by name.

Knows objects, arrays, strings, numbers, booleans, null, `enum`, `const`, `anyOf`, `oneOf`, `allOf`, local `$ref`
and the limits of each. Strings are filled by what their field is called or described as.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any, cast

from hf_synth.providers._template.draw import Draw
from hf_synth.providers._template.strings import Words, string

_DEEP = 6
"""Levels below which optional parts are left out, so that a recursive schema comes to an end."""
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk through one schema."""

    words: Words
    draw: Draw
    root: Mapping[str, Any]

    def value(self, schema: Any, name: str = "", depth: int = 0) -> Any:
        """A value that fits the schema. `name` is the field it is for."""
        rules = self._resolved(schema, depth)
        if "const" in rules:
            return rules["const"]
        if rules.get("enum"):
            return self.draw.pick(rules["enum"])
        kind = rules.get("type") or _implied(rules)
        if isinstance(kind, list):
            kinds = [one for one in cast("list[str]", kind) if one != "null"]
            kind = self.draw.pick(kinds) if kinds else "null"
        make = self._makers().get(str(kind))
        return make(rules, name, depth) if make else None

    def _makers(self) -> dict[str, Callable[[Mapping[str, Any], str, int], Any]]:
        return {
            "object": self._object,
            "array": self._array,
            "string": lambda rules, name, _: string(self.words, self.draw, rules, name),
            "integer": lambda rules, _name, _depth: self._integer(rules),
            "number": lambda rules, _name, _depth: self._number(rules),
            "boolean": lambda _rules, _name, _depth: self.draw.below(2) == 1,
        }

    def _resolved(self, schema: Any, depth: int) -> dict[str, Any]:
        """The schema with references followed and one branch of each choice taken."""
        rules: dict[str, Any] = {**cast("Mapping[str, Any]", schema)} if isinstance(schema, Mapping) else {}
        for _ in range(_TRIES):
            if "$ref" in rules:
                rules = {**self._target(str(rules.pop("$ref"))), **rules}
            elif "allOf" in rules:
                for part in rules.pop("allOf"):
                    rules = _merged(rules, self._resolved(part, depth))
            elif branches := rules.pop("anyOf", None) or rules.pop("oneOf", None):
                rules = {**rules, **self._branch(branches, depth)}
            else:
                break
        return rules

    def _branch(self, branches: Sequence[Any], depth: int) -> dict[str, Any]:
        """Something rather than null, unless it is already deep."""
        empty = [branch for branch in branches if branch.get("type") == "null"]
        full = [branch for branch in branches if branch.get("type") != "null"]
        return dict(self.draw.pick(empty if empty and (depth > _DEEP or not full) else full))

    def _target(self, reference: str) -> dict[str, Any]:
        found: Any = self.root
        for part in reference.removeprefix("#").strip("/").split("/"):
            if part:
                key = part.replace("~1", "/").replace("~0", "~")
                found = found.get(key, {}) if isinstance(found, Mapping) else {}  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        return dict(cast("Mapping[str, Any]", found))

    def _object(self, rules: Mapping[str, Any], _name: str, depth: int) -> dict[str, Any]:
        fields: Mapping[str, Any] = rules.get("properties") or {}
        needed: set[str] = set(rules.get("required") or ())
        return {
            key: self.value(part, key, depth + 1) for key, part in fields.items() if depth <= _DEEP or key in needed
        }

    def _array(self, rules: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        least = int(rules.get("minItems") or 0)
        most = int(rules.get("maxItems", max(least, 3)))
        size = least if depth > _DEEP else min(max(least, 2 + self.draw.below(2)), most)
        fixed: Sequence[Any] = rules.get("prefixItems") or ()
        items: list[Any] = [self.value(part, name, depth + 1) for part in fixed]
        for _ in range(_TRIES * (size + 1)):
            if len(items) >= size:
                break
            item = self.value(rules.get("items") or {"type": "string"}, name, depth + 1)
            if not rules.get("uniqueItems") or item not in items:
                items.append(item)
        return items

    def _integer(self, rules: Mapping[str, Any]) -> int:
        step = int(rules.get("multipleOf") or 1)
        low, high = _limits(rules)
        first, last = ceil(low / step), floor(high / step)
        if low == rules.get("exclusiveMinimum") and first * step == low:
            first += 1
        if high == rules.get("exclusiveMaximum") and last * step == high:
            last -= 1
        return (first + self.draw.below(max(1, last - first + 1))) * step

    def _number(self, rules: Mapping[str, Any]) -> float:
        if rules.get("multipleOf"):
            step = rules["multipleOf"]
            low, high = _limits(rules)
            return self._integer({"minimum": ceil(low / step), "maximum": floor(high / step)}) * step
        low, high = _limits(rules)
        return low + (high - low) * (1 + self.draw.below(99)) / 100


def _limits(rules: Mapping[str, Any]) -> tuple[float, float]:
    lows = [rules[key] for key in ("exclusiveMinimum", "minimum") if key in rules]
    highs = [rules[key] for key in ("exclusiveMaximum", "maximum") if key in rules]
    low = max(lows) if lows else min(0, min(highs) - 100) if highs else 0
    return low, min(highs) if highs else low + 100


def _implied(rules: Mapping[str, Any]) -> str:
    """The type of a schema that names none."""
    if "properties" in rules:
        return "object"
    if "items" in rules or "prefixItems" in rules:
        return "array"
    return "number" if "minimum" in rules or "maximum" in rules else "string"


def _merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    both = {**first, **second}
    if "properties" in first and "properties" in second:
        both["properties"] = {**first["properties"], **second["properties"]}
        both["required"] = [*first.get("required", ()), *second.get("required", ())]
    return both
