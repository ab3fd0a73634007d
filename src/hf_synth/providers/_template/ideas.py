"""What is asked: a situation with figures, a task on the topic, and how the answer should be.

A text is a frame, a row of names of tables; one sentence of each is chosen independently, then the values are
put in, in one pass, so that a value can never be read as a pattern.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hf_synth.providers._template.draw import Draw
from hf_synth.providers._template.grammar import (
    CASUAL,
    FORMAL,
    Grammar,
    person,
    shared_names,
    tone_to_mention,
)

FRAMES: tuple[tuple[tuple[str, ...], ...], ...] = (
    (
        ("fact", "ask", "audience"),
        ("context", "fact", "ask", "audience"),
        ("fact", "ask", "audience", "form"),
        ("fact", "audience", "ask"),
        ("context", "fact", "audience", "ask"),
    ),
    (
        ("context", "fact", "obstacle", "ask", "audience", "form"),
        ("fact", "context", "goal", "audience", "ask", "form"),
        ("context", "obstacle", "fact", "ask", "form", "audience"),
        ("context", "fact", "goal", "ask", "audience", "form"),
        ("fact", "obstacle", "goal", "audience", "ask", "form"),
    ),
    (
        ("context", "fact", "obstacle", "goal", "ask", "second", "audience", "form"),
        ("fact", "context", "obstacle", "goal", "audience", "ask", "second", "form"),
        ("context", "obstacle", "fact", "ask", "second", "form", "audience"),
        ("context", "goal", "fact", "obstacle", "audience", "ask", "second", "form"),
    ),
)
"""By difficulty: the harder, the more has to be taken into account, and the more is asked for."""
_EASY = frozenset({"easy", "very easy", "simple", "basic", "beginner"})
_HARD = frozenset({"hard", "very hard", "difficult", "advanced", "expert", "challenging", "complex"})


@dataclass(frozen=True, slots=True)
class Aim:
    """What one idea should be about: the slot of the plan with its topic, in the words of the sentences."""

    topic: str
    domain: str
    task_type: str
    audience: str
    difficulty: str
    tone: str | None


def aim(grammar: Grammar, slot: Mapping[str, Any], topic: str, domain: str, tone: str | None) -> Aim:
    """The aim of a slot; runs of white space become one space, so that a text keeps its lines."""
    return Aim(
        topic=topic,
        domain=domain,
        task_type=" ".join(str(slot.get("task_type") or "").split()) or next(iter(grammar.tasks)),
        audience=" ".join(str(slot.get("audience") or "").split()) or grammar.tables["audiences"][0],
        difficulty=str(slot.get("difficulty") or ""),
        tone=tone,
    )


def rank(difficulty: str) -> int:
    """0 for easy, 1 for medium and what is not known, 2 for hard."""
    word = difficulty.strip().lower()
    return 0 if word in _EASY else 2 if word in _HARD else 1


def values(grammar: Grammar, draw: Draw, aim: Aim) -> dict[str, object]:
    """A value for every place in the sentences. A sentence of another kind has values of its own (`days2`)."""
    tables, below, pick = grammar.tables, draw.below, draw.pick
    return {
        "topic": aim.topic,
        "domain": aim.domain,
        "task_type": aim.task_type,
        "audience": aim.audience,
        "name": person(draw),
        "city": pick(shared_names()["cities"]),
        "day": pick(tables["days"]),
        "month": pick(tables["months"]),
        "objects": pick(tables["objects"]),
        "count": 40 + below(940),
        "order": 10000 + below(90000),
        "people": 3 + below(38),
        "days": 2 + below(29),
        "hours": 3 + below(46),
        "years": 2 + below(24),
        "pct": 5 + below(56),
        "small": 3 + below(7),
        "budget": 150 + 10 * below(980),
        "words": 60 + 20 * below(20),
        "week": 1 + below(52),
        "readers": 120 + 10 * below(900),
        "day2": pick(tables["days"]),
        "month2": pick(tables["months"]),
        "days2": 2 + below(29),
        "days3": 2 + below(29),
        "hours2": 3 + below(46),
        "hours3": 3 + below(46),
        "small2": 3 + below(7),
        "small3": 2 + below(5),
        "small4": 2 + below(5),
    }


def prompt(grammar: Grammar, draw: Draw, aim: Aim) -> str:
    """A task with its situation."""
    tables = grammar.tables
    asks = grammar.tasks.get(aim.task_type) or tables["ask"]
    frame = draw.pick(FRAMES[rank(aim.difficulty)])
    parts = [draw.pick(asks if name == "ask" else tables[name]) for name in frame]
    return fill(greeting(grammar, draw, aim.tone) + " ".join(parts), values(grammar, draw, aim))


def deeper(grammar: Grammar, draw: Draw, aim: Aim, text: str) -> str:
    """A task with one more obstacle in its way, and a second part."""
    tables = grammar.tables
    more = f"{draw.pick(tables['obstacle'])} {draw.pick(tables['second'])}"
    return f"{text} {fill(more, values(grammar, draw, aim))}"


def fill(pattern: str, places: Mapping[str, object]) -> str:
    """The sentences with their values; a person is called by the first name once introduced."""
    full = str(places["name"])
    before, name, after = pattern.format_map(places).partition(full)
    return before + name + after.replace(full, full.split(" ", 1)[0])


def system_prompt(grammar: Grammar, draw: Draw, aim: Aim) -> str:
    """Who the assistant is, whoever asks: one for all ideas of a draft."""
    tables, tone = grammar.tables, tone_to_mention(aim.tone)
    parts = [grammar.marker, draw.pick(tables["system"]), draw.pick(tables["system_more"])]
    if tone:
        parts.append(grammar.words["tone"])
    return " ".join(parts).format(domain=aim.domain, tone=tone)


def toned_prompt(grammar: Grammar, draw: Draw, aim: Aim) -> str:
    """A task that says the tone itself: no system prompt goes with it."""
    text, tone = prompt(grammar, draw, aim), tone_to_mention(aim.tone)
    return f"{text} {grammar.words['tone'].format(tone=tone)}" if tone else text


def prompt_space(grammar: Grammar, difficulty: str, task_type: str) -> int:
    """How many prompts differ in their sentences alone, for one topic and audience: no name, no number counted."""
    tables, asks = grammar.tables, grammar.tasks.get(task_type) or grammar.tables["ask"]
    total = 0
    for frame in FRAMES[rank(difficulty)]:
        product = 1
        for name in frame:
            product *= len(asks if name == "ask" else tables[name])
        total += product
    return total


def greeting(grammar: Grammar, draw: Draw, tone: str | None) -> str:
    """A first sentence in a formal or casual tone, with the space after it; empty for other tones."""
    word = (tone or "").strip().lower()
    table = "greet_casual" if word in CASUAL else "greet_formal" if word in FORMAL else ""
    return draw.pick(grammar.tables[table]) + " " if table else ""
