from __future__ import annotations

import json
import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.config.identity import digest, unpaired

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_a_round_trip_through_json_changes_nothing(value):
    assert digest(json.loads(json.dumps(value))) == digest(value)


@given(st.dictionaries(TEXT, JSON, max_size=4))
def test_the_order_of_fields_means_nothing(value):
    distinct = {unicodedata.normalize("NFC", name): item for name, item in value.items()}
    assert digest(dict(reversed(distinct.items()))) == digest(distinct)


@given(TEXT)
def test_composed_and_decomposed_text_are_one(text):
    apart, together = unicodedata.normalize("NFD", text), unicodedata.normalize("NFC", text)
    assert digest({apart: [apart]}) == digest({together: (together,)})


def test_a_digest_is_the_same_on_every_machine():
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"  # sha256 of "{}"


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_what_json_cannot_say_is_refused(wrong):
    with pytest.raises(ValueError, match="JSON"):
        digest({"a": [wrong]})


@given(JSON, JSON)
def test_other_values_have_other_digests(one, other):
    def plain(value):
        return unicodedata.normalize("NFC", json.dumps(value, sort_keys=True, ensure_ascii=False))

    assert (digest(one) == digest(other)) == (plain(one) == plain(other))


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("fine 😀", None),
        ("\ud83d", ""),
        ({"a": ["x", {"b": "\udc00"}]}, "a.1.b"),
        ({"a": {"\ud800": 1}}, "a"),
        ({"a": 3, "b": None, "c": [True]}, None),
    ],
)
def test_half_a_character_is_found(value, place):
    assert unpaired(value) == place
