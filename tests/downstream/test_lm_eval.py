"""`builder_scripts/lm_eval`: lm-eval runs eval_v1 rows, and takes each metric over the rows that name it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from downstream.evaluating import REPO, Row, answers_to, knowing, recipe_in, rows_of_test, run, share_right
from hf_synth.hub.evaluation import ANSWER_FORM

pytestmark = pytest.mark.evaluation

TASKS = REPO / "builder_scripts" / "lm_eval"


class _Loader(yaml.SafeLoader):
    """Reads the functions that a task file names as their names."""


def _name_of(loader: yaml.SafeLoader, node: Any) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_constructor("!function", _name_of)


@dataclass
class Evaluated:
    """A run of the command line: the rows of the recipe, what the model was sent, and the figures of each task."""

    rows: list[Row]
    requests: list[dict[str, Any]]
    results: dict[str, dict[str, float]]


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evaluated]:
    """The task as it stands, and one that names a recipe instead."""
    folder = tmp_path_factory.mktemp("lm-eval")
    shutil.copytree(TASKS, folder / "tasks")
    mine = {"include": "hf_synth_eval.yaml", "task": "warehouse", "dataset_kwargs": {}}
    mine["dataset_name"] = str(recipe_in(folder))
    (folder / "tasks" / "warehouse.yaml").write_text(yaml.safe_dump(mine), "utf-8")
    rows = rows_of_test(folder)
    with knowing(answers_to(rows)) as server:
        arguments = f"model=m,base_url={server.url}/chat/completions,num_concurrent=4,tokenizer_backend=None"
        run(
            folder, "lm_eval", "run", "--model", "local-chat-completions", "--model_args", arguments,
            "--apply_chat_template", "--include_path", folder / "tasks", "--tasks", "warehouse,hf_synth_eval",
            "--output_path", folder / "out",
        )  # fmt: skip
        (path,) = (folder / "out").rglob("results_*.json")
        told = json.loads(path.read_text("utf-8"))["results"]
        results = {
            task: {name.removesuffix(",none"): value for name, value in found.items() if name.endswith(",none")}
            for task, found in told.items()
        }
        yield Evaluated(rows, server.bodies, results)


@pytest.mark.parametrize("metric", ["exact_match", "contains", "numeric", "multiple_choice", "f1"])
def test_a_recipe_is_scored_by_the_metrics_of_its_rows(evaluated, metric):
    assert evaluated.results["warehouse"][metric] == pytest.approx(share_right(evaluated.rows, metric))


def test_every_row_is_asked_in_the_form_that_fits_its_answer(evaluated):
    asked = [[message["content"] for message in body["messages"]] for body in evaluated.requests]
    assert {system.strip() for system, _ in asked} == {ANSWER_FORM}
    assert {row["input"] + "\nAnswer:" for row in evaluated.rows} <= {user for _, user in asked}


def test_as_it_stands_it_makes_a_hundred_rows_without_a_key(evaluated):
    told = evaluated.results["hf_synth_eval"]
    assert len(evaluated.requests) == len(evaluated.rows) + 100
    assert told["computed"] == 1.0
    assert told["exact_match"] == told["numeric"] == told["multiple_choice"] == 0.0  # the model knows none of them


def test_a_row_that_needs_a_judge_alone_is_told_to_be_left_out():
    from builder_scripts.lm_eval.utils import process_results

    row = {"ideal_output": "Lyon, Quito", "metrics": ["f1", "factual_accuracy"]}
    assert process_results(row, ["Quito"]) == {"f1": pytest.approx(2 / 3), "computed": 1.0}
    assert process_results({**row, "metrics": ["factual_accuracy"]}, ["Quito"]) == {"computed": 0.0}


def test_it_asks_for_the_same_form_of_answer_as_inspect():
    assert yaml.load((TASKS / "hf_synth_eval.yaml").read_text("utf-8"), _Loader)["description"].strip() == ANSWER_FORM
