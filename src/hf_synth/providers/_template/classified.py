"""What difficulty and tone a text has, read off the text: how many sentences a task has, how it greets.

A second look has to be one: it reads nothing of what was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hf_synth.providers._template.grammar import Grammar
from hf_synth.providers._template.ideas import FRAMES

_SENTENCE = re.compile(r"[.!?](?=\s|$)")
_DATA = re.compile(r"; |→")
_LEVELS = ("easy", "medium", "hard")
_FEWEST = tuple(min(map(len, frames)) for frames in FRAMES)
"""Sentences from which a task counts as of a level."""
_QUIZ = (0, 4, 6)
"""The same for the entries of a quiz's data."""


def classified(grammar: Grammar, schema: Mapping[str, Any], details: Mapping[str, Any]) -> dict[str, Any]:
    """`difficulty` and `tone`, as far as the shape has them: the nearest of its choices."""
    prompt = str(details.get("prompt") or "").replace(f"({grammar.marker})", "")
    entries = max((len(_DATA.findall(line)) + 1 for line in prompt.split("\n")[1:]), default=1)
    size, steps = (entries, _QUIZ) if entries > 1 else (len(_SENTENCE.findall(prompt)), _FEWEST)
    level = _LEVELS[max(0, sum(size >= step for step in steps) - 1)]
    fields: Mapping[str, Any] = schema.get("properties") or {}
    found: dict[str, Any] = {"difficulty": _among(fields.get("difficulty"), level)}
    if "tone" in fields:
        found["tone"] = _among(fields["tone"], _tone(grammar, prompt, str(details.get("tone") or "")))
    return found


def _among(field: Any, wanted: str) -> str:
    rules: Mapping[str, Any] = field or {}
    choices: list[str] = list(rules.get("enum") or [wanted])
    return wanted if wanted in choices else choices[0]


def _tone(grammar: Grammar, prompt: str, named: str) -> str:
    """Formal and casual wordings are told by their greeting; another tone by its name, which such a text says."""
    for tone, table in (("casual", "greet_casual"), ("formal", "greet_formal")):
        if prompt.startswith(tuple(grammar.tables[table])):
            return tone
    return named if named and named in prompt else "neutral"
