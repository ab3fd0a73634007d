from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_synth.quality.copied import CHECK
from quality.making import candidate, config, with_examples
from quality.texts import GOOD, SENTENCES

PASSAGES = {code: ("" if code in ("ja", "zh") else " ").join(parts) for code, parts in SENTENCES.items()}
LONG = " ".join(SENTENCES["en"][6:10])
EXAMPLE = {
    "instruction": "Write a polite reply to a customer whose parcel came late and who wants the shipping costs back.",
    "response": "Your parcel should have come on Monday, and I am sorry that it did not.",
    "metadata": {"domain": "support", "difficulty": "easy", "notes": ["a short remark of five words", LONG]},
}
OTHER_PROMPT = "How do I tell a colleague that the meeting has moved to another room?"


@pytest.mark.parametrize(("language", "prompt", "text"), GOOD)
def test_good_texts_pass(language: str, prompt: str, text: str):
    own = with_examples(EXAMPLE, {"instruction": "A quite different one."})
    assert CHECK(candidate(text, key_text=prompt, passage="The sea is deep. " * 30), own) is None


@pytest.mark.parametrize("language", PASSAGES)
def test_many_words_in_a_row_of_the_passage_are_refused_and_fewer_pass(language: str):
    passage = PASSAGES[language]
    unit = 2 if language in ("ja", "zh") else 1
    parts = (
        list(passage.replace("、", "").replace("，", "").replace("。", ""))
        if unit == 2
        else passage.replace("-", " ").split()
    )
    glue = "" if unit == 2 else " "
    for size in (40, 12):
        row = candidate(f"0 {glue.join(parts[5 : 5 + size * unit])} 0", passage=passage)
        less = candidate(f"0 {glue.join(parts[5 : 4 + size * unit])} 0", passage=passage)
        assert f"{size} words" in str(CHECK(row, config(quality={"copied_words": size})))
        assert CHECK(less, config(quality={"copied_words": size})) is None


def test_the_prompt_is_looked_at_too():
    assert CHECK(candidate("Fine.", key_text=f"Explain: {LONG}", passage=PASSAGES["en"]), config())


def test_without_a_passage_and_examples_nothing_is_copied():
    assert CHECK(candidate(LONG, key_text=LONG), config()) is None


@pytest.mark.parametrize("text", [LONG, f"As they say: {LONG.upper()} And so on."])
def test_a_long_text_of_an_example_is_found_however_deep_it_stands(text: str):
    assert "of an example" in str(CHECK(candidate(text), with_examples(EXAMPLE)))
    assert "of an example" in str(CHECK(candidate("Fine.", key_text=text), with_examples(EXAMPLE)))


@pytest.mark.parametrize(
    "prompt",
    [
        EXAMPLE["instruction"],
        EXAMPLE["instruction"].upper(),
        EXAMPLE["instruction"].replace("polite", "friendly"),
        f"{EXAMPLE['instruction'][:-1]}!",
        "A short remark: of five words",
    ],
)
def test_a_prompt_that_is_nearly_an_example_is_refused(prompt: str):
    assert CHECK(candidate("Fine.", key_text=prompt), with_examples({"instruction": "Other."}, EXAMPLE))


def test_the_similarity_is_that_of_duplicates():
    prompt = EXAMPLE["instruction"].replace("polite", "friendly").replace("late", "broken")
    assert CHECK(candidate(key_text=prompt), with_examples(EXAMPLE, duplicate_similarity=0.5))
    assert CHECK(candidate(key_text=prompt), with_examples(EXAMPLE, duplicate_similarity=0.9)) is None


def test_an_item_with_other_numbers_is_another_item():
    train = "A train travels {} km in {} hours at a constant speed. How far does it get in the next half of a day?"
    own = with_examples({"input": train.format(60, 2), "ideal_output": "360"})
    assert CHECK(candidate("960", key_text=train.format(80, 1)), own) is None
    assert CHECK(candidate("360", key_text=train.format(60, 2)), own)


def test_a_response_that_equals_an_examples_is_refused_where_it_is_a_sentence():
    own = with_examples(EXAMPLE, {"input": "Is it so?", "ideal_output": "Yes, it is."})
    assert CHECK(candidate(f" {EXAMPLE['response']}\n", key_text=OTHER_PROMPT), own)
    assert CHECK(candidate("Yes, it is.", key_text=OTHER_PROMPT), own) is None
    assert CHECK(candidate(f"{EXAMPLE['response']} Here is a voucher.", key_text=OTHER_PROMPT), own) is None


def test_each_config_has_its_own_examples():
    one, other = with_examples(EXAMPLE), with_examples({"instruction": OTHER_PROMPT})
    for _ in range(2):
        assert CHECK(candidate(key_text=EXAMPLE["instruction"]), one)
        assert CHECK(candidate(key_text=EXAMPLE["instruction"]), other) is None
        assert CHECK(candidate(key_text=OTHER_PROMPT), other)


WORDS = st.sampled_from(PASSAGES["en"].split() + PASSAGES["ru"].split())


@settings(deadline=None)
@given(st.lists(WORDS, min_size=40, max_size=60), st.lists(WORDS, max_size=10), st.lists(WORDS, max_size=10))
def test_forty_planted_words_are_always_found(planted: list[str], before: list[str], after: list[str]):
    assert CHECK(candidate(" ".join([*before, *planted, *after]), passage=" ".join(planted)), config())
