"""From a request to the text of its answer: which task it is, and what it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from hf_synth.providers._template.classified import classified
from hf_synth.providers._template.draw import Draw
from hf_synth.providers._template.grammar import Grammar, grammar_for, spoken_domain
from hf_synth.providers._template.ideas import Aim, aim, deeper, prompt, system_prompt, toned_prompt
from hf_synth.providers._template.outline import outline
from hf_synth.providers._template.quiz import quiz_idea
from hf_synth.providers._template.responses import Question, respond
from hf_synth.providers._template.solver import solve
from hf_synth.providers._template.strings import Words
from hf_synth.providers._template.verdict import judge
from hf_synth.providers._template.walker import Walk
from hf_synth.types import Brief, Request

_IDEAS: dict[str, tuple[str, Callable[[Grammar, Draw, Aim], Any]]] = {
    "instruction_v1": ("instructions", prompt),
    "preference_v1": ("prompts", toned_prompt),
    "eval_v1": ("ideas", quiz_idea),
}
"""By schema: the field of a draft that holds its ideas, and how one is made."""
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode
_NO_BRIEF = Brief(task="", domain="", language="en")


def answer(request: Request) -> str:
    """The text of the answer, a function of the request alone.

    Raises:
        RequestInvalid: the language is not one of ours.
    """
    brief = request.brief or _NO_BRIEF
    details = brief.details
    tone = _text(details, "tone")
    grammar = grammar_for(brief.language, tone)
    if brief.task == "judge" and request.shape is not None:
        scores = judge(grammar, _text(details, "prompt"), _text(details, "first"), _text(details, "second"))
        return _ENCODE(_shaped(request, grammar, Draw("judge"), scores))
    if brief.task == "answer" and request.shape is None:
        found = solve(grammar, _text(details, "input"))
        if found is not None:
            return found
    draw = _draw(request, brief)
    if request.shape is None:
        return _plain(grammar, draw, brief, request.max_tokens)
    domain = spoken_domain(grammar.language, brief.domain)
    made: dict[str, Any] = {}
    if brief.task == "outline":
        made = {**outline(grammar, draw, domain, details)}
    elif brief.task in ("draft", "deepen"):
        made = _draft(request, grammar, draw, brief, domain)
    elif brief.task == "classify":
        made = classified(grammar, request.shape.schema, details)
    elif brief.task == "compare":
        made = {"verdict": "same" if _text(details, "one").strip() == _text(details, "other").strip() else "different"}
    return _ENCODE(_shaped(request, grammar, draw, made))


def _draw(request: Request, brief: Brief) -> Draw:
    """Choices that depend on all that tells this request from others."""
    said = [message.content for message in request.messages]
    details = brief.details
    told = [_text(details, key) for key in ("schema", "topic", "tone", "difficulty", "style", "prompt", "input")]
    return Draw(brief.task, brief.domain, brief.language, str(request.seed), str(request.max_tokens), *told, *said)


def _plain(grammar: Grammar, draw: Draw, brief: Brief, max_tokens: int) -> str:
    details = brief.details
    question = Question(
        prompt=_text(details, "prompt") or _text(details, "input"),
        topic=_line(_text(details, "topic")) or spoken_domain(grammar.language, brief.domain),
        difficulty=_text(details, "difficulty"),
        style=_text(details, "style"),
    )
    return respond(grammar, draw, question, max_tokens)


def _draft(request: Request, grammar: Grammar, draw: Draw, brief: Brief, domain: str) -> dict[str, Any]:
    """One idea for each slot, and the system prompt they share; a third party's ideas are filled by their schema."""
    details, tone = brief.details, _text(brief.details, "tone")
    topic = _line(_text(details, "topic")) or domain
    field, make = _IDEAS.get(_text(details, "schema"), ("ideas", None))
    given = [str(text) for text in details.get("texts") or ()]
    root = request.shape.schema if request.shape else {}
    part: Any = root.get("properties", {}).get("ideas", {}).get("items", {})
    found: list[Any] = []
    for number, slot in enumerate(details.get("slots") or ()):
        goal = aim(grammar, slot, topic, domain, tone)
        stream = draw.child(str(number), goal.difficulty, goal.task_type, goal.audience, _text(slot, "style"))
        if number < len(given) and make is not quiz_idea:
            found.append(deeper(grammar, stream, goal, given[number]))
        elif make is not None:
            found.append(make(grammar, stream, goal))
        else:
            found.append(Walk(Words(grammar, goal), stream, root).value(part, "idea", 1))
    system = system_prompt(grammar, draw.child("system"), aim(grammar, {}, topic, domain, tone))
    return {field: found, "system_prompt": system}


def _shaped(request: Request, grammar: Grammar, draw: Draw, made: Mapping[str, Any]) -> Any:
    """What was made, cut down to the fields of the shape; the walker fills those nobody made."""
    schema = request.shape.schema if request.shape else {}
    fields = cast("Mapping[str, Any]", schema.get("properties") or {})
    if fields and fields.keys() <= made.keys():
        return {name: made[name] for name in fields}
    brief = request.brief or _NO_BRIEF
    domain = spoken_domain(grammar.language, brief.domain)
    details = brief.details
    goal = aim(grammar, details, _line(_text(details, "topic")) or domain, domain, _text(details, "tone"))
    walk = Walk(Words(grammar, goal), draw, schema)
    if not fields:
        return walk.value(schema)
    return {name: made[name] if name in made else walk.value(part, name, 1) for name, part in fields.items()}


def _text(details: Mapping[str, Any], key: str) -> str:
    value = details.get(key)
    return "" if value is None else str(value)


def _line(text: str) -> str:
    """The text on one line: a topic of several lines would break a sentence, and a quiz."""
    return " ".join(text.split())
