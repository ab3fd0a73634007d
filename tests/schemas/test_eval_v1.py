from __future__ import annotations

import asyncio

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
        {"input": "How many?", "ideal_output": "4", "metrics": ["numeric", "exact_match"]}
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


@pytest.mark.parametrize("metrics", [["f1"], ["factual_accuracy"], ["f1", "factual_accuracy"]])
def test_an_item_without_an_exact_metric_is_not_asked_again(metrics):
    made, ask = complete("A sentence.", metrics)
    assert ask.asked == []
    assert made.notes == {}


@pytest.mark.parametrize(
    ("ideal", "metrics", "answer"),
    [
        ("4", ["numeric"], "5"),
        ("Paris", ["f1", "exact_match"], "Rome"),
        ("B", ["multiple_choice"], "C"),
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
