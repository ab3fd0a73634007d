"""One law: whatever a model does, a run never costs more than the worst case of its estimate."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from generating import SCHEMAS, local, recipe
from hf_synth.errors import TooFewRows
from hf_synth.executors.estimate import Estimate
from hf_synth.executors.estimating import estimate_for
from hf_synth.executors.sidecar import receipt_for
from servers.base import Answer
from servers.openai_server import FakeOpenAI, completion

PRICE = {"price": {"input": 5.0, "output": 25.0}}
_IDEA = 8  # bytes that are left for an idea where a text outside takes the room: one without text asks nobody
TITLE = 80  # tokens of a title of an outline, as the estimate assumes


class Adversary:
    """Makes every answer as dear as it may be: at its limit, in tokens of one byte, wrong until the last try.

    Args:
        repairs: how often a question may be asked again.
        cut: share of structured answers that are cut (and so asked again with twice the limit) and not malformed.
        shared: whether a text that serves several ideas takes all of the room, or none.
    """

    def __init__(self, repairs: int, cut: float, *, shared: bool) -> None:
        self._repairs, self._cut, self._shared = repairs, cut, shared
        self._tries = Counter[str]()
        self._lot = random.Random(repairs)
        self._made = 0

    def __call__(self, body: dict[str, Any], headers: Mapping[str, str]) -> Answer:
        asked = [turn for turn in body["messages"] if "did not fit the JSON schema" not in turn["content"]]
        question = json.dumps(asked)
        self._tries[question] += 1
        last = self._tries[question] > self._repairs
        self._made += 1
        limit = body.get("max_completion_tokens") or body["max_tokens"]
        schema = ((body.get("response_format") or {}).get("json_schema") or {}).get("schema")
        text, finish = self._said(schema, limit, last=last)
        assert len(text.encode()) <= limit + 500, "no more than the tokens that are charged, the frame of JSON apart"
        given = sum(len(turn["content"].encode()) for turn in body["messages"])
        usage = {"prompt_tokens": given, "completion_tokens": limit, "total_tokens": given + limit}
        return Answer(completion(text, model=body["model"], finish=finish, usage=usage))

    def _said(self, schema: dict[str, Any] | None, limit: int, *, last: bool) -> tuple[str, str]:
        if schema is None:
            return (self._text(limit), "stop") if last else ("", "stop")
        if not last:
            return '{"', "length" if self._lot.random() < self._cut else "stop"
        return json.dumps(self._value(schema, limit)), "stop"

    def _value(self, schema: dict[str, Any], limit: int) -> dict[str, Any]:
        fields = schema["properties"]
        if fields.keys() & {"topics", "audiences", "styles", "criteria"}:
            many = {"topics": 6, "criteria": 11}
            return {name: [self._title() for _ in range(many.get(name, 2))] for name in fields}
        if "winner" in fields:
            tie = {"first_assessment": "x", "second_assessment": "x", "first_score": 5, "second_score": 5}
            return tie | {"winner": "tie"}
        if fields.keys() <= {"verdict", "difficulty", "tone"}:
            return {name: field["enum"][0] for name, field in fields.items()}  # `same`: more is asked then
        (listed,) = (name for name, field in fields.items() if field["type"] == "array")
        outside = [name for name in fields if name != listed]
        room = (limit - 5 * _IDEA) // len(outside) if outside and self._shared else 0
        each = (limit - room * len(outside)) // 5
        return {name: self._text(room) for name in outside} | {
            listed: [self._item(schema, fields[listed]["items"], each) for _ in range(5)]
        }

    def _item(self, schema: dict[str, Any], item: dict[str, Any], room: int) -> Any:
        if "$ref" in item:
            item = schema["$defs"][item["$ref"].rpartition("/")[2]]
        if item["type"] == "string":
            return self._text(room)
        texts = [name for name, field in item["properties"].items() if field["type"] == "string"]
        least = room // len(texts) if self._shared else 45  # else nearly all of it stands in the first one
        rooms = dict.fromkeys(texts, least) | {texts[0]: room - least * (len(texts) - 1)}
        return {name: self._text(rooms[name]) for name in texts} | {
            name: ["f1", "factual_accuracy"] if name == "metrics" else []
            for name in item["properties"]
            if name not in texts
        }

    def _title(self) -> str:
        """As long as the estimate assumes, and told apart from any other."""
        return f"subject{self._lot.randrange(10**9)} {'x' * TITLE}"[:TITLE]

    def _text(self, room: int) -> str:
        """No two alike, and no row: it refuses."""
        text = f"I'm sorry, but I can't help with {self._lot.randrange(10**6)}. "
        return (text + "x " * room)[:room]


def cost_and_estimate(
    cache: Path, adversary: Adversary, schema: str, rows: int = 2, **changes: Any
) -> tuple[float, Estimate]:
    with FakeOpenAI(adversary) as server:
        made = local(recipe(server, schema, rows, generator=PRICE, **changes), cache)
        before = estimate_for(made)
        with pytest.raises(TooFewRows):
            made.fill(dict.fromkeys(made.resolved.config.splits, rows))
    told = receipt_for(made)
    assert told.judged == changes["run"]["max_candidates"]
    assert told.usd is not None
    return told.usd, before


@settings(max_examples=20, phases=[Phase.explicit, Phase.generate])  # a run takes a second: no hours of shrinking
@given(
    schema=st.sampled_from(SCHEMAS),
    max_tokens=st.integers(50, 600),
    repairs=st.integers(0, 2),
    candidates=st.integers(2, 3),
    most=st.integers(2, 11),
    cut=st.floats(0, 1),
    shared=st.booleans(),
)
def test_no_live_run_costs_more_than_the_worst_case(schema, max_tokens, repairs, candidates, most, cut, shared):
    changes: dict[str, Any] = {
        "constraints": {"max_tokens": max_tokens},
        "quality": {"max_repairs": repairs, "candidates": candidates},
        "run": {"max_candidates": most},
    }
    with TemporaryDirectory() as cache:
        usd, before = cost_and_estimate(Path(cache), Adversary(repairs, cut, shared=shared), schema, **changes)
    assert before.worst.cost is not None
    assert usd <= before.worst.cost


WIDE = "🌱 土は生きている。"
PASSAGES = st.sampled_from(
    [
        None,
        ["a plain passage of a few words. " * 5],
        ["x" * 150, "y " * 900, "z. " * 3000],
        [f"# {WIDE * 9}\n\n{WIDE * 60}", WIDE * 20],
    ]
)
PARTIAL = st.sampled_from(
    [None, {"styles": ["a case"]}, {"criteria": ["c" * 200, "土" * 90]}, {"audiences": ["土" * 60, "a" * 70]}]
)


@settings(max_examples=20, phases=[Phase.explicit, Phase.generate])
@given(
    schema=st.sampled_from(SCHEMAS),
    repairs=st.integers(0, 2),
    candidates=st.integers(2, 4),
    again=st.integers(0, 6),
    classified=st.sampled_from([0.0, 0.05, 0.3, 1.0]),
    difficulty=st.sampled_from([None, "hard", "fiendish"]),
    tone=st.sampled_from([None, "formal", "as a pirate would " * 40]),
    passages=PASSAGES,
    outline=PARTIAL,
    splits=st.sampled_from([{"train": 1.0}, {"train": 0.5, "test": 0.5}]),
    most=st.integers(2, 11),
    cut=st.floats(0, 1),
    shared=st.booleans(),
)
def test_nor_one_that_is_deepened_grounded_answered_again_and_looked_at_twice(
    schema, repairs, candidates, again, classified, difficulty, tone, passages, outline, splits, most, cut, shared
):
    quality = {"max_repairs": repairs, "candidates": candidates, "repeated_answers": again, "classified": classified}
    if passages and len(passages) < len(splits):
        splits = {"train": 1.0}
    with TemporaryDirectory() as cache:
        changes: dict[str, Any] = {
            "outline": outline,
            "splits": splits,
            "quality": quality,
            "run": {"max_candidates": most},
        }
        changes["constraints"] = {"max_tokens": 200, "difficulty": difficulty, "tone": tone}
        if passages:
            docs = Path(cache) / "docs"
            docs.mkdir()
            for number, passage in enumerate(passages):
                (docs / f"{number}.txt").write_text(passage, "utf-8")
            changes["source"] = {"path": str(docs)}
        usd, before = cost_and_estimate(Path(cache), Adversary(repairs, cut, shared=shared), schema, **changes)
    assert before.worst.cost is not None
    assert usd <= before.worst.cost


@settings(max_examples=8, phases=[Phase.explicit, Phase.generate])
@given(
    schema=st.sampled_from(SCHEMAS),
    repairs=st.integers(0, 2),
    most=st.integers(2, 11),
    cut=st.floats(0, 1),
    shared=st.booleans(),
)
def test_nor_does_a_run_in_batches(schema, repairs, most, cut, shared):
    changes: dict[str, Any] = {
        "constraints": {"max_tokens": 300},
        "quality": {"max_repairs": repairs},
        "run": {"max_candidates": most, "mode": "batch", "poll_seconds": 0.001},
    }
    with TemporaryDirectory() as cache:
        usd, before = cost_and_estimate(Path(cache), Adversary(repairs, cut, shared=shared), schema, **changes)
    assert before.worst.cost is not None
    assert usd <= before.worst.cost


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_worst_case_is_no_exaggeration(tmp_path, schema):
    changes: dict[str, Any] = {"run": {"max_candidates": 10}, "constraints": {"max_tokens": 600}}
    usd, before = cost_and_estimate(tmp_path, Adversary(2, 1.0, shared=True), schema, **changes)
    assert before.worst.cost is not None
    assert before.worst.cost / 2 < usd <= before.worst.cost
