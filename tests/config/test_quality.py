from __future__ import annotations

import pytest
from pydantic import ValidationError

from hf_synth.config import Quality
from hf_synth.config.names import known


@pytest.mark.parametrize("check", known("checks"))
def test_every_check_has_a_switch_and_is_on_by_default(check):
    for switch, on in ((True, True), (False, False), ("drop", True), ("flag", True)):
        assert Quality.model_validate({check: switch}).on(check) is on
    assert Quality().on(check)


def test_a_switch_says_what_becomes_of_a_row_and_else_the_check_does():
    said = Quality.model_validate({"refusal": "flag", "pii": "drop", "language": False, "length": True})
    assert (said.mode("refusal", "drop"), said.mode("pii", "flag"), said.mode("language", "drop")) == (
        "flag", "drop", None,
    )  # fmt: skip
    assert (said.mode("length", "drop"), said.mode("length", "flag"), said.mode("empty", "drop")) == (
        "drop", "flag", "drop",
    )  # fmt: skip


@pytest.mark.parametrize("form", ["bench.jsonl", {"path": "bench"}, ["bench", {"data_files": "b.csv", "column": "q"}]])
def test_what_rows_are_kept_apart_from_takes_the_forms_of_a_source(form):
    named = Quality.model_validate({"decontaminate": form}).decontaminate
    assert all(source.path or source.data_files for source in named)
    assert len(named) == (len(form) if isinstance(form, list) else 1)


def test_naming_a_default_changes_no_identity():
    named = Quality.model_validate({"duplicate_similarity": 0.7, "candidates": 2, "refusal": True, "language": True})
    assert named.canonical() == Quality().canonical()
    assert Quality(min_margin=1).canonical() == Quality().canonical()


@pytest.mark.parametrize(
    "change",
    [
        {"min_margin": 2.0},
        {"refusal": False},
        {"refusal": "flag"},
        {"max_repairs": 0},
        {"candidates": 3},
        {"rubric": "x"},
    ],
)
def test_another_threshold_or_switch_changes_the_identity(change):
    assert Quality.model_validate(change).canonical() != Quality().canonical()


@pytest.mark.parametrize(
    "wrong", [{"min_rejected_score": 11}, {"candidates": 9}, {"length": 1}, {"length": "keep"}, {"decontaminate": [{}]}]
)
def test_values_out_of_range_are_refused(wrong):
    with pytest.raises(ValidationError):
        Quality.model_validate(wrong)
