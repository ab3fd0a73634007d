from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hf_synth.reports._words import cut, number, percent, shown, width


@given(st.text(alphabet=st.characters(), max_size=300), st.integers(2, 60))
def test_any_text_is_shown_as_one_valid_line_that_fits(text: str, most: int):
    line = shown(text, most)
    line.encode()
    assert line.isprintable() or "\u200d" in line or "\u200c" in line or not line.isascii()
    assert "\n" not in line
    assert width(line) <= max(most, len("(empty)"))


def test_wide_characters_take_two_columns_and_accents_none():
    assert (width("冷蔵"), width("e\u0301"), width("ab")) == (4, 1, 2)
    assert cut("冷蔵庫", 5) == "冷蔵…"


def test_what_could_turn_a_line_around_is_taken_out():
    assert shown("a\u202eb\x1b[31mc\u2066") == "ab[31mc"


def test_what_is_not_known_is_a_dash():
    assert number(None) == percent(None) == "–"
    assert (number(1234.5, 1), percent(0.125)) == ("1,234.5", "12.5%")
