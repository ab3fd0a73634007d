from __future__ import annotations

import pytest

from hf_synth.quality.empty import CHECK
from quality.making import candidate, config


@pytest.mark.parametrize("text", ["", "   \n\t", "...", "?!", "—", "。", "\u200b", "“”"])
def test_a_text_without_content_is_refused_in_prompt_and_response(text: str):
    assert CHECK(candidate(text), config())
    assert CHECK(candidate("Fine.", text), config())
    assert CHECK(candidate("Fine.", key_text=text), config())


@pytest.mark.parametrize("text", ["a", "7", "+", "∞", "👍", "€", "- yes", "日"])
def test_the_shortest_answers_pass(text: str):
    assert CHECK(candidate(text), config()) is None


def test_a_row_without_responses_passes():
    assert CHECK(candidate(), config()) is None
