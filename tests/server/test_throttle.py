"""Requests per minute of a key."""

from __future__ import annotations

import contextlib

from hf_synth.server.keys import Key
from hf_synth.server.throttle import Streams, Throttle


def key(name: str, most: int | None) -> Key:
    return Key(id=name, name=name, created_at=0.0, requests_per_minute=most)


def test_a_key_is_let_in_as_often_as_it_may_and_then_told_to_wait_whole_seconds():
    throttle = Throttle()
    waits = [throttle.wait(key("a", 3)) for _ in range(5)]
    assert waits[:3] == [0, 0, 0]
    assert all(isinstance(wait, int) and 1 <= wait <= 60 for wait in waits[3:])


def test_keys_are_counted_apart():
    throttle = Throttle()
    assert [throttle.wait(key(name, 1)) == 0 for name in ("a", "a", "b", "c", "b")] == [True, False, True, True, False]


def test_a_key_without_a_limit_never_waits():
    throttle = Throttle()
    assert not any(throttle.wait(key("a", None)) for _ in range(1000))


def test_streams_are_counted_by_whose_they_are_until_they_end():
    streams = Streams()
    with streams.one("a", 2) as first, streams.one("a", 2) as second, streams.one("a", 2) as third:
        assert [first, second, third] == [True, True, False]
        with streams.one("b", 2) as other:
            assert other
        assert streams.open == {"a": 2}
    with contextlib.suppress(ValueError), streams.one("a", 2):
        raise ValueError
    assert streams.open == {}
