"""A model that writes as much as such models write for our prompts, so that what a row costs can be counted.

Lengths are the whole point; `LENGTHS` tells them. They follow what the prompt asks for: where it allows 25 words,
these are never exceeded and about three quarters are used; the form of a slot decides how long its instruction is.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from _texts import ADVICE, NAMES, NOUNS, TROUBLES, WISHES, sum_item

from hf_synth.engine.plan import STYLES

WORDS_BY_FORM = {"short": 0.4, "compar": 0.75, "wrong": 0.9}
"""Words of an instruction by a word of its form, as a share of the longest; of all other forms `OTHER_FORMS`."""
OTHER_FORMS = 0.95
UNBOUNDED = 44  # words of the longest instructions where the prompt sets no bound
REPEATED, REFUSED, UNCLEAR = 50, 100, 0.15  # one idea in 50, one response in 100, a share of pairs
LENGTHS = (
    "Instructions: 0.4 of the words allowed for the short form, 0.75 for comparisons, 0.9 for troubles, 0.95 for the "
    "others, ± 15 %, none above the bound. Items of eval: about 35 words. A system prompt: 12 words where one short "
    "sentence is asked for, else 26. An assessment: three quarters of the words allowed, else 30. Responses: the length"
    " given, ± 25 %. Of the ideas 2 % repeat one, of the responses 1 % are refusals, of the items of eval 1 % have a "
    "wrong answer; of the pairs judged 15 % are a tie."
)
_TASKS = {"topics": "outline", "first_score": "judge", "difficulty": "classify", "verdict": "compare"}
"""What is asked for, by a field of its schema."""
_FORM = re.compile(r"^\d+[.)] .*?([^;:]+)$", re.MULTILINE)
_MOST_WORDS = re.compile(r"at most (\d+) words")
_PAIR = re.compile(r"<first_response>\n(.*)\n</first_response>\n<second_response>\n(.*)\n</second_response>", re.DOTALL)
_SUM = re.compile(r"packs (\d+) boxes in the morning\D+(\d+) more\D+(\d+) of them")
_OPENINGS = {"with care": "To begin with the reasons,", "quickly": "In short,", "steps": "Step by step,"}
_SCORES = {"To begin with the reasons,": 8.5, "In short,": 5.5, "Step by step,": 7.0}
_BACKGROUND = (
    "We ship about 400 orders a day and half of them leave before noon. The night shift has two people fewer than last "
    "year, the nearest branch is an hour away, and our largest customer wants an answer by the end of this week. "
    "Money is short, so whatever we decide must pay for itself within a few months and must not stop the work."
).split()
_KINDS = "explain, compare options, write a plan, find a cause, summarise, give advice".split(", ")
_PEOPLE = "a new worker, a shift leader, a site manager, a delivery driver, an accountant, a customer".split(", ")
_NEEDS = (
    "without experience, with little time, who has to decide, who knows the routes, who checks costs, who waits"
).split(", ")
_CRITERIA = ["steps that are safe and can be carried out", "figures used correctly", "costs and risks are named"]
_ASSESSED = (
    "It names the right steps in a sensible order and gives a reason for most of them, but says little about the cost "
    "of a delay or who should decide. The tone is right and the advice can be followed as it stands."
).split()


@dataclass(frozen=True)
class Asked:
    """What a request of either API asks."""

    api: str
    task: str
    schema: str
    system: str
    user: str
    marked: str
    """The part of `system` up to the last `cache_control`."""
    messages: int


def read(body: Mapping[str, Any]) -> Asked:
    """A request of either API."""
    system = body.get("system") or []
    blocks = [{"text": system}] if isinstance(system, str) else system
    texts = [block["text"] for block in blocks] + [m["content"] for m in body["messages"] if m["role"] == "system"]
    marks = [number for number, block in enumerate(blocks, 1) if "cache_control" in block]
    enforced = (body.get("response_format") or {}).get("json_schema") or (body.get("output_config") or {}).get("format")
    schema = json.dumps(enforced["schema"], separators=(",", ":")) if enforced else ""
    joined, user = "\n\n".join(texts), "\n".join(m["content"] for m in body["messages"] if m["role"] == "user")
    if not schema:
        task = "answer" if "final answer alone" in joined else "respond"
    else:
        task = next((task for mark, task in _TASKS.items() if f'"{mark}"' in schema), "draft")
    messages = sum(m["role"] != "system" for m in body["messages"]) + bool(texts)
    api = "anthropic" if body["model"].startswith("claude") else "openai"
    return Asked(api, task, schema, joined, user, "\n\n".join(texts[: max(marks, default=0)]), messages)


class Writer:
    """Answers. `tokens`: mean length of a response, four characters each."""

    def __init__(self, tokens: int) -> None:
        self._tokens = tokens
        self._ideas = self._responses = 0

    def __call__(self, asked: Asked) -> str:
        """The text of the answer."""
        lot = random.Random(blake2b(f"{asked.system}\0{asked.user}".encode()).digest())
        if asked.task == "respond":
            return self._response(asked, lot)
        if asked.task == "answer":
            figures = _SUM.search(asked.user)
            if figures is None:
                return lot.choice(ADVICE)
            morning, later, shipped = map(int, figures.groups())
            return str(morning + later - shipped)
        made = _MADE.get(asked.task, self._draft)(asked, lot)
        return json.dumps(made, separators=(",", ":"))

    def _response(self, asked: Asked, lot: random.Random) -> str:
        self._responses += 1
        if self._responses % REFUSED == 0:
            return "I'm sorry, but I can't help with that request."
        opening = next((said for word, said in _OPENINGS.items() if word in asked.system), "Here is what helps.")
        size = round(4 * self._tokens * lot.uniform(0.75, 1.25))
        text = f"{opening} note the state of hall {lot.randrange(9999)} at {lot.randrange(6, 22)} o'clock."
        while len(text) < size:
            text += f" {lot.choice(ADVICE)}"
        return text[:size].rsplit(" ", 1)[0] + "."

    def _draft(self, asked: Asked, lot: random.Random) -> dict[str, Any]:
        fields = json.loads(asked.schema)["properties"]
        allowed = int(found[1]) if (found := _MOST_WORDS.search(asked.system)) else UNBOUNDED
        texts: list[Any] = []
        for form in _FORM.findall(asked.user):
            self._ideas += 1
            repeated, wrong = self._ideas % REPEATED == 0, self._ideas % REFUSED == 1
            item = '"ideal_output"' in asked.schema
            texts.append(_item(lot, repeated, wrong) if item else _question(form, allowed, lot, repeated))
        if "instructions" in fields:
            return {"system_prompt": _system(asked, lot), "instructions": texts}
        return {next(iter(fields)): texts}


def _outline(asked: Asked, lot: random.Random) -> dict[str, Any]:
    topics = lot.sample([f"{noun} {what}" for noun in NOUNS for what in ("upkeep", "costs", "safety")], 20)
    if '"audiences"' not in asked.schema:
        return {"topics": [f"{topic} {lot.randrange(999)}" for topic in topics]}
    people = [f"{who} {what}" for who, what in zip(_PEOPLE, _NEEDS, strict=True)]
    made = {"topics": topics, "task_types": _KINDS, "audiences": people, "styles": STYLES, "criteria": _CRITERIA}
    return {name: values for name, values in made.items() if f'"{name}"' in asked.schema}


def _classified(asked: Asked, lot: random.Random) -> dict[str, Any]:
    return {"difficulty": lot.choice(("easy", "medium", "hard")), "tone": "formal"}


def _compared(asked: Asked, lot: random.Random) -> dict[str, Any]:
    return {"verdict": "same"}


def _question(form: str, allowed: int, lot: random.Random, repeated: bool) -> str:
    if repeated:
        return "How should a small shop answer someone who wants a refund for a parcel that arrived a week too late?"
    share = next((share for word, share in WORDS_BY_FORM.items() if word in form), OTHER_FORMS)
    words = min(allowed, round(allowed * share * lot.uniform(0.85, 1.15)))
    wish, noun, trouble = lot.choice(WISHES), lot.choice(NOUNS), lot.choice(TROUBLES)
    if words <= 18:
        said = f"In hall {lot.randrange(99999)}, how can we {wish} when the {noun} {trouble} again".split()
        return " ".join(said[:words]) + "?"
    ask = f"how can the {lot.randrange(3, 60)} of us {wish}?".split()
    where = f"of hall {lot.randrange(9999)} in {lot.choice(NAMES)}"
    said = f"The {noun} {where} {trouble} after {lot.randrange(10**6)} parcels.".split()
    return " ".join((said + _BACKGROUND)[: words - len(ask)]).rstrip(".,") + ": " + " ".join(ask)


def _system(asked: Asked, lot: random.Random) -> str:
    kind = lot.choice(("busy", "small", "modern", "regional"))
    who = f"You are a practical adviser to the people of a {kind} warehouse"
    if "one short sentence" in asked.system:
        return who + "."
    return f"{who} who knows its machines and its rules well. Give clear steps, and say what they cost and who decides."


def _item(lot: random.Random, repeated: bool, wrong: bool) -> dict[str, Any]:
    if repeated:
        return {
            "input": "Which document lists the goods that a parcel holds? Answer in one sentence.",
            "ideal_output": "The packing list names each article in a parcel with its quantity.",
            "metrics": ["factual_accuracy"],
        }
    if not wrong and lot.random() < 0.25:
        question = _question("", 36, lot, repeated=False).replace(": how", ". In one sentence, how")
        return {"input": question, "ideal_output": lot.choice(ADVICE), "metrics": ["factual_accuracy"]}
    item = sum_item(lot.getrandbits(60))
    if wrong:
        item["ideal_output"] = str(int(item["ideal_output"]) + 1)
    return item


def _verdict(asked: Asked, _: random.Random) -> dict[str, Any]:
    pair = found.groups() if (found := _PAIR.search(asked.user)) else ("", "")
    lot = random.Random("\0".join(sorted(pair)))
    scores = [next((score for opening, score in _SCORES.items() if text.startswith(opening)), 7.5) for text in pair]
    if lot.random() < UNCLEAR:
        scores = [6.0, 6.0]
    allowed = _MOST_WORDS.search(asked.system)
    words = round(int(allowed[1]) * 0.75) if allowed else 30
    said = " ".join(_ASSESSED[:words])
    winner = "tie" if scores[0] == scores[1] else "first" if scores[0] > scores[1] else "second"
    return {
        "first_assessment": said,
        "second_assessment": said,
        "first_score": scores[0],
        "second_score": scores[1],
        "winner": winner,
    }


_MADE = {"outline": _outline, "judge": _verdict, "classify": _classified, "compare": _compared}
