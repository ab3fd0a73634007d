"""Answers in plain text, as thorough as the style asks, never longer than allowed, always whole sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hf_synth.providers._template.draw import Draw
from hf_synth.providers._template.grammar import Grammar
from hf_synth.providers._template.ideas import rank

LEVELS: tuple[tuple[str, ...], ...] = (
    ("vague", "superficial", "hasty", "sloppy", "weak", "careless", "shallow", "poor", "rushed"),
    ("brief", "short", "concise", "terse", "direct", "quick", "minimal", "compact"),
    ("plain", "balanced", "neutral", "simple", "ordinary", "conversational", "friendly"),
    ("step", "structured", "example", "practical", "list", "organised", "organized", "clear"),
    ("thorough", "detail", "complete", "careful", "depth", "exhaustive", "expert", "comprehensive"),
)
"""Words in a style that tell how thorough a response should be."""
_USUAL = 2
_LIST_FROM = 1200
"""Bytes below which a numbered list would break off after its first items: prose is written instead."""
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be answered."""

    prompt: str
    topic: str
    difficulty: str
    style: str


def level_of(style: str) -> int:
    """How thorough a response in this style is, 0 to 4. Unknown styles are spread over the levels by digest."""
    said = style.strip().lower()
    if not said:
        return _USUAL
    for level in (4, 3, 1, 0, 2):
        if any(word in said for word in LEVELS[level]):
            return level
    return Draw(said).below(len(LEVELS))


def respond(grammar: Grammar, draw: Draw, question: Question, max_tokens: int) -> str:
    """A response that says it is template text and fits into `4 * max_tokens` bytes.

    Sentences are added while they fit, so that a small limit gives a short answer and not a broken one.
    """
    tables, level = grammar.tables, level_of(question.style)
    budget = 4 * max_tokens
    lead = draw.pick(tables["lead"]).format(topic=question.topic)
    start = f"{grammar.marker} {draw.pick(grammar.openers[level])}"
    if _bytes(start) + _bytes(lead) + 1 > budget:
        lead = draw.pick(tables["lead_short"])
    rest = _body(grammar, draw, question, level)
    numbered = level >= 3 and budget >= _LIST_FROM
    text, left, item = start, budget - _bytes(start), 0
    for kind, sentence in [("prose", lead), *rest]:
        glue = " "
        if numbered and kind == "step":
            item += 1
            glue = f"\n{item}. "
        elif numbered and item and kind == "prose":
            glue = "\n"
        left -= len(glue) + _bytes(sentence)
        if left < 0:
            break
        text += glue + sentence
    return text if _bytes(text) <= budget else grammar.marker


def _body(grammar: Grammar, draw: Draw, question: Question, level: int) -> list[tuple[str, str]]:
    """What follows the first sentences, the most useful part first: `step`, `reason` of a step, or `prose`."""
    tables, hard = grammar.tables, rank(question.difficulty)
    parts: list[tuple[str, str]] = []
    if level == 0:
        return [("prose", draw.pick(tables["reason"]))]
    if level >= _USUAL:
        numbers = dict.fromkeys(_NUMBER.findall(question.prompt))
        if len(numbers) > 1:
            figures = ", ".join(list(numbers)[:4])
            parts.append(("prose", draw.pick(tables["figures"]).format(figures=figures)))
    steps = draw.sample(tables["step"], (0, 1 + hard // 2, 2 + hard, 3 + hard, 4 + hard)[level])
    reasons: Sequence[str] = draw.sample(tables["reason"], len(steps)) if level == 4 else ()
    for place, step in enumerate(steps):
        parts.append(("step", step))
        if reasons:
            parts.append(("reason", reasons[place]))
    if level >= 3:
        parts.append(("prose", draw.pick(tables["check"])))
    if level == 4 or hard == 2:
        parts.append(("prose", draw.pick(tables["caveat"])))
    if level >= _USUAL:
        parts.append(("prose", draw.pick(tables["close"])))
    return parts


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
