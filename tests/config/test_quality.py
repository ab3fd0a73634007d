from __future__ import annotations

import pytest
from pydantic import ValidationError

from hf_synth.config import Quality
from hf_synth.config.names import known


@pytest.mark.parametrize("check", known("checks"))
def test_every_check_has_a_switch_and_is_on_by_default(check):
    assert Quality().on(check)
    assert not Quality(**{check: False}).on(check)
    assert Quality(**{check: True}).on(check)


def test_naming_a_default_changes_no_identity():
    named = Quality.model_validate({"duplicate_similarity": 0.7, "candidates": 2, "refusal": True, "language": True})
    assert named.canonical() == Quality().canonical()
    assert Quality(min_margin=1).canonical() == Quality().canonical()


@pytest.mark.parametrize("change", [{"min_margin": 2.0}, {"refusal": False}, {"max_repairs": 0}, {"candidates": 3}])
def test_another_threshold_or_switch_changes_the_identity(change):
    assert Quality(**change).canonical() != Quality().canonical()


@pytest.mark.parametrize("wrong", [{"min_rejected_score": 11}, {"max_repairs": 11}, {"candidates": 9}, {"length": 1}])
def test_values_out_of_range_are_refused(wrong):
    with pytest.raises(ValidationError):
        Quality(**wrong)
