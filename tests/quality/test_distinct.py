from __future__ import annotations

import pytest

from hf_synth.quality.distinct import CHECK
from quality.making import candidate, config


@pytest.mark.parametrize(("one", "other"), [("Yes.", "Yes."), ("Yes.", " yes"), ("It’s a  boat!", "it's a boat")])
def test_responses_that_are_equal_after_normalisation_are_refused(one: str, other: str):
    assert CHECK(candidate(one, other), config())
    assert CHECK(candidate(one, "Something else.", other), config())


@pytest.mark.parametrize(
    ("one", "other"), [("Yes.", "No."), ("C", "C++"), ("3.14", "314"), ("-5", "5"), ("10²", "102")]
)
def test_responses_that_differ_pass(one: str, other: str):
    assert CHECK(candidate(one, other), config()) is None


def test_a_single_response_passes():
    assert CHECK(candidate("Yes."), config()) is None
