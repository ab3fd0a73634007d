"""`inspect eval builder_scripts/inspect_task.py`, and its log joined to the rows by `join_inspect_log.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from downstream.evaluating import (
    WRONG,
    Row,
    answers_to,
    figures,
    inspect_eval,
    knowing,
    missed,
    recipe_in,
    rows_of_test,
    run,
    share_right,
)

pytestmark = pytest.mark.evaluation


@dataclass
class Evaluated:
    """A run of the command line: its folder, the rows, the log, and how many requests it made."""

    folder: Path
    rows: list[Row]
    log: Any
    requests: int

    @property
    def file(self) -> Path:
        return next(self.folder.glob("logs/*.eval"))


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evaluated]:
    """The recipe is named as a user does who stands in its folder; the judge finds every answer wrong."""
    folder = tmp_path_factory.mktemp("recipe")
    rows = rows_of_test(folder)
    recipe_in(folder)
    with knowing(answers_to(rows), grade="I") as server:
        logs = inspect_eval(
            folder, server, "builder_scripts/inspect_task.py", "-T", "config=recipe.yaml", PWD=str(folder)
        )
        yield Evaluated(folder, rows, logs["hf_synth_eval"], len(server.requests))


@pytest.mark.parametrize("metric", ["exact_match", "numeric", "contains", "multiple_choice"])
def test_the_command_line_scores_a_recipe(evaluated, metric):
    assert figures(evaluated.log)[metric]["accuracy"] == pytest.approx(share_right(evaluated.rows, metric))


def test_what_is_judged_is_scored_by_the_judge(evaluated):
    assert figures(evaluated.log)["factual_accuracy"]["accuracy"] == 0.0


def test_one_request_is_made_for_each_row_and_each_judgement(evaluated):
    judged = sum("factual_accuracy" in row["metrics"] for row in evaluated.rows)
    assert evaluated.requests == len(evaluated.rows) + judged


def test_the_log_joins_to_the_rows(evaluated, tmp_path):
    out = tmp_path / "answers.parquet"
    told = run(
        evaluated.folder, "python", "builder_scripts/join_inspect_log.py", evaluated.file,
        "--config", evaluated.folder / "recipe.yaml", "--out", out,
    )  # fmt: skip
    assert told.splitlines()[-1] == f"20 answers to 20 rows: {out}"
    lines: Any = Dataset.from_parquet(str(out), cache_dir=str(tmp_path / "cache"))
    for line in lines:
        row = evaluated.rows[line["row"]]
        assert {name: line[name] for name in row} == row
        assert (line["split"], line["epoch"], line["error"]) == ("test", 1, None)
        assert line["answer"] == (WRONG if missed(line["row"]) else row["ideal_output"])
        assert line["score_exact_match"] == (
            float(not missed(line["row"])) if "exact_match" in row["metrics"] else None
        )
        assert line["score_factual_accuracy"] == (0.0 if "factual_accuracy" in row["metrics"] else None)
    assert sorted(lines["row"]) == list(range(20))


def test_a_log_of_other_rows_is_refused(evaluated, cache):
    from builder_scripts.join_inspect_log import joined

    rows = Dataset.from_list([{"input": "?", "ideal_output": "!", "metrics": ["f1"]}])
    with pytest.raises(ValueError, match=r"sample 'test-\d+-\w{8}' asks what none of these rows asks"):
        joined({"test": rows}, [evaluated.file])


def test_the_join_tells_which_files_it_writes(monkeypatch, capsys):
    from builder_scripts.join_inspect_log import main

    monkeypatch.setattr("sys.argv", ["join_inspect_log.py", "log.eval", "--config", "recipe.yaml", "--out", "x.txt"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "has to end in .parquet, .jsonl, .csv" in capsys.readouterr().err
