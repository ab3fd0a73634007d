from __future__ import annotations

import pytest

from hf_synth.quality.length import CHECK, least_tokens
from quality.making import candidate, config

LONG = "The moon pulls the water of the oceans towards itself. " * 8


@pytest.mark.parametrize(("counted", "passes"), [(49, True), (50, True), (51, False)])
def test_the_count_of_the_server_decides(counted: int, passes: bool):
    for text in ("short", LONG):
        assert (CHECK(candidate(text, tokens=(counted,)), config(max_tokens=50)) is None) is passes


def test_each_response_has_its_own_count():
    assert "60" in str(CHECK(candidate("a", "b", tokens=(10, 60)), config(max_tokens=50)))


@pytest.mark.parametrize("tokens", [(), (None,)])
def test_without_a_count_only_what_is_surely_too_long_is_refused(tokens: tuple[None, ...]):
    assert CHECK(candidate(LONG, tokens=tokens), config(max_tokens=50))
    assert CHECK(candidate(LONG[:290], tokens=tokens), config(max_tokens=50)) is None


def test_the_estimate_follows_the_rule_of_four_characters_and_half_as_much_again():
    assert CHECK(candidate("word " * 80), config(max_tokens=50))
    assert CHECK(candidate("word " * 60), config(max_tokens=50)) is None


def test_a_character_of_an_unspaced_script_is_half_a_token():
    assert least_tokens("潮汐由月球引力引起" * 20) == 90
    assert CHECK(candidate("潮汐由月球引力引起" * 20), config(max_tokens=60))
    assert CHECK(candidate("潮汐由月球引力引起" * 10), config(max_tokens=60)) is None


def test_rules_and_indents_count_little():
    assert least_tokens("-" * 6000 + "\n" + " " * 6000) < 3
