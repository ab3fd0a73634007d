from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.config import GenerationConfig, read_config
from hf_synth.config.outline import PARTS, OutlineConfig
from hf_synth.errors import ConfigError
from hf_synth.registry import resolve

BASE: dict[str, Any] = {"schema": "preference_v1", "domain": "gardens", "models": {"generator": "offline"}}


def identity(outline: Any) -> str:
    return resolve(GenerationConfig(**BASE, outline=outline), {}).identities.journal


def error_of(outline: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        GenerationConfig(**BASE, outline=outline)
    return str(caught.value)


NAMES = st.lists(st.text(st.characters(exclude_categories=["Cs"])).filter(str.strip), min_size=1, max_size=5)


@given(NAMES)
def test_a_list_and_a_mapping_of_topics_reach_one_identity(topics):
    assert identity(topics) == identity({"topics": topics}) == identity({"topics": topics, "styles": None})


@given(st.dictionaries(st.sampled_from(PARTS), NAMES, min_size=1))
def test_the_order_in_which_parts_are_given_does_not_matter(parts):
    assert identity(parts) == identity(dict(reversed(parts.items())))


def test_every_part_and_the_order_in_it_is_a_part_of_the_identity():
    outlines: list[Any] = [{part: ["a", "b"]} for part in PARTS] + [None, ["b", "a"], ["a"]]
    assert len({identity(outline) for outline in outlines}) == len(outlines)


def test_white_space_around_names_and_their_normal_form_do_not_matter():
    word = "Café"
    assert identity([f" {word}\n"]) == identity([word]) == identity([unicodedata.normalize("NFD", word)])


def test_a_name_that_is_given_twice_counts_once():
    assert OutlineConfig(topics=["soil", "light", " soil "]).topics == ["soil", "light"]


@pytest.mark.parametrize(
    ("outline", "told"),
    [
        ({}, "outline: it gives nothing. Give topics, or one of task_types, audiences, styles, criteria."),
        ({"styles": None}, "outline: it gives nothing."),
        ([], "outline.topics: List should have at least 1 item"),
        ({"styles": []}, "outline.styles: List should have at least 1 item"),
        (["soil", " "], "outline.topics.1: it is empty."),
        ([1990], "outline.topics.0: Input should be a valid string, but got 1990. Put it in quotes."),
        ("soil", "outline: Input should be a mapping of fields"),
        ({"topics": "soil"}, "outline.topics: Input should be a valid list, but got 'soil'."),
        ({"topisc": ["soil"]}, "unknown field 'outline.topisc'. Did you mean 'topics'?"),
    ],
)
def test_a_mistake_is_one_clear_sentence(outline, told):
    said = error_of(outline)
    assert said.startswith(f"Config: {told}")
    assert said.count("outline") == 1


def test_a_part_can_be_added_to_a_recipe():
    made = read_config({**BASE, "outline": {"topics": ["soil"]}}, outline={"styles": ["a case"]}).outline
    assert made == OutlineConfig(topics=["soil"], styles=["a case"])
