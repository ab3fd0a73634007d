"""`builder_scripts/inspect_task.py`: each row is answered once and scored by its own metrics."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import pytest

from downstream.evaluating import figures

pytestmark = [
    pytest.mark.evaluation,
    pytest.mark.filterwarnings("ignore:The 'initial' parameter:DeprecationWarning"),  # inspect_ai, of tenacity
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),  # inspect_ai, of anyio
]

ROWS = [
    ("Capital of France?", "Paris", ["exact_match"], "The Paris."),
    ("Capital of Spain?", "Madrid", ["exact_match", "f1"], "Rome"),
    ("Name the colours.", "red green blue", ["f1"], "green red"),
    ("How do goods get to Oslo?", "ship", ["contains"], "By ship, or by rail."),
    ("Which is it?\nA) one\nB) two", "B", ["multiple_choice", "exact_match"], "B"),
    ("How heavy?", "12.5", ["numeric"], "12.5 kg"),
    ("How many?", "12", ["numeric"], "13"),
    ("Why does it rain?", "Warm air rises and cools.", ["factual_accuracy"], "Air cools as it rises."),
    ("Why does it snow?", "It is cold.", ["factual_accuracy", "contains"], "Nobody knows."),
]


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """A dataset of those rows."""
    named = [dict(zip(("input", "ideal_output", "metrics"), row[:3], strict=True)) for row in ROWS]
    place = tmp_path / "rows"
    place.mkdir()
    (place / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in named), "utf-8")
    return str(place)


def mock_model() -> Any:
    """Answers as the rows tell, and judges by what a good answer to the first of its questions says."""
    from inspect_ai.model import ModelOutput, ModelUsage, get_model  # pyright: ignore[reportMissingImports]

    known = {row[0]: row[3] for row in ROWS}

    def say(messages: list[Any], *_: Any) -> ModelOutput:
        asked = messages[-1].text
        answer = known.get(asked) or f"GRADE: {'C' if 'Air cools' in asked else 'I'}"
        made = ModelOutput.from_content("mockllm/model", answer)
        made.usage = ModelUsage()  # or it counts tokens, with a table that it downloads
        return made

    return get_model("mockllm/model", custom_outputs=say)


@pytest.fixture
def evaluate(tmp_path, cache, monkeypatch):
    """Runs the task in this process, and returns its log."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def run(**arguments: Any) -> Any:
        from inspect_ai import eval as inspect_eval  # pyright: ignore[reportMissingImports]

        from builder_scripts.inspect_task import hf_synth_eval

        task = hf_synth_eval(**arguments)
        (log,) = inspect_eval(task, model=mock_model(), log_dir=str(tmp_path / "logs"), display="none")
        assert log.status == "success", log.error
        return log

    yield run
    gc.collect()  # what Inspect left open is closed here, where it may be


def test_each_metric_is_scored_over_the_rows_that_name_it(evaluate, folder):
    told = figures(evaluate(repo=folder))
    assert {name: next(iter(metrics.values())) for name, metrics in told.items()} == pytest.approx(
        {
            "exact_match": 2 / 3,  # Paris and B, not Madrid
            "f1": 0.4,  # 0.8 and 0
            "contains": 0.5,
            "multiple_choice": 1.0,
            "numeric": 0.5,
            "factual_accuracy": 0.5,
        }
    )
    assert told["numeric"]["stderr"] == pytest.approx(0.5)


def test_a_metric_that_no_row_names_has_no_scorer(evaluate, tmp_path):
    (tmp_path / "few.jsonl").write_text(json.dumps({"input": ROWS[0][0], "ideal_output": "Paris", "metrics": ["f1"]}))
    assert figures(evaluate(repo=str(tmp_path / "few.jsonl").rpartition("/")[0])) == {"f1": {"mean": 1.0, "stderr": 0}}


def test_each_row_is_asked_once_and_keeps_its_id(evaluate, folder):
    one, other = evaluate(repo=folder), evaluate(repo=folder)
    ids = [sample.id for sample in one.samples]
    assert ids == [sample.id for sample in other.samples]
    assert [i.split("-")[:2] for i in ids] == [["test", str(number)] for number in range(len(ROWS))]
    assert len(set(ids)) == len(ROWS)
    assert [sample.output.completion for sample in one.samples] == [row[3] for row in ROWS]


def test_the_judge_is_told_the_critics_rubric_or_ones_own(evaluate, folder):
    from hf_synth.critic import CRITERIA

    def asked(log: Any) -> str:
        grading = log.samples[7].scores["factual_accuracy"].metadata["grading"]
        return grading[0]["content"]

    assert CRITERIA in asked(evaluate(repo=folder))
    assert "What a good answer is: it names {clouds}.\n" in asked(evaluate(repo=folder, rubric="it names {clouds}"))


def test_rows_in_the_columns_of_the_trl_view_are_asked_alike(evaluate, tmp_path):
    place = tmp_path / "chat"
    place.mkdir()
    rows = [{"prompt": [{"role": "user", "content": q}], "ideal_output": i, "metrics": m} for q, i, m, _ in ROWS]
    (place / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert figures(evaluate(repo=str(place)))["exact_match"]["accuracy"] == pytest.approx(2 / 3)


def test_other_rows_are_refused(tmp_path, cache):
    from builder_scripts.inspect_task import hf_synth_eval

    (tmp_path / "test.jsonl").write_text('{"question": "?"}\n')
    with pytest.raises(ValueError, match="no rows of eval_v1, but the columns question"):
        hf_synth_eval(repo=str(tmp_path))
    with pytest.raises(ValueError, match="leave out domain"):
        hf_synth_eval(repo=str(tmp_path), domain="geography")


def test_fields_of_a_config_make_the_rows(cache):
    from builder_scripts.inspect_task import hf_synth_eval

    task = hf_synth_eval(domain="geography", count=5, models={"generator": "offline"})
    assert [sample.metadata["split"] for sample in task.dataset] == ["train"] * 5
