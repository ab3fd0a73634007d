from __future__ import annotations

import inspect
import pickle

import pytest

from hf_synth import errors
from hf_synth.errors import HfSynthError, RateLimited, RequestRefused, Unavailable, Unfit

KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, HfSynthError) and kind is not RequestRefused
]
CODES = {
    errors.HfSynthError: 1,
    errors.ConfigError: 2,
    errors.ProviderError: 3,
    errors.BudgetReached: 4,
    errors.TooFewRows: 5,
    errors.JournalError: 1,
    errors.RecordsNotFound: 1,
    errors.MissingExtra: 1,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_survives_a_pickle_with_all_it_carries(kind):
    error = kind("It broke.", hint="Mend it.")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert vars(again) == vars(error)
    assert str(again) == str(error) == "It broke. Mend it."


def test_errors_with_more_to_carry_survive_too():
    for error in (
        RequestRefused("No.", cause="content_filter", status=400),
        RateLimited("Wait.", retry_after=2.5),
        Unavailable("Gone.", status=503, retry_after=1.0, maybe_paid=False),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert vars(again) == vars(error)


@pytest.mark.parametrize(("kind", "code"), CODES.items())
def test_exit_codes_are_those_of_the_surface(kind, code):
    assert kind.exit_code == code
    assert all(below.exit_code == code for below in kind.__subclasses__() if below not in CODES)


def test_every_error_of_a_provider_exits_with_3():
    assert {kind.exit_code for kind in KINDS if issubclass(kind, errors.ProviderError)} == {3}


def test_only_what_may_succeed_later_is_retryable():
    assert {kind for kind in KINDS if kind.retryable} == {errors.RateLimited, errors.Overloaded, errors.Unavailable}


@pytest.mark.parametrize("kind", KINDS)
def test_the_docstring_of_the_room_draws_every_error(kind):
    assert f" {kind.__name__} " in str(errors.__doc__) or kind is HfSynthError


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [(errors.ConfigError, ValueError), (errors.MissingExtra, ImportError), (errors.RecordsNotFound, LookupError)],
)
def test_errors_are_also_what_python_calls_them(kind, builtin):
    assert issubclass(kind, builtin)


def test_a_hint_replaces_the_default_one_and_an_empty_one_drops_it():
    assert "max_cost" in str(errors.BudgetReached("Reached."))
    assert str(errors.BudgetReached("Reached.", hint="Stop.")) == "Reached. Stop."
    assert str(errors.BudgetReached("Reached.", hint="")) == "Reached."


def test_an_unfit_candidate_is_no_error_of_ours():
    unfit = Unfit("tie", "6 to 6")
    assert (unfit.cause, unfit.detail) == ("tie", "6 to 6")
    assert not isinstance(unfit, HfSynthError)
