"""Puts our part into a card that others write in, too: their words, their fields and other configs stay.

What we wrote last time is known, so each field is merged three ways: what differs from it was changed by somebody else,
and is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from huggingface_hub import DatasetCard

_LICENCE = ("license", "license_name", "license_link")


def merged(
    card: str | None, name: str, body: str, fields: Mapping[str, Any], before: Mapping[str, Any], others: Sequence[Any]
) -> str:
    """The text of a card with our part of one config in it.

    Args:
        card: the text of the card there is, `None` where there is none.
        name: of the config.
        body: Markdown about it.
        fields: YAML fields it calls for; lists are added to those of others.
        before: the fields it called for when it was last written; empty the first time.
        others: the fields that our other configs in this repo call for.
    """
    made = DatasetCard(card if card is not None and card.startswith("---") else f"---\n{{}}\n---\n{card or ''}")
    _merge_fields(made, fields, before, others)
    made.text = _placed(made.text, name, body)
    return str(made)


def _merge_fields(
    card: DatasetCard, fields: Mapping[str, Any], before: Mapping[str, Any], others: Sequence[Mapping[str, Any]]
) -> None:
    has: dict[str, Any] = card.data.to_dict()
    licensed_by_others = any(has.get(key) != before.get(key) for key in _LICENCE if has.get(key) is not None)
    for key in dict.fromkeys((*fields, *before)):
        now, new, was = has.get(key), fields.get(key), before.get(key)
        if isinstance(new, list) or isinstance(was, list):
            wanted_elsewhere = [value for other in others for value in _listed(other.get(key))]
            gone = [value for value in _listed(was) if value not in (*_listed(new), *wanted_elsewhere)]
            kept = [value for value in _listed(now) if value not in gone]
            added = [value for value in _listed(new) if value not in (*kept, *_listed(was))]  # not what others took out
            setattr(card.data, key, [*kept, *added] or None)
        elif key in _LICENCE:
            if not licensed_by_others:
                setattr(card.data, key, new)
        elif now == was:
            setattr(card.data, key, new)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def marked(name: str, body: str) -> str:
    """Our part of a card between the marks by which it is found again. A text in it that looks like one is broken."""
    body = body.replace("<!-- hf_synth:", "<!-- hf_synth :")
    return f"<!-- hf_synth:begin {name} -->\n{body.strip()}\n<!-- hf_synth:end {name} -->"


def _placed(text: str, name: str, body: str) -> str:
    part = marked(name, body)
    begin, end = re.escape(f"<!-- hf_synth:begin {name} -->"), re.escape(f"<!-- hf_synth:end {name} -->")
    if "\r\n" in text:
        part = part.replace("\n", "\r\n")
    found = re.search(rf"{begin}(?:(?!{begin}).)*?{end}", text, re.DOTALL)
    if found:
        return text[: found.start()] + part + text[found.end() :]
    return f"{text.rstrip()}\n\n{part}\n"
