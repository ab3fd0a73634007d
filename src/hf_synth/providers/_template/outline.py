"""Topics, kinds of task, audiences, styles and criteria of a domain."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import count
from math import gcd
from typing import Any

from hf_synth.providers._template.draw import Draw
from hf_synth.providers._template.grammar import Grammar

_FEW = 6
_CRITERIA = 3
_LONGEST_DOMAIN = 40
"""A longer domain would drown the topic and is left out of titles."""


def outline(grammar: Grammar, draw: Draw, domain: str, details: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the plan is built from: `details['topics']` new titles, and some of each other part."""
    wanted = int(details.get("topics") or 10)
    known = {str(title).casefold() for title in details.get("known") or ()}
    return {
        "topics": titles(grammar, draw, domain, wanted, known),
        "task_types": draw.sample(tuple(grammar.tasks), _FEW),
        "audiences": draw.sample(grammar.tables["audiences"], _FEW),
        "styles": draw.sample(grammar.tables["styles"], _FEW),
        "criteria": draw.sample(grammar.tables["criteria"], _CRITERIA),
    }


def title_space(grammar: Grammar) -> int:
    """How many different titles a domain has before they are numbered."""
    tables = grammar.tables
    return len(tables["aspects"]) * len(tables["subjects"]) * len(tables["situations"])


def titles(grammar: Grammar, draw: Draw, domain: str, wanted: int, known: Collection[str]) -> list[str]:
    """New titles, all different. `known` holds those to avoid, casefolded.

    A walk with a stride that shares no factor with the space meets every title once before any returns, so no
    list of what was already offered is needed; a second round is numbered.
    """
    space = title_space(grammar)
    place, stride = draw.below(space), 1 + draw.below(space - 1)
    while gcd(stride, space) != 1:
        stride += 1
    found: list[str] = []
    for step in count():
        if len(found) >= wanted:
            break
        title = _title(grammar, domain, (place + step * stride) % space)
        if step >= space:
            title += ", " + grammar.words["part"].format(n=1 + step // space)
        if title.casefold() not in known:
            found.append(title)
    return found


def _title(grammar: Grammar, domain: str, number: int) -> str:
    tables = grammar.tables
    number, aspect = divmod(number, len(tables["aspects"]))
    situation, subject = divmod(number, len(tables["subjects"]))
    pattern = grammar.words["title" if len(domain) <= _LONGEST_DOMAIN else "title_plain"]
    title = pattern.format(
        domain=domain,
        aspect=tables["aspects"][aspect],
        subject=tables["subjects"][subject],
        situation=tables["situations"][situation],
    )
    return title[:1].upper() + title[1:]
