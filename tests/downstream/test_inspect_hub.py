"""`inspect eval hf/user/repo` runs the `eval.yaml` that hf_synth writes, against a Hub on this machine."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import pytest

from downstream.evaluating import (
    RECIPE,
    Row,
    answers_to,
    figures,
    inspect_eval,
    knowing,
    missed,
    rows_of_test,
    run,
    share_right,
)
from hf_synth.hub.evaluation import eval_yaml
from servers.hub import FakeHub

pytestmark = pytest.mark.evaluation

TASKS = {
    "exact_match": ("exact", "mean"),
    "f1": ("f1", "mean"),
    "contains": ("includes", "accuracy"),
    "numeric": ("math", "accuracy"),
    "multiple_choice": ("pattern", "accuracy"),
}
"""The scorer of each task, and its figure."""
CHAT = "hf/user/chat/default-numeric/default-numeric"
"""As Inspect names a task that was asked for by its id."""
CARD = """---
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
  - split: test
    path: data/test-*
---
"""


def dataset_files(folder: Path, **changes: Any) -> dict[str, bytes]:
    """What a push leaves in a repo."""
    load_dataset: Any = datasets.load_dataset
    parts = load_dataset("hf_synth", {**RECIPE, **changes}, cache_dir=str(folder / "cache"))
    files = {"README.md": CARD.encode()}
    for split, part in parts.items():
        held = io.BytesIO()
        part.to_parquet(held)
        files[f"data/{split}-00000-of-00001.parquet"] = held.getvalue()
    column = "prompt" if changes.get("view") == "trl" else "input"
    metrics = {split: part["metrics"] for split, part in parts.items()}
    files["eval.yaml"] = eval_yaml("user/repo", "default", metrics, input_column=column).encode()
    return files


@dataclass
class Evaluated:
    """A run: its folder, the environment of the Hub, the rows, the logs by task, and how many requests it made."""

    folder: Path
    environment: dict[str, str]
    rows: list[Row]
    logs: dict[str, Any]
    requests: int

    def named(self, metric: str) -> list[Row]:
        """The rows whose answers are scored by a metric."""
        letters = {"exact_match": "multiple_choice"}.get(metric)
        return [row for row in self.rows if metric in row["metrics"] and letters not in row["metrics"]]


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evaluated]:
    """The whole of one repo, and a task of another in TRL's columns; all answers from one cache of Inspect."""
    folder = tmp_path_factory.mktemp("hub")
    rows = rows_of_test(folder)
    with FakeHub(home=folder / "home") as hub, knowing(answers_to(rows)) as server:
        hub.put("user/repo", dataset_files(folder))
        hub.put("user/chat", dataset_files(folder, view="trl"))
        logs = inspect_eval(
            folder, server, "hf/user/repo", "hf/user/chat/default-numeric", "--cache", **hub.environment
        )
        yield Evaluated(folder, hub.environment, rows, logs, len(server.requests))


def test_there_is_a_task_for_each_metric(evaluated):
    ran = {f"hf/user/repo/default-{metric}" for metric in (*TASKS, "factual_accuracy")}
    assert set(evaluated.logs) == ran | {CHAT}
    assert {log.status for log in evaluated.logs.values()} == {"success"}


@pytest.mark.parametrize("metric", TASKS)
def test_a_task_scores_the_rows_that_name_its_metric_and_no_others(evaluated, metric):
    log = evaluated.logs[f"hf/user/repo/default-{metric}"]
    wanted = evaluated.named(metric)
    assert [sample.input for sample in log.samples] == [row["input"] for row in wanted]
    scorer, figure = TASKS[metric]
    right = sum(not missed(evaluated.rows.index(row)) for row in wanted) / len(wanted)
    assert figures(log)[scorer][figure] == pytest.approx(right)


def test_the_judge_sees_the_rubric_and_decides(evaluated):
    from hf_synth.critic import CRITERIA

    log = evaluated.logs["hf/user/repo/default-factual_accuracy"]
    assert figures(log) == {"model_graded_fact": {"accuracy": 1.0, "stderr": 0.0}}
    grading = log.samples[0].scores["model_graded_fact"].metadata["grading"]
    assert CRITERIA in grading[0]["content"]


def test_with_the_cache_of_inspect_a_row_of_two_metrics_is_answered_once(evaluated):
    answers = sum(len(log.samples) for log in evaluated.logs.values())
    judged = len(evaluated.named("factual_accuracy"))
    assert answers > len(evaluated.rows)
    assert evaluated.requests == len(evaluated.rows) + judged


def test_rows_in_the_columns_of_the_trl_view_are_asked_alike(evaluated):
    log = evaluated.logs[CHAT]
    assert log.samples[0].input[0].text == evaluated.named("numeric")[0]["input"]
    assert figures(log)["math"]["accuracy"] == pytest.approx(share_right(evaluated.rows, "numeric"))


def test_the_logs_join_to_the_rows_of_the_repo(evaluated, tmp_path):
    out = tmp_path / "answers.jsonl"
    logs = [path for path in evaluated.folder.glob("logs/*.eval") if "user-repo" in path.name]
    run(
        evaluated.folder, "python", "builder_scripts/join_inspect_log.py", *logs, "--repo", "user/repo", "--out", out,
        **evaluated.environment,
    )  # fmt: skip
    lines: Any = datasets.Dataset.from_json(str(out), cache_dir=str(tmp_path / "cache"))
    numeric = [line for line in lines if line["score_math"] is not None]
    assert {line["row"]: line["score_math"] for line in numeric} == {
        number: float(not missed(number)) for number, row in enumerate(evaluated.rows) if "numeric" in row["metrics"]
    }
    assert {line["row"] for line in lines} == set(range(len(evaluated.rows)))
