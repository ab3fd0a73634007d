"""Strings for fields of shapes that are not known by name: by what the field is called, else a few sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hf_synth.providers._template.draw import Draw
from hf_synth.providers._template.grammar import Grammar, person, shared_names
from hf_synth.providers._template.ideas import Aim, prompt

_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("email", ("email", "e-mail", "e_mail")),
    ("url", ("url", "uri", "website", "homepage")),
    ("date", ("date", "birthday")),
    ("code", ("_id", "identifier", "code", "number", "phone", "sku")),
    ("city", ("city", "town", "place", "location")),
    ("topic", ("title", "topic", "subject", "headline", "heading", "theme")),
    ("prompt", ("question", "prompt", "instruction", "query", "input", "request", "task", "problem")),
    ("name", ("full_name", "first_name", "person", "author", "customer", "speaker", "employee", "user_name")),
)
"""What a field holds, by parts of its name; the first that fits counts."""


@dataclass(frozen=True, slots=True)
class Words:
    """Where strings come from."""

    grammar: Grammar
    aim: Aim


def string(words: Words, draw: Draw, rules: Mapping[str, Any], name: str) -> str:
    """A string for the field `name` within the limits of its schema."""
    least = int(rules.get("minLength") or 0)
    most = rules.get("maxLength")
    text = _MAKERS[_kind(name, str(rules.get("description") or ""))](words, draw)
    while len(text) < least:
        text = f"{text} {draw.pick(words.grammar.tables['reason'])}"
    if most is None or len(text) <= most:
        return text
    return _cut(text, least, int(most))


def sentences(words: Words, draw: Draw) -> str:
    """A few sentences on the topic that say what they are."""
    tables = words.grammar.tables
    lead = draw.pick(tables["lead"]).format(topic=words.aim.topic)
    return f"{lead} {draw.pick(tables['step'])} {draw.pick(tables['reason'])} ({words.grammar.marker})"


def _kind(name: str, description: str) -> str:
    field = name.lower()
    if field in ("id", "name"):
        return "code" if field == "id" else "name"
    for text in (field, description.lower()):
        for kind, parts in _KINDS:
            if any(part in text for part in parts):
                return kind
    return "text"


_MAKERS: dict[str, Callable[[Words, Draw], str]] = {
    "email": lambda _, draw: f"{draw.pick(shared_names()['first']).lower()}.{10 + draw.below(90)}@example.org",
    "url": lambda _, draw: f"https://example.org/{10000 + draw.below(90000)}",
    "date": lambda _, draw: f"20{10 + draw.below(20)}-{1 + draw.below(12):02}-{1 + draw.below(28):02}",
    "code": lambda _, draw: str(10000 + draw.below(90000)),
    "city": lambda _, draw: draw.pick(shared_names()["cities"]),
    "topic": lambda words, _: words.aim.topic,
    "prompt": lambda words, draw: f"{prompt(words.grammar, draw, words.aim)} ({words.grammar.marker})",
    "name": lambda _, draw: person(draw),
    "text": sentences,
}


def _cut(text: str, least: int, most: int) -> str:
    """At the end of a sentence if one ends within the limits, else at the end of a word, else where it must be."""
    head = text[:most]
    for end in (". ", " "):
        place = head.rfind(end)
        if place > 0 and place + (end == ". ") >= least:
            return head[: place + 1].rstrip()
    return head
