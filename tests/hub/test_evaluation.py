from __future__ import annotations

import re

import pytest
import yaml
from datasets import ReadInstruction
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.critic import CRITERIA
from hf_synth.errors import ConfigError
from hf_synth.hub.evaluation import METRICS, eval_yaml, evaluated_split, judge_template
from hf_synth.schemas.eval_v1 import Metric

SCORERS = {
    "exact_match": "exact",
    "f1": "f1",
    "contains": "includes",
    "numeric": "math",
    "multiple_choice": "pattern",
    "factual_accuracy": "model_graded_fact",
}


def tasks(metrics: dict[str, list[list[str]]], config: str = "default", **options) -> dict[str, dict]:
    """By id."""
    made = yaml.safe_load(eval_yaml("user/repo", config, metrics, **options))
    return {task["id"]: task for task in made["tasks"]}


def rows_of(split: str, count: int) -> list[int]:
    """The rows that `datasets` takes a split for, of one with so many rows."""
    parts = ReadInstruction.from_spec(split).to_absolute({"test": count})
    return [row for part in parts for row in range(count)[part.from_ : part.to]]


@pytest.mark.parametrize("metric", SCORERS)
def test_a_metric_has_a_task_with_its_scorer(metric):
    (task,) = tasks({"test": [[metric]]}).values()
    assert task["id"] == f"default-{metric}"
    assert [scorer["name"] for scorer in task["scorers"]] == [SCORERS[metric]]


def test_every_metric_of_the_schema_has_a_scorer():
    assert set(METRICS) == set(Metric.__args__)


def test_a_metric_that_all_rows_name_takes_the_split_as_it_is():
    assert tasks({"test": [["f1"], ["f1", "contains"]]})["default-f1"]["split"] == "test"


def test_rows_side_by_side_make_one_slice():
    found = tasks({"test": [["f1"], ["f1"], ["numeric"], ["f1"]]})
    assert found["default-f1"]["split"] == "test[0:2]+test[3:4]"
    assert found["default-numeric"]["split"] == "test[2:3]"


@given(st.lists(st.sets(st.sampled_from(METRICS), min_size=1, max_size=3), min_size=1, max_size=40))
def test_a_task_takes_the_rows_that_name_its_metric(names):
    found = tasks({"test": [sorted(metrics) for metrics in names]})
    for metric in METRICS:
        wanted = [
            row
            for row, metrics in enumerate(names)
            if metric in metrics and not (metric == "exact_match" and "multiple_choice" in metrics)
        ]
        task = found.get(f"default-{metric}")
        assert (rows_of(task["split"], len(names)) if task else []) == wanted


def test_a_letter_is_not_scored_by_exact_which_takes_it_for_an_article():
    assert list(tasks({"test": [["multiple_choice", "exact_match"]]})) == ["default-multiple_choice"]


@pytest.mark.parametrize(
    ("splits", "chosen"),
    [
        (["train", "validation", "test"], "test"),
        (["train", "validation"], "validation"),
        (["train", "dev"], "train"),
    ],
)
def test_the_split_made_for_it_is_evaluated(splits, chosen):
    assert evaluated_split(splits) == chosen
    assert tasks({split: [["f1"]] for split in splits})["default-f1"]["split"] == chosen


def test_the_input_of_the_trl_view_is_its_prompt():
    fields = tasks({"test": [["f1"]]}, input_column="prompt")["default-f1"]["field_spec"]
    assert fields == {"input": "prompt", "target": "ideal_output", "metadata": ["metrics"]}


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ("B", "B"),
        ("(c)", "c"),
        ("**D**.", "D"),
        ("B) Paris", "B"),
        ("b. Paris", "b"),
        ("Option A looks right. Answer: C", "C"),
        ("A is wrong, so the answer is **B**.", "B"),
        ("My answer is A, no: the answer is B", "B"),
        ("A ship", None),
        ("The answer is a ship", None),
        ("Paris", None),
        ("", None),
    ],
)
def test_the_letter_of_an_option_is_read(answer, letter):
    pattern = tasks({"test": [["multiple_choice"]]})["default-multiple_choice"]["scorers"][0]["args"]["pattern"]
    found = re.search(pattern, answer, re.IGNORECASE)  # as the scorer does
    assert (next(group for group in found.groups() if group) if found else None) == letter


def test_the_judge_is_told_what_the_critic_is():
    assert CRITERIA in judge_template()


def test_a_rubric_may_hold_braces():
    said = judge_template("as in {this} set.").format(question="Q?", criterion="I", answer="A", instructions="Go.")
    assert "What a good answer is: as in {this} set.\n" in said
    assert "[Question]: Q?" in said
    assert "[Ideal answer]: I" in said
    assert "[Submitted answer]: A" in said
    assert said.endswith("Go.\n")


def test_a_rubric_of_ones_own_reaches_the_judge():
    (scorer,) = tasks({"test": [["factual_accuracy"]]}, rubric="No smoke.")["default-factual_accuracy"]["scorers"]
    assert scorer["args"]["template"] == judge_template("No smoke.")
    assert CRITERIA not in scorer["args"]["template"]


def test_writing_the_same_again_changes_nothing():
    metrics = {"test": [["f1"], ["numeric", "exact_match"], ["factual_accuracy"]]}
    once = eval_yaml("user/repo", "default", metrics)
    assert eval_yaml("user/repo", "default", metrics, existing=once) == once


THEIRS = """
name: A benchmark
description: Theirs.
evaluation_framework: inspect-ai
maintainer: somebody
tasks:
  - config: other
    split: test
    field_spec: {input: question, target: answer}
    solvers: [{name: generate}]
    scorers: [{name: match}]
"""


def test_what_others_wrote_stays_and_their_task_gets_the_id_it_now_needs():
    made = yaml.safe_load(eval_yaml("user/repo", "default", {"test": [["f1"]]}, existing=THEIRS))
    theirs = yaml.safe_load(THEIRS)
    assert made["tasks"][0] == {**theirs["tasks"][0], "id": "task-1"}
    assert [task["id"] for task in made["tasks"]] == ["task-1", "default-f1"]
    assert {key: made[key] for key in theirs if key != "tasks"} == {k: theirs[k] for k in theirs if k != "tasks"}


def test_a_task_is_replaced_in_its_place_and_removed_with_its_metric():
    first = eval_yaml("user/repo", "default", {"test": [["f1"], ["numeric"]]})
    second = eval_yaml("user/repo", "more", {"test": [["contains"]]}, existing=first)
    third = yaml.safe_load(eval_yaml("user/repo", "default", {"test": [["numeric"]] * 2}, existing=second))
    assert [(task["id"], task["split"]) for task in third["tasks"]] == [
        ("default-numeric", "test"),
        ("more-contains", "test"),
    ]


def test_a_first_file_names_itself_after_the_repo():
    made = yaml.safe_load(eval_yaml("user/repo", "default", {"test": [["f1"]]}))
    assert (made["name"], made["evaluation_framework"]) == ("repo", "inspect-ai")


@pytest.mark.parametrize("existing", ["- a list", "tasks: all", "tasks: [all]", "a: [b", "words"])
def test_a_file_that_is_no_mapping_with_tasks_is_not_written_over(existing):
    with pytest.raises(ConfigError, match=r"eval\.yaml of user/repo .* Mend it or delete it"):
        eval_yaml("user/repo", "default", {"test": [["f1"]]}, existing=existing)


def test_a_rubric_is_text_whatever_it_looks_like():
    rubric = "fine: &a\n- !!python/object:os.system 'x'\n***"
    (task,) = tasks({"test": [["factual_accuracy"]]}, rubric=rubric).values()
    assert task["scorers"][0]["args"]["template"] == judge_template(rubric)
