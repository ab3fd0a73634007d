"""The offline provider: what it writes for our own schemas."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_synth.errors import RequestInvalid
from hf_synth.providers._template.draw import Draw
from hf_synth.providers._template.grammar import LANGUAGES, grammar_for
from hf_synth.providers._template.ideas import aim, prompt_space, values
from hf_synth.providers._template.outline import title_space
from hf_synth.providers.offline import PROVIDER
from hf_synth.types import Brief, Endpoint, Request
from tests.providers.template_calls import DIFFICULTIES, OUTLINE, TEXTS, Options, data, ideas, reply, slots


def test_it_is_reached_without_key_and_network() -> None:
    assert (PROVIDER.name, PROVIDER.models, PROVIDER.dialects) == ("offline", ("template",), ("json_schema",))
    assert (PROVIDER.api_key_env, PROVIDER.default_base_url, PROVIDER.base_url_env) == (None, None, None)
    answer = reply("respond", prompt="Why?", topic="Late parcels")
    assert (answer.stop, answer.model, answer.usage.estimated) == ("stop", "template", True)
    assert answer.usage.output_tokens == -(-len(answer.text) // 4)


def test_the_same_request_is_answered_alike_by_every_process(python: Any) -> None:
    code = """
import asyncio
from hf_synth.providers.offline import PROVIDER
from hf_synth.types import Brief, Endpoint, Message, Request
brief = Brief("respond", "law", "de", {"prompt": "Warum 17?", "topic": "Fristen"})
provider = PROVIDER.connect(Endpoint("offline", "template"), None, None)
print(asyncio.run(provider.complete(Request((Message("user", "x"),), 99, brief=brief, seed=3), "prompt", 1)).text)
"""
    assert python(code, PYTHONHASHSEED="1") == python(code, PYTHONHASHSEED="2")


def test_another_seed_gives_another_draft() -> None:
    assert ideas("preference_v1", seed=1) != ideas("preference_v1", seed=2)


@pytest.mark.parametrize("language", ["pt-BR", "ja", "xx"])
def test_a_language_without_templates_is_refused_with_the_remedy(language: str) -> None:
    provider = PROVIDER.connect(Endpoint("offline", "template"), None, Options())
    request = Request((), 99, brief=Brief("respond", "law", language))
    with pytest.raises(RequestInvalid, match=rf"en, es, fr, de, not '{language}'.*openai:gpt-4o"):
        asyncio.run(provider.complete(request, "prompt", 1.0))


def test_a_regional_tag_uses_its_language() -> None:
    assert reply("respond", "de-AT", prompt="?").text.startswith(grammar_for("de").marker)


@given(wanted=st.integers(1, 40), seed=st.integers(0, 999), language=st.sampled_from(LANGUAGES))
@settings(max_examples=40, deadline=None)
def test_an_outline_has_as_many_new_topics_as_wanted(wanted: int, seed: int, language: str) -> None:
    known = data("outline", language, shape=OUTLINE, topics=30, known=[], seed=seed)["topics"]
    new = data("outline", language, shape=OUTLINE, topics=wanted, known=known, seed=seed)
    assert len(set(new["topics"])) == len(new["topics"]) == wanted
    assert not set(new["topics"]) & set(known)
    assert len(set(new["task_types"])) == len(set(new["audiences"])) == 6


def test_topics_go_on_when_all_titles_are_used_up() -> None:
    wanted = title_space(grammar_for("en")) + 50
    assert len(set(data("outline", shape=OUTLINE, topics=wanted)["topics"])) == wanted


def test_an_outline_has_the_fields_that_are_asked_for_and_no_others() -> None:
    assert list(data("outline", shape={"type": "object", "properties": {"topics": TEXTS}}, topics=3)) == ["topics"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("schema", ["instruction_v1", "preference_v1", "eval_v1"])
def test_a_draft_has_one_idea_per_slot_that_shows_what_it_is_about(schema: str, language: str) -> None:
    asked = slots(language, 8)
    for idea, slot in zip(ideas(schema, language, 8), asked, strict=True):
        text = " ".join(str(part) for part in idea.values())
        for part in ("Late parcels", slot["task_type"], slot["audience"]):
            assert part in text
        assert (grammar_for(language).marker in text) == (schema != "preference_v1")


def test_harder_tasks_are_longer() -> None:
    lengths = dict.fromkeys(DIFFICULTIES, 0)
    for seed in range(60):
        for idea, name in zip(ideas("preference_v1", count=3, seed=seed), DIFFICULTIES, strict=True):
            lengths[name] += len(idea["prompt"])
    assert lengths["easy"] * 1.3 < lengths["medium"] < lengths["hard"] / 1.2


@pytest.mark.parametrize(
    ("language", "formal", "casual"),
    [("es", r"\b(usted|su|le|les)\b", r"\b(tú|tu|te)\b"), ("fr", r"\b(vous|votre)\b", r"\b(tu|ton|te)\b"),
     ("de", r"\b(Sie|Ihr|Ihre)\b", r"\b(du|dein|dich)\b")],
)  # fmt: skip
def test_a_formal_tone_addresses_otherwise_than_a_casual_one(language: str, formal: str, casual: str) -> None:
    seen = dict.fromkeys(("formal", "casual"), "")
    for tone in seen:
        for seed in range(30):
            seen[tone] += " ".join(
                idea["system_prompt"] for idea in ideas("instruction_v1", language, tone=tone, seed=seed)
            )
    flags = re.IGNORECASE if language != "de" else 0
    assert re.search(formal, seen["formal"], flags)
    assert re.search(casual, seen["casual"], flags)
    assert not re.search(casual, seen["formal"], flags)


def test_another_tone_is_mentioned_by_name() -> None:
    assert "The tone should be poetic." in ideas("preference_v1", tone="poetic")[0]["prompt"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_prompts_and_topics_make_millions_of_rows_without_counting_names_and_numbers(language: str) -> None:
    grammar = grammar_for(language)
    assert title_space(grammar) >= 10_000
    one_topic = min(prompt_space(grammar, level, task) for level in DIFFICULTIES for task in grammar.tasks)
    assert title_space(grammar) * one_topic >= 2_000_000
    assert prompt_space(grammar, "hard", next(iter(grammar.tasks))) >= 2_000_000


def test_twenty_thousand_prompts_of_one_domain_are_distinct_even_without_their_numbers() -> None:
    topics = data("outline", shape=OUTLINE, topics=100)["topics"]
    texts = [
        re.sub(r"\d+", "0", idea["prompt"])
        for seed in range(4_000)
        for idea in ideas("preference_v1", topic=topics[seed % 100], slots=slots("en", 5, seed), seed=seed)
    ]
    assert len(texts) == 20_000
    assert len(set(texts)) >= 19_980


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("tone", ["formal", "casual"])
def test_every_sentence_of_a_language_has_only_places_that_are_filled(language: str, tone: str) -> None:
    grammar, english = grammar_for(language, tone), grammar_for("en")
    places = values(grammar, Draw("x"), aim(grammar, {}, "Fees", "law", tone))
    for tables in (grammar.tables, grammar.tasks):
        for name, sentences in tables.items():
            assert len(set(sentences)) == len(sentences)
            for sentence in sentences:
                filled = sentence if name == "figures" else sentence.format_map(places)
                assert filled.strip() == filled != ""
                assert not set("[]|") & set(filled)
    assert {name: len(table) for name, table in grammar.tables.items()} == {
        name: len(table) for name, table in english.tables.items()
    }
    assert grammar.questions.keys() == english.questions.keys()


def test_a_call_takes_little_time() -> None:
    start = time.process_time()
    for seed in range(200):
        ideas("instruction_v1", seed=seed)
        for number in range(5):
            reply("respond", prompt=f"Why {number}?", topic="Late parcels", difficulty="hard", seed=seed)
    assert (time.process_time() - start) / 1_200 < 0.001  # ten times what it takes, for busy machines
