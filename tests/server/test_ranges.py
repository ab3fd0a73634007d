from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.server.ranges import Range, holds, range_of, same


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-9", Range(0, 9)),
        ("bytes=5-", Range(5, None)),
        ("bytes=-7", Range(None, 7)),
        ("Bytes= 1-2 ", Range(1, 2)),
    ],
)
def test_one_range_is_taken(header, expected):
    assert range_of(header) == expected


@pytest.mark.parametrize(
    "header",
    [
        None, "", "bytes", "bytes=", "bytes=-", "bytes=9-3", "bytes=0-1,4-5", "rows=0-1", "bytes=a-b", "bytes=1",
        "bytes=0x1-2", "bytes=-1-2", "bytes=" + "9" * 5000 + "-", "bytes=²-³",
    ],
)  # fmt: skip
def test_what_is_no_range_or_more_than_one_is_ignored(header):
    assert range_of(header) is None


@given(st.binary(max_size=20), st.integers(0, 25), st.integers(0, 25))
def test_a_range_is_a_slice(body, first, more):
    for asked, expected in (
        (Range(first, first + more), body[first : first + more + 1]),
        (Range(first, None), body[first:]),
        (Range(None, more), body[len(body) - min(more, len(body)) :]),
    ):
        found = asked.within(len(body))
        assert (body[slice(*found)] if found else b"") == expected
        assert found is None or found[0] < found[1]


def test_a_range_is_for_exactly_the_bytes_that_the_reader_has():
    assert holds(None, None)
    assert holds('"a"', '"a"')
    for if_range, etag in (('"a"', '"b"'), ('W/"a"', '"a"'), ('"a"', None), ("Sat, 28 Nov 2026 00:00:00 GMT", '"a"')):
        assert not holds(if_range, etag)


def test_what_the_reader_has_already_need_not_be_sent():
    for header in ('"a"', 'W/"a"', '"x", "a"', "*"):
        assert same(header, '"a"')
    for header in (None, "", '"b"', "a"):
        assert not same(header, '"a"')
