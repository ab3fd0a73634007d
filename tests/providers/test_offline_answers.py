"""The offline provider: responses, second answers, verdicts, and shapes it does not know."""

from __future__ import annotations

import asyncio
import json
import re
from itertools import pairwise
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from pydantic import BaseModel, Field

from hf_synth.providers._template.grammar import LANGUAGES, grammar_for
from hf_synth.providers.offline import PROVIDER
from hf_synth.types import Endpoint, Message, Request, Shape
from tests.providers.template_calls import DIFFICULTIES, VERDICT, Options, data, ideas, reply, slots

METRICS = {"exact_match", "factual_accuracy", "f1", "contains", "multiple_choice", "numeric"}
BOILERPLATE = re.compile(
    r"\b(as an ai|i can ?not|i can't|sure,|certainly|here is|i'm sorry)\b|\[[A-Z]|\{|\}", re.IGNORECASE
)
STYLES = ("vague", "brief", "plain", "structured", "thorough")


def row_texts(language: str, seed: int) -> tuple[str, str]:
    """A prompt with its system prompt, and the response to it."""
    idea = ideas("instruction_v1", language, 1, slots=slots(language, 1, seed), seed=seed)[0]
    response = reply("respond", language, prompt=idea["instruction"], topic="Late parcels", seed=seed).text
    return f"{idea['system_prompt']} {idea['instruction']}", response


def check_language(language: str, identifier: LanguageIdentifier) -> None:
    for seed in range(150):
        for text in row_texts(language, seed):
            assert identifier.classify(text)[0] == language, text
            assert not BOILERPLATE.search(text), text
            assert text[-1] in ".?!", text


@pytest.fixture(scope="module")
def identifier() -> LanguageIdentifier:
    """The identifier with all its languages, a harder test than a plausible few."""
    return LanguageIdentifier.from_model_file(MODEL_FILE)


def test_rows_in_english_are_english(identifier: LanguageIdentifier) -> None:
    check_language("en", identifier)


def test_rows_in_spanish_are_spanish(identifier: LanguageIdentifier) -> None:
    check_language("es", identifier)


def test_rows_in_french_are_french(identifier: LanguageIdentifier) -> None:
    check_language("fr", identifier)


def test_rows_in_german_are_german(identifier: LanguageIdentifier) -> None:
    check_language("de", identifier)


@given(
    max_tokens=st.integers(50, 4000),
    topic=st.text(max_size=300),
    language=st.sampled_from(LANGUAGES),
    style=st.sampled_from(("", "unheard of", *STYLES)),
    difficulty=st.sampled_from((*DIFFICULTIES, "odd")),
    seed=st.integers(0, 99),
)
@settings(max_examples=200, deadline=None)
def test_a_response_fits_into_max_tokens_and_ends_with_a_sentence(
    max_tokens: int, topic: str, language: str, style: str, difficulty: str, seed: int
) -> None:
    details = {"topic": topic, "style": style, "difficulty": difficulty, "prompt": "Why 17 and 23?"}
    text = reply("respond", language, max_tokens=max_tokens, seed=seed, **details).text
    assert len(text.encode("utf-8", "surrogatepass")) <= 4 * max_tokens
    assert text.startswith(grammar_for(language).marker)
    assert text.endswith((".", "!", "?"))
    assert len(text) > len(grammar_for(language).marker) + 40


def test_a_response_takes_up_the_topic_and_the_figures_of_the_prompt() -> None:
    text = reply("respond", prompt="Order 48213 waits for 17 days.", topic="Late parcels", style="").text
    assert "Late parcels" in text
    assert "48213, 17" in text


@given(
    language=st.sampled_from(LANGUAGES),
    seed=st.integers(0, 9999),
    topic=st.text(max_size=80),
    audience=st.text(max_size=20),
)
@settings(max_examples=100, deadline=None)
def test_the_second_answer_agrees_with_the_ideal_it_never_saw(
    language: str, seed: int, topic: str, audience: str
) -> None:
    asked = [slot | {"audience": audience} for slot in slots(language, 6)]
    for idea in ideas("eval_v1", language, topic=topic, slots=asked, seed=seed):
        assert idea["input"].endswith(f"({grammar_for(language).marker})")
        assert set(idea["metrics"]) <= METRICS
        assert reply("answer", language, input=idea["input"], metrics=[]).text == idea["ideal_output"] != ""


def test_the_second_answer_to_another_text_is_plain_text() -> None:
    for text in ("", "What is 2 + 2?", "a\nAnna: 3.\nWhat number belongs to Omar?"):
        assert reply("answer", input=text, metrics=["numeric"]).text.startswith(grammar_for("en").marker)


@given(prompt=st.text(max_size=50), first=st.text(max_size=200), second=st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_swapping_two_responses_swaps_their_scores_exactly(prompt: str, first: str, second: str) -> None:
    one = data("judge", shape=VERDICT, prompt=prompt, first=first, second=second)
    other = data("judge", shape=VERDICT, prompt=prompt, first=second, second=first)
    assert (one["first_score"], one["second_score"]) == (other["second_score"], other["first_score"])
    assert one["first_assessment"] == other["second_assessment"]
    assert {one["winner"], other["winner"]} in ({"first", "second"}, {"tie"})
    assert 0 <= one["first_score"] <= 10


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("max_tokens", [50, 1024])
def test_responses_of_two_styles_are_apart_and_neither_is_worthless(language: str, max_tokens: int) -> None:
    for seed in range(20):
        texts = [
            reply("respond", language, max_tokens=max_tokens, prompt="Why?", topic="Fees", style=style, seed=seed).text
            for style in STYLES
        ]
        for worse, better in pairwise(texts):
            scores = data("judge", language, shape=VERDICT, prompt="Why?", first=worse, second=better)
            assert scores["second_score"] - scores["first_score"] >= 1
            assert scores["first_score"] >= 0.5
            assert scores["winner"] == "second"
            assert not re.search(r"\b(first|second|A|B)\b", scores["first_assessment"])
            assert grammar_for(language).marker in scores["first_assessment"]


class Leaf(BaseModel):
    name: str
    email: str
    kind: Literal["a", "b"]
    share: float = Field(ge=0, le=1)
    after: Leaf | None = None


class Tree(BaseModel):
    title: str = Field(min_length=5, max_length=30)
    answer: str = Field(min_length=400, max_length=600)
    count: int = Field(gt=3, lt=6)
    even: int = Field(ge=1, le=9, multiple_of=2)
    flag: bool
    fixed: Literal["yes"]
    either: int | str
    leaves: list[Leaf] = Field(min_length=4, max_length=4)
    few: list[Annotated[str, Field(max_length=12)]] = Field(max_length=1)
    anything: dict[str, str]


def walked(schema: dict[str, Any], seed: int) -> Any:
    request = Request((Message("user", "fill it"),), 500, Shape("tree", schema), seed=seed)
    provider = PROVIDER.connect(Endpoint("offline", "template"), None, Options())
    return json.loads(asyncio.run(provider.complete(request, "json_schema", 1.0)).text)


def test_a_shape_that_nobody_told_it_about_is_filled_within_its_limits() -> None:
    for seed in range(30):
        tree = Tree.model_validate(walked(Tree.model_json_schema(), seed), strict=True)
        assert len({leaf.email for leaf in tree.leaves}) > 1
    assert walked(Tree.model_json_schema(), 1) != walked(Tree.model_json_schema(), 2)


def test_a_draft_of_a_schema_of_others_has_one_idea_per_slot() -> None:
    item = {"type": "object", "properties": {"question": {"type": "string"}, "level": {"enum": ["x", "y"]}}}
    shape = {"type": "object", "properties": {"ideas": {"type": "array", "items": item}}, "required": ["ideas"]}
    made = data("draft", shape=shape, schema="dialogue_v9", topic="Late parcels", slots=slots("en", 4))["ideas"]
    assert len(made) == 4
    assert all("Late parcels" in idea["question"] and idea["level"] in "xy" for idea in made)
