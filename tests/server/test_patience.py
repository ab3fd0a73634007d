"""Trying again, for a while."""

from __future__ import annotations

import pytest
from sqlalchemy import exc

from hf_synth.server.patience import AWAY, patiently, said
from hf_synth.server.store import StoreFailed


class Flaky:
    """Fails so many times."""

    def __init__(self, times: int, error: Exception) -> None:
        self.left, self.error = times, error

    def __call__(self) -> str:
        if self.left:
            self.left -= 1
            raise self.error
        return "done"


def test_what_goes_well_after_a_while_is_returned():
    assert patiently(Flaky(1, StoreFailed("It is away.")), StoreFailed) == "done"


def test_the_last_error_is_raised_when_the_time_is_up():
    with pytest.raises(StoreFailed, match=r"It is away\. Nothing that was paid for is lost"):
        patiently(Flaky(9, StoreFailed("It is away.")), StoreFailed, patience=0.0)


def test_another_error_is_raised_at_once():
    with pytest.raises(KeyError):
        patiently(Flaky(1, KeyError()), StoreFailed)


def test_whoever_is_told_to_end_tries_no_more():
    class Ending(Exception):
        pass

    def ending() -> None:
        raise Ending

    with pytest.raises(Ending):
        patiently(Flaky(9, StoreFailed("It is away.")), StoreFailed, ending)


def test_of_a_database_the_log_gets_no_words():
    error = exc.OperationalError("insert into jobs", {"config": "words of a prompt"}, OSError("words"))
    assert said(error) == "The database does not answer: OSError"
    assert isinstance(error, AWAY)
    assert not isinstance(exc.IntegrityError("insert", {}, OSError()), AWAY)
