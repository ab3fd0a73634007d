"""From bytes to values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from hf_synth.server.answers import Refused
from hf_synth.server.body import check_kind, values_of


def refused(body: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        values_of(body)
    return caught.value


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "no JSON: Expecting value, line 1, column 1"),
        (b"{", 400, "no JSON"),
        (b'{"a": 1} {"a": 1}', 400, "Extra data"),
        (b"schema: instruction_v1", 400, "no JSON"),
        (b'{"a": NaN}', 400, "NaN"),
        (b'{"a": -Infinity}', 400, "-Infinity"),
        (b'{"a": 1e400}', 422, "1e400 in the body is too large"),
        (b'{"a": -1e400}', 422, "too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", 422, "too large"),
        (b'{"a": 1000000000000000000}', 422, "too large"),
        (b'{"count": 1, "count": 2}', 422, "'count' stands twice"),
        (b'{"a": [{"b": 1, "c": 2, "b": 1}]}', 422, "'b' stands twice"),
        (b"[1]", 422, "no JSON object"),
        (b'"text"', 422, "no JSON object"),
        (b"null", 422, "no JSON object"),
        (b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}", 422, "nested too deeply"),
        (b"[" * 200_000, 422, "nested too deeply"),
        (b'{"a":' * 100_000, 422, "nested too deeply"),
        (b'{"a": [' + b"0," * 60_000 + b"0]}", 422, "more than 50,000 values"),
        ('{"a": "é"}'.encode("latin-1"), 400, "no UTF-8 text, from byte 7"),
        ('{"a": 1}'.encode("utf-16"), 400, "no UTF-8"),
        ('{"a": 1}'.encode("utf-16-le"), 400, "no JSON"),
        ('{"a": 1}'.encode("utf-32"), 400, "no UTF-8"),
    ],
    ids=range(23),
)
def test_what_is_no_object_of_sensible_json_is_refused_in_words(body, status, said):
    error = refused(body)
    assert error.status == status
    assert said in error.detail
    assert len(error.detail) < 200


def test_a_hundred_thousand_names_of_which_one_stands_twice_are_soon_looked_through():
    names = ",".join(f'"{n}":0' for n in range(100_000))
    assert refused(f'{{{names},"99999":1}}'.encode()).detail.startswith("'99999' stands twice")


def test_a_byte_order_mark_is_left_out():
    assert values_of(b"\xef\xbb\xbf" + b'{"a": 1}') == {"a": 1}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), JSON, max_size=4), st.booleans())
def test_every_other_object_is_read_as_json_has_it(values: dict[str, Any], ascii_only: bool):
    text = json.dumps(values, ensure_ascii=ascii_only)
    try:
        body = text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair can be escaped, and not be written
        return
    assert values_of(body) == values


@given(st.binary(max_size=60) | st.binary(max_size=20).map(lambda raw: b'{"a": "' + raw + b'"}'))
def test_bytes_are_read_or_refused(body):
    try:
        told: Any = values_of(body)
    except Refused as error:
        told = error.status
    assert isinstance(told, dict) or told in (400, 422)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "application/json"},
        {"content-type": 'Application/JSON ; charset="UTF-8"'},
        {"content-type": "application/vnd.hf-synth+json"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-encoding": "identity"},
    ],
)
def test_json_is_taken_and_what_does_not_say_what_it_is(headers):
    check_kind(Headers(headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/yaml"},
        {"content-type": ""},
        {"content-type": "text/x+json"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-encoding": "gzip"},
        {"content-encoding": "identity, br"},
    ],
)
def test_what_says_that_it_is_something_else_is_refused(headers):
    with pytest.raises(Refused) as caught:
        check_kind(Headers(headers))
    assert caught.value.status == 415
