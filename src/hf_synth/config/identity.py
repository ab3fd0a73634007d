"""The two identities of a config: canonical JSON, hashed. The same on every Python, machine and day."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Identities:
    """`journal` names the answers, `dataset` the rows made of them: 64 hexadecimal digits each."""

    journal: str
    dataset: str


def _canonical(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value).items()
        return {unicodedata.normalize("NFC", key): _canonical(item) for key, item in items}
    if isinstance(value, Sequence):
        return [_canonical(item) for item in cast("Sequence[Any]", value)]
    return value


def unpaired(value: Any, place: str = "") -> str | None:
    """Where a text holds half of a surrogate pair, which UTF-8 cannot write; `None` where none does."""
    if isinstance(value, str):
        return place if any("\ud800" <= character <= "\udfff" for character in value) else None
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value).items()
    elif isinstance(value, Sequence):
        items = enumerate(cast("Sequence[Any]", value))
    for name, item in items:
        inside = f"{place}.{name}" if place else str(name)
        found = unpaired(str(name), place) if unpaired(str(name)) is not None else unpaired(item, inside)
        if found is not None:
            return found
    return None


def digest(value: Any) -> str:
    """SHA-256 of a JSON value: sorted keys, NFC strings, no NaN. 64 hexadecimal digits.

    Raises:
        ValueError: the value holds NaN or an infinity, which JSON cannot say.
    """
    text = json.dumps(_canonical(value), sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
