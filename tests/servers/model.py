"""A plausible model: it reads our prompts and answers them so that rows pass the checks, the same way every time.

What it says depends on the request's body alone, never on when or how often it is asked. Bad content (refusals,
near-duplicates, ties, wrong answers, malformed data) comes by the same rule, for a share of requests. Bad weather
(latency, 429, 5xx, resets, cut bodies) comes on top and passes: the second or third try of a request is answered.
"""

from __future__ import annotations

import json
import random
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from servers.base import Answer
from servers.fill import fill, seed_of, sentence

_SCHEMA_IN_WORDS = re.compile(r"fits this JSON schema: (\{.*)", re.DOTALL)
_SUM = re.compile(r"packs (\d+) boxes .*? adds (\d+) more .*? ships (\d+) of them", re.DOTALL)
_RESPONSES = re.compile(
    r"<first_response>\n(.*)\n</first_response>\n<second_response>\n(.*)\n</second_response>", re.DOTALL
)
_DETAIL = "For example,"

_NOUNS = (
    "conveyor belt, loading dock, pallet scanner, delivery van, cold room, label printer, packing line, storage rack, "
    "forklift truck, booking system, sorting table, weighing scale, courier contract, return counter, stock report, "
    "customs form, fire door, shift roster, fuel card, dispatch board, spare battery, insurance claim, ramp, gate"
).split(", ")
_TROUBLES = (
    "broke down, ran out of paper, lost its power, arrived too late, was set up wrongly, became far too slow, kept "
    "showing errors, had to be replaced, went missing, blocked the main entrance, was damaged by water, failed the "
    "yearly inspection, could not be locked, was sent to the wrong branch, cost more than we had planned"
).split(", ")
_WISHES = (
    "repair it without stopping work, explain the delay to our partners, choose between renting and buying, write a "
    "short plan for the team, find out what caused it, keep the costs under control, train two new colleagues, "
    "prevent this from happening again, compare the offers of three suppliers, decide what to do first"
).split(", ")
_ADVICE = (
    "Start by writing down what happened, when it happened and who was there.",
    "Check the power supply and the cables before you order any part.",
    "Ask the supplier for a written offer with a clear date of delivery.",
    "Tell the people who are waiting how long the repair will take.",
    "Keep a simple list of open tasks and look at it every morning.",
    "Move the most urgent goods to another line while the work goes on.",
    "Measure how long each step takes, because guesses are often wrong.",
    "Agree on one person who decides, so that nobody waits for an answer.",
    "Compare the total costs over a whole year and not the price alone.",
    "Test the solution with a small batch before you change everything.",
    "Store the documents where everyone on the shift can find them.",
    "Plan a short review after a week and correct what did not work.",
)
_SYSTEMS = (
    "You are a calm adviser who helps the people in a warehouse.",
    "You are an engineer who explains machines in plain words.",
    "You are a planner who thinks about costs, dates and people.",
)
_AREAS = "receiving, storage, picking, packing, shipping, returns, safety, staffing, maintenance, billing".split(", ")
_ASPECTS = "planning, tools, training, costs, mistakes, checks, suppliers, records, seasons, space".split(", ")
_TASKS = ["explain a procedure", "compare options", "write a plan", "find a cause", "summarise a case", "give advice"]
_FORMS = ["a plain question", "a case with figures", "a complaint", "a list of wishes", "a comparison"]
_CRITERIA = ["the steps are safe", "the figures are right", "costs are named"]
_PEOPLE = ["a new worker", "a shift leader", "a site manager", "a driver", "an accountant", "a customer"]


@dataclass(frozen=True)
class Asked:
    """What a request asks, whatever API it came by: `schema` is `None` for prose."""

    system: str
    user: str
    schema: dict[str, Any] | None
    seed: str


@dataclass(frozen=True)
class Said:
    """What the model says; `cut` tells that it stopped at the token limit."""

    text: str
    cut: bool = False


def read(body: dict[str, Any]) -> Asked:
    """A request of either API."""
    system = body.get("system") or ""
    said = [system if isinstance(system, str) else "\n".join(block["text"] for block in system)]
    said += [str(turn["content"]) for turn in body["messages"] if turn["role"] == "system"]
    user = "\n".join(str(turn["content"]) for turn in body["messages"] if turn["role"] == "user")
    enforced = (body.get("response_format") or {}).get("json_schema") or (body.get("output_config") or {}).get("format")
    schema = (enforced or {}).get("schema")
    if schema is None and (in_words := _SCHEMA_IN_WORDS.search("\n".join(said))):
        schema, _ = json.JSONDecoder().raw_decode(in_words[1])
    return Asked("\n".join(said), user, schema, seed_of(body))


class Model:
    """Give one to a server (`FakeOpenAI(model=Model(flaws=0.2))`); `tally` then counts what was asked for.

    Args:
        flaws: share of answers that no row can be made of.
        latency: most seconds an answer takes; each takes a random time up to that.
        weather: share of requests whose first try, or first two, fail.
        rule: looked at first, with the number of the request and what it asks; an `Answer` is sent as it is.
        seed: of latency and weather, never of answers.
    """

    def __init__(
        self,
        *,
        flaws: float = 0.0,
        latency: float = 0.0,
        weather: float = 0.0,
        rule: Callable[[int, Asked], Answer | None] | None = None,
        seed: int = 0,
    ) -> None:
        self.flaws = flaws
        self.latency = latency
        self.weather = weather
        self.rule = rule
        self.asked = 0
        self._seed = seed
        self._tries: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._mutex = threading.Lock()

    def before(self, body: dict[str, Any]) -> Answer | None:
        """What keeps a request from being answered, if anything does."""
        with self._mutex:
            number, self.asked = self.asked, self.asked + 1
            asked = read(body)
            self._tries[asked.seed] += 1
            tried = self._tries[asked.seed]
        if self.rule and (answer := self.rule(number, asked)) is not None:
            return answer
        lot = random.Random(f"{self._seed}{asked.seed}")
        if lot.random() < self.weather and tried <= lot.choice((1, 1, 2)):
            return _storm(lot)
        return None

    def wait(self) -> float:
        """Seconds until the next answer goes out."""
        return self._random.uniform(0, self.latency)

    def say(self, body: dict[str, Any]) -> Said:
        """The answer to a request."""
        asked = read(body)
        lot = random.Random(asked.seed)
        flawed = lot.random() < self.flaws
        fields = _fields(asked.schema)
        if asked.schema is None:
            return _prose(asked, lot, flawed=flawed)
        repair = "did not fit the JSON schema" in asked.user  # so that no two requests of a run are alike
        if flawed and "first_score" not in fields and lot.random() < 0.3 and not repair:
            return Said('{"ideas": [', cut=lot.random() < 0.5)
        if fields.keys() & {"topics", "audiences", "styles"}:
            return Said(json.dumps(_outline(asked, fields)))
        if fields.keys() & {"ideas", "instructions", "prompts"}:
            return Said(json.dumps(_draft(asked, fields, lot, self.flaws)))
        if "first_score" in fields:
            return Said(json.dumps(_verdict(asked, self.flaws)))
        return Said(json.dumps(fill(asked.schema, asked.seed)))


def _storm(lot: random.Random) -> Answer:
    soon = {"retry-after-ms": "10"}
    return lot.choice(
        (
            Answer({"error": {"type": "rate_limit_error", "message": "slow down"}}, 429, soon),
            Answer({"error": {"type": "rate_limit_error", "message": "slow down"}}, 429, soon),
            Answer({"error": {"type": "api_error", "message": "it broke"}}, 500, soon),
            Answer("<html>bad gateway</html>", 502, soon),
            Answer({"error": {"type": "overloaded_error", "message": "overloaded"}}, 529, soon),
            Answer(b'{"choices": [{"message"', paid=False),
            Answer({"id": "cut in the middle of its body"}, how="cut"),
            Answer(how=lot.choice(("reset", "close"))),
        )
    )


def _fields(schema: dict[str, Any] | None) -> dict[str, Any]:
    return (schema or {}).get("properties", {})


def _outline(asked: Asked, fields: dict[str, Any]) -> dict[str, Any]:
    known = set(re.findall(r"^- (.+)$", asked.user, re.MULTILINE))
    topics = [f"{area} and its {aspect}" for aspect in _ASPECTS for area in _AREAS]
    fresh = [topic for topic in topics if topic not in known][:20]
    parts = {"topics": fresh, "task_types": _TASKS, "audiences": _PEOPLE, "styles": _FORMS, "criteria": _CRITERIA}
    return {name: parts[name] for name in fields}


def _draft(asked: Asked, fields: dict[str, Any], lot: random.Random, flaws: float) -> dict[str, Any]:
    number = len(re.findall(r"^\d+\. ", asked.user, re.MULTILINE)) or 5
    if lot.random() < flaws / 4:
        number = lot.randrange(number)  # fewer than were asked for, down to none
    lots = [random.Random(f"{asked.seed}{place}") for place in range(number)]
    if "ideas" in fields:
        return {"ideas": [_sum(one, flaws) for one in lots]}
    if "prompts" in fields:
        return {"prompts": [_instruction(one, flaws) for one in lots]}
    return {"system_prompt": lot.choice(_SYSTEMS), "instructions": [_instruction(one, flaws) for one in lots]}


def _instruction(lot: random.Random, flaws: float) -> str:
    if lot.random() < flaws / 2:
        return (
            f"Please write down in plain words and step by step how a small shop should reply when someone asks for "
            f"a full refund for a {lot.choice(_NOUNS)} that {lot.choice(_TROUBLES)} and was already unpacked and used "
            f"for a few days by several people who did not read the manual before they switched it on."
        )
    return _question(lot)


def _question(lot: random.Random) -> str:
    noun, trouble, wish = lot.choice(_NOUNS), lot.choice(_TROUBLES), lot.choice(_WISHES)
    return (
        f"The {noun} in hall {lot.randrange(2, 100)} {trouble} after {lot.randrange(20, 100_000)} parcels. We are a "
        f"team of {lot.randrange(3, 60)} people: how can we {wish}?"
    )


def _sum(lot: random.Random, flaws: float) -> dict[str, Any]:
    morning, later = lot.randrange(100, 5000), lot.randrange(100, 5000)
    shipped = lot.randrange(10, morning)
    left = morning + later - shipped
    if lot.random() < flaws:
        left += 1
    question = (
        f"A warehouse packs {morning} boxes in the morning. The late shift adds {later} more boxes, and then a driver "
        f"ships {shipped} of them. How many boxes are left? Give the number alone."
    )
    return {"input": question, "ideal_output": str(left), "metrics": ["numeric"]}


def _prose(asked: Asked, lot: random.Random, *, flawed: bool) -> Said:
    if figures := _SUM.search(asked.user):
        morning, later, shipped = map(int, figures.groups())
        return Said(f"{morning + later - shipped}")
    if "Answer" not in asked.system:
        return Said(" ".join(sentence(random.Random(f"{asked.seed}{number}")) for number in range(3)))
    if flawed:
        return lot.choice(
            (Said(f"I'm sorry, but I can't help with the {lot.choice(_NOUNS)}."), Said(_ADVICE[0], cut=True))
        )
    size = 2 if "quickly" in asked.system or "off the cuff" in asked.system else 5
    said = " ".join(lot.sample(_ADVICE, size))
    return Said(said if size == 2 else f"{said} {_DETAIL} note the time of each of the {lot.randrange(2, 20)} steps.")


def _verdict(asked: Asked, flaws: float) -> dict[str, Any]:
    """Scores depend on each response alone, so that both orders agree, except for a share of ties and flips."""
    found = _RESPONSES.search(asked.user)
    pair = [found[1], found[2]] if found else ["", ""]
    lot = random.Random("".join(sorted(pair)))
    scores = [_score(text) for text in pair]
    if lot.random() < flaws / 2:
        scores = lot.choice(([6.0, 6.0], [8.0, 5.0]))
    winner = "tie" if scores[0] == scores[1] else "first" if scores[0] > scores[1] else "second"
    said = ["It names the steps and gives a reason." if score > 6 else "It is short and vague." for score in scores]
    return {
        "first_assessment": said[0],
        "second_assessment": said[1],
        "first_score": scores[0],
        "second_score": scores[1],
        "winner": winner,
    }


def _score(text: str) -> float:
    lot = random.Random(text)
    return round((7.5 if _DETAIL in text else 3.5) + lot.random(), 2)
