from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hf_synth.engine.queueing import Room


def wave(room: Room, requests: int, capacity: int) -> int:
    """Send a wave against a queue of a capacity; how many requests found room."""
    room.begin()
    taken = 0
    while requests > 0 and not room.full:
        size = min(room.most, requests)
        requests -= size
        room.sent += 1
        if taken + size > capacity:
            room.refuse(size)
        else:
            taken += size
    return taken


def test_a_queue_that_refuses_everything_gets_one_smaller_batch() -> None:
    room = Room(50_000)
    assert wave(room, 100_000, 10_000) == 0

    assert wave(room, 100_000, 10_000) == 0
    assert (room.most, room.sent) == (25_000, 1)


def test_a_queue_that_took_some_gets_as_many_again() -> None:
    room = Room(100)
    assert wave(room, 1000, 250) == 200

    assert wave(room, 800, 250) == 200
    assert room.sent == 2


def test_a_queue_that_takes_all_it_gets_is_tried_with_more() -> None:
    room = Room(100)
    wave(room, 1000, 250)
    wave(room, 800, 10_000)

    assert wave(room, 600, 10_000) == 400


def test_a_queue_without_room_for_a_single_request_is_hopeless() -> None:
    room = Room(1)
    wave(room, 1, 0)

    assert room.hopeless


@given(st.integers(1, 5000), st.integers(1, 500), st.integers(1, 1000))
def test_everything_finds_room_in_the_end_where_one_request_does(requests: int, capacity: int, most: int) -> None:
    room, waves = Room(most), 0
    while requests > 0:
        requests -= wave(room, requests, capacity)
        assert not room.hopeless
        waves += 1
        assert waves < 20 + 2 * 5000
