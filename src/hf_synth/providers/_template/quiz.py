"""Questions that can be worked out from their own text.

A quiz has fixed lines: what it is about, the data, the question, the marker, and perhaps options. The data are
values (`Marta: 17; Omar: 23.`) or an order (`intake → review → release.`).
"""

from __future__ import annotations

from typing import Any

from hf_synth.providers._template.draw import Draw
from hf_synth.providers._template.grammar import Grammar, shared_names
from hf_synth.providers._template.ideas import Aim, fill, greeting, rank, values
from hf_synth.providers._template.solver import NUMERIC, Fact, work_out

LETTERS = "ABCD"
_VALUE_OPERATIONS = (
    ("value", "max", "min", "sum", "gap"),
    ("sum", "gap", "more", "less", "top2", "above", "min"),
    ("times", "less", "more", "above", "top2", "gap"),
)
_ORDER_OPERATIONS = (
    ("first", "last", "next", "before"),
    ("next", "before", "length", "between"),
    ("between", "before", "next", "length"),
)
_SIZES = (3, 5, 7)
_RANGES = ((2, 30), (10, 99), (20, 480))
_OPTIONS_IN = 4
"""One question in so many has options."""
_METRICS = {
    "numeric": ["numeric", "exact_match"],
    "list": ["f1", "factual_accuracy"],
    "value": ["exact_match", "contains"],
    "order": ["exact_match", "factual_accuracy"],
    "option": ["multiple_choice", "exact_match"],
}


def quiz_idea(grammar: Grammar, draw: Draw, aim: Aim) -> dict[str, Any]:
    """`input`, `options` (empty unless it is one of choice), `ideal_output` and `metrics`."""
    hard, tables = rank(aim.difficulty), grammar.tables
    about_values = draw.below(3) > 0
    fact = _values(draw, hard) if about_values else _order(grammar, draw, hard)
    ideal = work_out(fact)
    style = "numeric" if fact.operation in NUMERIC else "list" if fact.operation == "above" else ""
    options: list[str] = []
    if style != "list" and draw.below(_OPTIONS_IN) == 0:
        options = _options(draw, fact, ideal)
    form = "answer_option" if options else "answer_number" if style == "numeric" else "answer_words"
    question = draw.pick(grammar.questions[fact.operation])
    if style != "list":
        question += " " + draw.pick(tables[form])
    intro = draw.pick(tables["quiz"]) + " " + draw.pick(tables["quiz_values" if about_values else "quiz_order"])
    lines = [
        fill(greeting(grammar, draw, aim.tone) + intro, values(grammar, draw, aim)),
        fact.data(),
        question.format(k=fact.number, target=fact.target),
        f"({grammar.marker})",
    ]
    return {
        "input": "\n".join(lines),
        "options": options,
        "ideal_output": ideal,
        "metrics": list(_METRICS["option" if options else style or ("value" if about_values else "order")]),
    }


def _values(draw: Draw, hard: int) -> Fact:
    """Labels with different numbers, and an operation on them."""
    names = shared_names()
    labels = draw.sample(names["cities" if draw.below(3) == 0 else "first"], _SIZES[hard])
    low, high = _RANGES[hard]
    numbers: list[int] = []
    while len(numbers) < len(labels):
        number = low + draw.below(high - low)
        if number not in numbers:
            numbers.append(number)
    operation, number = draw.pick(_VALUE_OPERATIONS[hard]), 0
    if operation == "above":
        number = sorted(numbers)[draw.below(len(numbers) - 1)]
    elif operation == "less":
        number = 1 + draw.below(sum(numbers) - 1)
    elif operation in ("more", "times"):
        number = 2 + draw.below(high)
    return Fact(operation, tuple(labels), tuple(numbers), number, draw.pick(labels))


def _order(grammar: Grammar, draw: Draw, hard: int) -> Fact:
    """A sequence of steps, and an operation on it."""
    steps = draw.sample(grammar.tables["stages"], _SIZES[hard] + 1 + draw.below(2))
    operation = draw.pick(_ORDER_OPERATIONS[hard])
    low, high = {"next": (0, len(steps) - 1), "before": (1, len(steps))}.get(operation, (2, len(steps)))
    return Fact(operation, tuple(steps), (), 0, steps[low + draw.below(high - low)])


def _options(draw: Draw, fact: Fact, ideal: str) -> list[str]:
    """The right answer among wrong ones of its kind, in random order."""
    if fact.operation in NUMERIC:
        right = int(ideal)
        near = [right + shift for shift in (-10, -3, -2, -1, 1, 2, 3, 10) if right + shift >= 0]
        wrong = [str(number) for number in draw.sample(near, len(LETTERS) - 1)]
    else:
        wrong = draw.sample([label for label in fact.labels if label != ideal], len(LETTERS) - 1)
    return draw.sample([ideal, *wrong], len(LETTERS))
