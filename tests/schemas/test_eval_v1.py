from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from hf_synth.errors import Unfit
from hf_synth.schemas.eval_v1 import SCHEMA, EvalRow
from schemas.scripted import CELL, Scripted, config, idea

CONFIG = config("eval_v1")
METRICS = ("exact_match", "factual_accuracy", "f1", "contains", "multiple_choice", "numeric")


def complete(ideal: str, metrics: list[str], answer: str = ""):
    ask = Scripted(lambda asked: answer)
    return asyncio.run(
        SCHEMA.complete(CONFIG, CELL, idea(input="How many?", ideal_output=ideal, metrics=metrics), ask)
    ), ask


def test_items_are_drafted_with_ideal_output_and_distinct_metrics():
    item = {"input": " How many? ", "ideal_output": " 4 ", "metrics": ["numeric", "exact_match", "numeric"]}
    ask = Scripted(lambda asked: {"ideas": [item, item]})
    ideas = asyncio.run(SCHEMA.draft(CONFIG, CELL, ask))
    assert [dict(one.fields) for one in ideas] == [
        {"input": "How many?", "options": [], "ideal_output": "4", "metrics": ["numeric", "exact_match"]}
    ] * 2
    assert ask.tasks == ["draft"]


@pytest.mark.parametrize("metrics", [[], ["bleu"], ["numeric"] * 4])
def test_metrics_come_from_a_closed_list_of_one_to_three(metrics):
    ask = Scripted(lambda asked: {"ideas": [{"input": "x", "ideal_output": "y", "metrics": metrics}]})
    with pytest.raises(ValidationError):
        asyncio.run(SCHEMA.draft(CONFIG, CELL, ask))


def test_a_row_takes_the_six_metrics_of_the_surface_and_no_other():
    assert EvalRow(input="x", ideal_output="y", metrics=list(METRICS)).metrics == list(METRICS)
    schema = EvalRow.model_json_schema()["properties"]["metrics"]
    assert sorted(schema["items"]["enum"]) == sorted(METRICS)


def test_an_exact_metric_takes_a_second_answer_that_did_not_see_the_ideal_one():
    made, ask = complete("4217", ["numeric"], " 4,217.\n")
    assert made.row == {"input": "How many?", "ideal_output": "4217", "metrics": ["numeric"]}
    assert list(made.row) == ["input", "ideal_output", "metrics"]
    assert (made.key_text, made.responses, made.notes) == ("How many?", ("4217",), {"second_answer": "4,217."})
    (asked,) = ask.asked
    assert (asked.role, asked.brief.task) == ("generator", "answer")
    assert "4217" not in asked.said
    assert "4217" not in str(asked.brief)


def judged(ideal: str, metrics: list[str], answer: str, verdict: str = "", **quality: Any):
    """As `complete`, with a model that also compares two answers."""
    ask = Scripted(lambda asked: {"verdict": verdict} if asked.brief.task == "compare" else answer)
    item = idea(input="Why?", ideal_output=ideal, metrics=metrics)
    return asyncio.run(SCHEMA.complete(config("eval_v1", quality=quality), CELL, item, ask)), ask


@pytest.mark.parametrize("metrics", [["f1"], ["f1", "factual_accuracy"]])
def test_a_phrase_agrees_by_its_words(metrics):
    _, ask = judged("the loss of habitat", metrics, "Habitat loss.")
    assert ask.tasks == ["answer"]
    with pytest.raises(Unfit, match="disagreement"):
        judged("the loss of habitat", metrics, "hunting", "different")


def test_a_sentence_is_compared_by_the_model_where_its_words_do_not_tell():
    made, ask = judged("Because it rains.", ["factual_accuracy"], "Rain is the cause.", "same")
    assert made.row["metrics"] == ["factual_accuracy"]
    assert ask.tasks == ["answer", "compare"]
    assert "Because it rains." in ask.asked[1].said
    assert "Because it rains." not in ask.asked[0].said


@pytest.mark.parametrize(("verdict", "cause"), [("different", "disagreement"), ("unclear", "ambiguous")])
def test_a_sentence_that_differs_or_may_be_read_both_ways_is_dropped(verdict, cause):
    with pytest.raises(Unfit) as caught:
        judged("Because it rains.", ["factual_accuracy"], "Wind.", verdict)
    assert caught.value.cause == cause


@pytest.mark.parametrize("said", ["AMBIGUOUS", "Ambiguous.", "**AMBIGUOUS**"])
def test_an_item_that_the_second_answer_calls_ambiguous_is_dropped(said):
    with pytest.raises(Unfit) as caught:
        complete("4", ["numeric"], said)
    assert caught.value.cause == "ambiguous"


def test_repeated_answers_tell_how_often_an_item_is_solved():
    answers = {0: "4", 1: "4", 2: "5", 3: "about 4"}
    ask = Scripted(lambda asked: answers[asked.sample])
    made = asyncio.run(
        SCHEMA.complete(
            config("eval_v1", quality={"repeated_answers": 3}),
            CELL,
            idea(input="How many?", ideal_output="4", metrics=["numeric"]),
            ask,
        )
    )
    assert made.notes["solved"] == [2, 3]
    assert [asked.sample for asked in ask.asked] == [0, 1, 2, 3]


def test_an_item_without_a_metric_that_can_be_computed_is_not_answered_again():
    made, ask = judged("Because it rains.", ["factual_accuracy"], "Rain.", "same", repeated_answers=3)
    assert ask.tasks == ["answer", "compare"]
    assert "solved" not in made.notes


def test_options_are_put_in_an_order_of_ours_and_the_letter_is_the_ideal_output():
    options = ["Rome", "Paris", "Oslo"]
    asked: list[str] = []

    def answer(one):
        asked.append(one.messages[-1].content)
        return next(line[0] for line in one.messages[-1].content.split("\n") if line.endswith("Paris"))

    item = idea(input="Capital of France?", options=options, ideal_output="Paris", metrics=["multiple_choice", "f1"])
    made = asyncio.run(SCHEMA.complete(CONFIG, CELL, item, Scripted(answer)))
    lines = made.row["input"].split("\n")
    assert lines[0] == "Capital of France?"
    assert sorted(line[3:] for line in lines[1:]) == sorted(options)
    assert made.row["ideal_output"] == next(line[0] for line in lines if line.endswith("Paris"))
    assert made.row["metrics"] == ["multiple_choice"]
    assert asked == [made.row["input"]]


@pytest.mark.parametrize(
    ("ideal", "metrics", "answer"),
    [
        ("4", ["numeric"], "5"),
        ("Paris", ["f1", "exact_match"], "Rome"),
        ("ph", ["contains"], "acid"),
    ],
)
def test_answers_that_disagree_drop_the_item(ideal, metrics, answer):
    with pytest.raises(Unfit) as caught:
        complete(ideal, metrics, answer)
    assert caught.value.cause == "disagreement"
    assert caught.value.detail.startswith(metrics[-1])


def test_an_item_without_ideal_output_is_dropped_before_anything_is_asked():
    with pytest.raises(Unfit) as caught:
        complete("", ["numeric"])
    assert caught.value.cause == "empty"
