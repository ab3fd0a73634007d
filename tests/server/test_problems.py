"""Errors as problem+json."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from hf_synth import errors
from hf_synth.server import refusals
from hf_synth.server.problems import MISTAKE, problem, problem_of, reason, status_of, title
from hf_synth.server.shapes import Problem, Reason
from hf_synth.server.store import StoreFailed

KINDS = [
    kind
    for module in (errors, refusals)
    for _, kind in inspect.getmembers(module, inspect.isclass)
    if issubclass(kind, errors.HfSynthError)
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_of_the_library_has_a_status_and_keeps_its_words(kind):
    more: Any = {"cause": "schema"} if kind is errors.RequestRefused else {}
    error = kind("It was 3 of 5.", hint="Try 4.", **more)
    told = problem_of(error)
    assert Problem(**told).model_dump() == told
    assert told["status"] == status_of(error)
    assert 400 <= told["status"] < 600
    assert told["detail"] == str(error)
    assert told["hint"] == "Try 4."
    assert told["type"] == f"urn:hf-synth:error:{kind.__name__}"


def test_the_status_says_whose_turn_it_is():
    assert status_of(errors.ConfigError("x")) == 422
    assert status_of(errors.BudgetReached("x")) == 402
    assert status_of(refusals.NotAllowed("x")) == 403
    assert status_of(refusals.JobConflict("x")) == 409
    assert status_of(refusals.QueueFull("x")) == 429


def test_a_title_is_made_of_the_words_of_a_name():
    assert [title(name) for name in ("BudgetReached", "Mistake")] == ["Budget reached", "Mistake"]


def test_a_problem_without_a_kind_is_that_of_its_status():
    assert problem(404, "x") == {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "x"}


@pytest.mark.parametrize("error", [ValueError("a row: zebra"), errors.ConfigError("no zebra"), KeyError("zebra")])
def test_of_a_failed_job_only_what_the_library_says_is_told(error):
    told = reason(error)
    Reason(**told)
    ours = isinstance(error, errors.HfSynthError)
    assert (told["detail"] == MISTAKE) is not ours
    assert ("zebra" in str(told)) is ours
    assert told["exit_code"] == getattr(error, "exit_code", 1)


@pytest.mark.parametrize("error", [errors.JournalError("The journal in '/srv/keys' is full."), StoreFailed("s3://x")])
def test_places_of_the_server_are_nothing_for_strangers(error):
    told = str(reason(error))
    assert "/srv" not in told
    assert "s3" not in told
    assert "on record" in told
