"""Reading JSON of strangers: anything may be missing, null or of another type."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, cast


def table(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return cast(Mapping[str, Any], value) if isinstance(value, Mapping) else {}


def items(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return cast(list[Any], value) if isinstance(value, list) else []


def count(value: Any, *path: str) -> int:
    """A number of tokens at a path of names; 0 where the server left it out or wrote null."""
    for name in path:
        value = table(value).get(name)
    return max(0, int(value)) if isinstance(value, int | float) and -inf < value < inf else 0


def whole(text: str) -> str:
    """The text with halves of surrogate pairs replaced: a model may send them, no file or request can hold them."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
