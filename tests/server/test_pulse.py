from __future__ import annotations

import os
import time

import pytest

from generating import until
from hf_synth.server.pulse import Listener, Pulse


def test_silence_lasts_from_one_beat_to_the_next():
    with Listener() as listener:
        pulse = Pulse(os.dup(listener.theirs))
        listener.given()
        until(lambda: listener.listen() > 0.1, "silence")
        pulse.beat()
        assert listener.listen() == 0
        until(lambda: listener.listen() > 0.1, "silence")


def test_a_worker_that_is_gone_is_silent():
    with Listener() as listener:
        listener.given()
        until(lambda: listener.listen() > 0.1, "silence")


def test_where_both_were_stopped_neither_is_stuck(monkeypatch):
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with Listener() as listener:
        now += 3600
        assert listener.listen() == pytest.approx(1)
        listener.given()


def test_a_beat_that_nobody_takes_holds_nobody_up():
    listener = Listener()
    pulse = Pulse(os.dup(listener.theirs))
    listener.given()
    for _ in range(100_000):  # more than a pipe holds
        pulse.beat()
    assert listener.listen() == 0
    listener.__exit__(None, None, None)
    pulse.beat()
