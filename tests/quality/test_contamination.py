from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_synth.quality.contamination import NAME, VERSION, Contamination, Grams
from quality.making import candidate, config
from quality.texts import GOOD, SENTENCES

QUESTION = "A farmer has 17 sheep and all but nine of them run away during the storm, so how many are left?"
ZH = "一个农夫有十七只羊，除了九只以外，其余的羊在暴风雨中都跑掉了，请问还剩下多少只羊？"


def check(*texts: str) -> Contamination:
    return Contamination(Grams.of(texts))


def test_its_name_and_version_are_known_without_a_set():
    assert (NAME, VERSION) == ("contamination", 1) == (Contamination.name, Contamination.version)


@pytest.mark.parametrize(("language", "prompt", "text"), GOOD)
def test_good_texts_pass(language: str, prompt: str, text: str):
    assert check(QUESTION, ZH, "Which option is wrong?")(candidate(text, key_text=prompt), config()) is None


@pytest.mark.parametrize(
    "text",
    [
        QUESTION,
        f"Please solve this: {QUESTION} Explain.",
        QUESTION.upper().replace(",", " —"),
        " ".join(QUESTION.split()[3:16]),
    ],
)
def test_thirteen_words_in_a_row_are_found_in_prompt_and_response(text: str):
    assert "the prompt" in str(check("Other text.", QUESTION)(candidate("Eight.", key_text=text), config()))
    assert "a response" in str(check("Other text.", QUESTION)(candidate("Eight.", text), config()))


def test_twelve_words_in_a_row_pass():
    parts = QUESTION.split()
    text = " ".join([*parts[:12], "geese", *parts[12:]])
    assert check(" ".join(parts[:20]))(candidate("Eight.", key_text=text), config()) is None


def test_where_words_are_not_spaced_26_characters_are_found_and_25_pass():
    plain = ZH.replace("，", "").replace("？", "")
    assert check(ZH)(candidate(key_text=f"题目：{plain[4:30]}好"), config())
    assert check(ZH)(candidate(key_text=f"题目：{plain[4:29]}好"), config()) is None


def test_the_detail_shows_the_words():
    assert "'a farmer has 17 sheep and all but …'" in str(check(QUESTION)(candidate(key_text=QUESTION), config()))


@pytest.mark.parametrize("short", ["What is the capital of France?", "Who wrote Faust", "法国的首都是哪里"])
def test_a_short_text_counts_where_it_is_the_whole_prompt(short: str):
    found = check(short, QUESTION)
    assert found(candidate("Paris.", key_text=f"  {short.upper()} "), config())
    assert found(candidate("Paris.", key_text=f"{short} Explain briefly."), config()) is None
    assert found(candidate(short, key_text="Ask me something."), config()) is None


@pytest.mark.parametrize("short", ["", "Yes.", "Paris", "New York"])
def test_texts_of_one_or_two_words_count_never(short: str):
    grams = Grams.of([short])
    assert len(grams) == 0
    assert Contamination(grams)(candidate(short or "x", key_text=short or "x"), config()) is None


def test_a_run_that_more_than_ten_texts_have_is_boilerplate():
    rule = "Read the following question with care and answer it with a single letter from A to D please."
    ten, eleven = ([f"{rule} {n} {QUESTION if n == 0 else ''}" for n in range(count)] for count in (10, 11))
    row = candidate(key_text=f"{rule} What is a tide?")
    assert check(*ten)(row, config())
    assert check(*eleven)(row, config()) is None
    assert check(*eleven)(candidate(key_text=QUESTION), config())


def test_a_run_repeated_within_one_text_is_counted_once():
    song = " ".join(["row row row your boat gently down the stream merrily merrily merrily merrily"] * 30)
    assert check(song)(candidate(song), config())


def test_texts_are_streamed_and_equal_runs_are_held_once():
    def texts() -> Iterator[str]:
        yield QUESTION
        yield QUESTION

    assert len(Grams.of(texts())) == len(QUESTION.split()) - 12


def test_an_empty_set_refuses_nothing():
    assert check()(candidate(QUESTION, key_text=QUESTION), config()) is None


@pytest.fixture(scope="module")
def large() -> tuple[list[str], Contamination]:
    rng = random.Random(5)
    lexicon = [f"w{n}" for n in range(2000)]
    texts = [" ".join(rng.choices(lexicon, k=rng.randrange(3, 60))) for _ in range(5000)]
    return texts, Contamination(Grams.of(texts))


def test_in_a_large_set_all_texts_are_found_and_no_others(large: tuple[list[str], Contamination]):
    texts, found = large
    assert all(found(candidate(key_text=text), config()) for text in texts[::10])
    rng = random.Random(6)
    others = [" ".join(rng.choices([f"w{n}" for n in range(2000)], k=40)) for _ in range(500)]
    assert not any(found(candidate(text, key_text=text), config()) for text in others)


WORDS = st.sampled_from(" ".join(SENTENCES["en"] + SENTENCES["de"] + SENTENCES["ru"]).split())


@settings(deadline=None)
@given(st.lists(WORDS, min_size=13, max_size=20), st.lists(WORDS, max_size=20), st.lists(WORDS, max_size=20))
def test_planted_words_are_always_found(planted: list[str], before: list[str], after: list[str]):
    assert check(QUESTION, " ".join(planted))(candidate(" ".join([*before, *planted, *after])), config())


@settings(deadline=None)
@given(st.lists(WORDS, max_size=60), st.lists(WORDS, max_size=60))
def test_texts_that_share_no_run_never_meet(one: list[str], other: list[str]):
    distinct = [f"{word}{n}" for n, word in enumerate(other)]
    assert check(" ".join(one))(candidate(" ".join(distinct), key_text=" ".join(distinct)), config()) is None
