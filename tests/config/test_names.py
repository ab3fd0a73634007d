from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.config.names import built_in, check_language, known, language_name, languages, near_miss


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("schemas", {"eval_v1", "instruction_v1", "preference_v1"}),
        ("providers", {"anthropic", "hf", "offline", "openai"}),
        ("checks", {"duplicate", "language", "length", "refusal"}),
    ],
)
def test_plug_ins_are_the_files_of_a_folder_without_those_that_begin_with_an_underscore(kind, names):
    assert names <= set(built_in(kind))
    assert set(built_in(kind)) <= set(known(kind))
    assert not any(name.startswith("_") for name in known(kind))


@pytest.mark.parametrize(
    ("tag", "shaped"),
    [
        ("en", "en"),
        ("EN_us", "en-US"),
        ("zh-hant-tw", "zh-Hant-TW"),
        (" de ", "de"),
        ("sr_latn", "sr-Latn"),
        ("no", "no"),
    ],
)
def test_language_tags_are_normalised(tag, shaped):
    assert check_language(tag) == shaped


@given(st.sampled_from(sorted(languages())), st.lists(st.sampled_from(["US", "br", "HANT", "419", "latn"]), max_size=2))
def test_normalising_twice_is_normalising_once(first, rest):
    once = check_language("_".join([first, *rest]))
    assert check_language(once) == once
    assert check_language(once.upper()) == once


@pytest.mark.parametrize("tag", ["xx", "", "e", "123", "en-", "en-toolongpart", "pt BR", "klingonese"])
def test_what_is_no_language_tag_is_refused(tag):
    with pytest.raises(ValueError, match="language"):
        check_language(tag)


@pytest.mark.parametrize(("name", "code"), [("english", "en"), ("German", "de"), ("Japanese", "ja")])
def test_the_name_of_a_language_suggests_its_code(name, code):
    with pytest.raises(ValueError, match=f"Did you mean '{code}'"):
        check_language(name)


def test_prompts_name_languages_in_english():
    assert language_name("fr") == "French"
    assert language_name("pt-BR") == "Portuguese (pt-BR)"


def test_the_near_miss_is_suggested_else_all_names_are_listed():
    assert near_miss("econmy", ["economy", "standard"]) == " Did you mean 'economy'?"
    assert near_miss("zzz", ["economy", "standard"]) == " Known: economy, standard."
