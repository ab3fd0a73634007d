"""What the benchmark server says: plain English that passes the checks, other texts for other requests."""

from __future__ import annotations

import json
import re
from typing import Any

NOUNS = (
    "conveyor belt, loading dock, pallet scanner, delivery van, cold room, label printer, packing line, storage rack, "
    "forklift truck, booking system, sorting table, weighing scale, return counter, fire door, shift roster, fuel card"
).split(", ")
NAMES = (
    "Northfield, Ashford, Brookdale, Clayton, Dunmore, Elmwood, Farnham, Glenrock, Hartwell, Ironbridge, Kingsley, "
    "Longmead, Milbrook, Oakham, Pinewood, Redhill"
).split(", ")
TROUBLES = (
    "broke down, lost its power, was set up wrongly, became far too slow, kept showing errors, had to be replaced, "
    "went missing, blocked the main entrance, was damaged by water, failed the yearly inspection"
).split(", ")
WISHES = (
    "repair it without stopping work, explain the delay to our partners, choose between renting and buying, find out "
    "what caused it, keep the costs under control, train two new colleagues, compare the offers of three suppliers"
).split(", ")
ADVICE = (
    "Start by writing down what happened, when it happened and who was there.",
    "Check the power supply and the cables before you order any part.",
    "Ask the supplier for a written offer with a clear date of delivery.",
    "Move the most urgent goods to another line while the work goes on.",
    "Measure how long each step takes, because guesses are often wrong.",
    "Agree on one person who decides, so that nobody waits for an answer.",
    "Compare the total costs over a whole year and not the price alone.",
    "Test the solution with a small batch before you change everything.",
    "Store the documents where everyone on the shift can find them.",
    "Plan a short review after a week and correct what did not work.",
)
BRIEF = "In short:"  # how a response begins that was asked for in a hurry
SUM = re.compile(rb"packs (\d+) boxes in the morning\D+(\d+) more\D+(\d+) of them")


def question(seed: int) -> str:
    """A user's question; the digits of the seed are in it, so two seeds are never near-duplicates."""
    return (
        f"The {NOUNS[seed % 16]} of hall {seed % 9973} in {NAMES[seed // 16 % 16]} {TROUBLES[seed % 10]} after "
        f"{seed // 7 % 999983} parcels. We are a team of {3 + seed // 11 % 57} people: how can we {WISHES[seed % 7]}?"
    )


def sum_item(seed: int) -> dict[str, Any]:
    morning, later = 5000 + seed % 9973, 100 + seed // 7 % 99991
    shipped = 10 + seed // 11 % 4999
    return {
        "input": f"A warehouse in {NAMES[seed % 16]} packs {morning} boxes in the morning. The late shift adds {later} "
        f"more boxes, and then a driver ships {shipped} of them. How many boxes are left? Give the number alone.",
        "ideal_output": str(morning + later - shipped),
        "metrics": ["numeric"],
    }


def ideas(body: bytes, seed: int) -> str:
    """Five distinct ideas in the fields that the schema in `body` names."""
    seeds = [seed // 13 + 1000003 * number for number in range(5)]
    if b'"ideal_output"' in body:
        return json.dumps({"ideas": [sum_item(one) for one in seeds]})
    questions = [question(one) for one in seeds]
    if b'"system_prompt"' not in body:
        return json.dumps({"prompts": questions})
    who = f"You are a calm adviser who helps the people at the depot in {NAMES[seed % 16]}."
    return json.dumps({"system_prompt": who, "instructions": questions})


def outline(seed: int) -> str:
    topics = [f"{noun} and its {what} in hall {seed % 99991}" for noun in NOUNS for what in ("upkeep", "costs")]
    people = ["a new worker", "a shift leader", "a site manager", "a driver", "an accountant", "a customer"]
    tasks = ["explain a procedure", "compare options", "write a plan", "find a cause", "give advice"]
    return json.dumps({"topics": topics[:20], "task_types": tasks, "audiences": people})


def verdict(body: bytes) -> str:
    """The response that was not written in a hurry wins, in either order."""
    brief_first = b"<first_response>\\n" + BRIEF.encode() in body
    good, bad = "It covers the steps with reasons and a clear order.", "It is right but leaves out most of the reasons."
    scores = {"first_score": 4.0, "second_score": 8.0} if brief_first else {"first_score": 8.0, "second_score": 4.0}
    assessments = (bad, good) if brief_first else (good, bad)
    return json.dumps(
        {
            "first_assessment": assessments[0],
            "second_assessment": assessments[1],
            **scores,
            "winner": "second" if brief_first else "first",
        }
    )


class Prose:
    """Responses of about `tokens` tokens (four characters each); long ones are joined once, not per request."""

    def __init__(self, tokens: int) -> None:
        turns = [[ADVICE[(start + n) % len(ADVICE)] for n in range(1 + tokens * 4 // 68)] for start in range(10)]
        self._bodies = [" ".join(turn)[: tokens * 4].rsplit(" ", 1)[0] + "." for turn in turns]

    def __call__(self, body: bytes, seed: int) -> str:
        if b"final answer alone" in body and (found := SUM.search(body)):
            morning, later, shipped = map(int, found.groups())
            return str(morning + later - shipped)
        opening = BRIEF if b"Answer quickly" in body else f"Begin at hall {seed % 9973}."
        return f"{opening} {self._bodies[seed % 10]}"
