from __future__ import annotations

import logging

import pytest

from hf_synth.executors import ranks


@pytest.mark.parametrize(
    ("world", "rank", "waits"),
    [
        (None, None, False),
        ("1", "0", False),
        ("4", "0", False),
        ("4", "1", True),
        ("2", "1", True),
        ("1", "1", False),
        ("4", None, False),
        ("many", "1", False),
        ("4", "first", False),
    ],
)
def test_only_ranks_other_than_0_of_a_launch_of_several_wait(monkeypatch, world, rank, waits):
    for name, value in (("WORLD_SIZE", world), ("RANK", rank)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert ranks.must_wait() is waits


def test_waiting_ends_when_it_is_ready_and_not_before():
    looks = iter([False, True, True])
    ranks.wait_until(lambda: next(looks), "a dataset")
    assert next(looks) is True  # looked at twice


def test_what_is_ready_is_not_waited_for(caplog):
    caplog.set_level(logging.WARNING)
    ranks.wait_until(lambda: True, "a dataset")
    assert caplog.text == ""
