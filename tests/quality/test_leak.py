from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_synth.quality.leak import CHECK
from quality.making import candidate, config, with_examples
from quality.texts import GOOD, SENTENCES

DRAFT = (
    "For a fine-tuning dataset, write what a user asks an assistant, one instruction per numbered line (difficulty; "
    "task; who asks; form), in order: self-contained, with every fact and figure it needs, not answered, at most 35 "
    "words. No two share a scenario, opening words or names. Write in English.\nDomain: oceanography"
)
ANSWER = "Answer in English, without preamble, complete within 563 words."
OURS = (DRAFT, ANSWER)
PASSAGE = "The Bay of Fundy has the highest tides of the world. They rise by up to sixteen metres twice a day."


@pytest.mark.parametrize(("language", "prompt", "text"), GOOD)
def test_good_texts_pass(language: str, prompt: str, text: str):
    row = candidate(text, key_text=prompt, passage=PASSAGE, instructions=OURS)
    assert CHECK(row, config(language=language)) is None


@pytest.mark.parametrize(
    "text",
    [
        f"I was told: {DRAFT}",
        "It is self-contained, with every fact and figure it needs, NOT answered, at most 35 words.",
        "One instruction per numbered line (difficulty, task, who asks, form), in order, as I was told.",
    ],
)
def test_ten_words_in_a_row_of_our_instructions_are_refused(text: str):
    assert "repeats our instructions" in str(CHECK(candidate(text, instructions=OURS), config()))
    assert CHECK(candidate("Fine.", key_text=text, instructions=OURS), config())


@pytest.mark.parametrize(
    "text",
    [
        "As asked, here is an instruction for a fine-tuning dataset about tides: explain spring tides.",
        "system_prompt: You are a sailor. How do tides work?",
        "Medium; explain a procedure; a new sailor; as a question; how do tides work?",
        'Here you are: {"instructions": ["How do tides work?"]}',
        '{ "system_prompt": "You are a sailor.", "x": 1}',
        '"ideal_output": "42", "metrics": ["numeric"]',
    ],
)
def test_words_of_our_tasks_and_wrappers_of_our_drafts_are_refused(text: str):
    assert CHECK(candidate(text, instructions=OURS), config())
    assert CHECK(candidate("Fine.", key_text=text), config())


def test_the_word_limit_of_a_response_is_ours_unless_the_prompt_names_it():
    text = "Here are the tides in 563 words: the moon pulls the water."
    assert CHECK(candidate(text, instructions=OURS), config())
    assert CHECK(candidate(text, key_text="Explain tides in 563 words.", instructions=OURS), config()) is None
    assert CHECK(candidate(text.replace("563", "200"), instructions=OURS), config()) is None


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("Show the JSON of an item.", '{"instructions": ["a"], "ideal_output": "42"}'),
        ("Describe the API.", 'It takes "metrics": ["f1"] and more.'),
    ],
)
def test_json_that_was_asked_for_passes(prompt: str, text: str):
    assert CHECK(candidate(text, key_text=prompt, instructions=OURS), config()) is None


def test_in_a_domain_about_models_talk_of_datasets_passes():
    text = "Write an instruction for a fine-tuning dataset, and make it short."
    assert CHECK(candidate(text), config("fine-tuning of language models")) is None
    assert CHECK(candidate(text), config())


def test_what_the_user_wants_repeated_passes():
    rule = "This is no legal advice; please ask a lawyer in your state before you sign anything at all."
    form = "Give your answer as a whole number without units and without any other words around it."
    example = {"input": f"How many metres? {form}", "ideal_output": "4"}
    domain = "how to install and configure the database of a small harbour office on old machines"
    guidance = f'End with "{rule}" Never use more than three of the harbour office\'s own abbreviations in a row.'
    own = with_examples(example, guidance=guidance, domain=domain)
    told = (f"{DRAFT}\nDomain: {domain}\nGuidance: {guidance}\nExamples:\n{json.dumps(example)}", ANSWER)
    for text in (f"Sign here. {rule}", f"How deep is it? {form}", f"Tell me {domain}."):
        assert CHECK(candidate("Fine.", text, key_text=text, instructions=told), own) is None
    leaked = "I never use more than three of the harbour office's own abbreviations in a row."
    assert CHECK(candidate(leaked, instructions=told), own)


TALK = [
    ("en", "According to the passage, how high do tides rise?"),
    ("en", "Based on the provided text, where are the highest tides?"),
    ("en", "What does the text above say about Fundy?"),
    ("en", "What is mentioned in the provided document about Fundy?"),
    ("en", "As stated in the excerpt, the tides rise by sixteen metres."),
    ("en", "The passage states that the tides rise by sixteen metres."),
    ("en", "Read the following passage and tell how high tides rise."),
    ("en", "Based on the provided context, name the bay."),
    ("es", "Según el texto, ¿cuánto sube la marea?"),
    ("es", "¿Qué dice el fragmento anterior de la bahía?"),
    ("fr", "D’après le texte, de combien monte la marée ?"),
    ("fr", "Le document fourni parle de la baie de Fundy."),
    ("de", "Laut dem Text steigt das Wasser um sechzehn Meter."),
    ("de", "Wie hoch steigt das Wasser im vorliegenden Text?"),
    ("it", "Secondo il brano, di quanto sale la marea?"),
    ("it", "Il testo fornito parla della baia."),
    ("pt", "De acordo com o texto, quanto sobe a maré?"),
    ("pt", "O trecho acima fala da baía."),
    ("nl", "Volgens de tekst stijgt het water zestien meter."),
    ("nl", "Wat zegt de bovenstaande passage?"),
    ("pl", "Na podstawie podanego tekstu opisz zatokę."),
    ("sv", "Enligt texten stiger vattnet sexton meter."),
    ("ru", "Согласно тексту, вода поднимается на шестнадцать метров."),
    ("ja", "上記の文章によると、潮はどれくらい高くなりますか。"),
    ("ja", "本文によると、潮は十六メートル上がります。"),
    ("zh", "根据文章，潮水会上升多少米？"),
    ("zh", "所提供的材料提到芬迪湾。"),
    ("ko", "위 글에 따르면 물은 얼마나 올라갑니까?"),
]


@pytest.mark.parametrize(("language", "text"), TALK)
def test_talk_of_a_passage_that_the_reader_does_not_see_is_refused(language: str, text: str):
    own = config(language=language)
    assert CHECK(candidate("Fine.", key_text=text, passage=PASSAGE), own)
    assert CHECK(candidate(text, key_text="?", passage=PASSAGE), own)


@pytest.mark.parametrize(("language", "text"), TALK)
def test_where_nothing_was_grounded_in_a_passage_such_talk_passes(language: str, text: str):
    assert CHECK(candidate(text, key_text=text), config(language=language)) is None


@pytest.mark.parametrize(
    "prompt",
    [
        f"According to the passage, how high do tides rise?\n\n{PASSAGE}",
        "Based on the text above, where is it? “In the Bay of Fundy the water rises by sixteen metres twice a day.”",
        "Read the following passage: In the Bay of Fundy the water rises by sixteen metres, twice. How high is that?",
    ],
)
def test_a_prompt_that_contains_the_text_may_talk_of_it(prompt: str):
    assert CHECK(candidate("The passage says so.", key_text=prompt, passage=PASSAGE), config()) is None


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("How do I cite a text?", "Name the author as given in the text and give the page."),
        ("How do I read a passage closely?", "Underline what the passage says about its speaker."),
        ("Find the shortest way.", "Dijkstra finds the ways from the given source to all other nodes of the graph."),
        ("What does the law say?", "According to the text of the law, tides belong to nobody."),
        ("Which words fit?", "In the given context both do."),
        ("Who wrote it?", "The Bay of Fundy is described in a document of 1604; articles about it are many."),
    ],
)
def test_talk_of_other_texts_passes(prompt: str, text: str):
    assert CHECK(candidate(text, key_text=prompt, passage=PASSAGE, instructions=OURS), config()) is None


def test_words_of_the_passage_itself_pass():
    passage = "The treaty ends: the provided document is binding for both."
    assert CHECK(candidate("So the provided document is binding.", passage=passage), config()) is None


WORDS = st.sampled_from(SENTENCES["en"][0].split() + SENTENCES["de"][0].split())


@settings(deadline=None)
@given(st.integers(0, 40), st.lists(WORDS, max_size=12), st.lists(WORDS, max_size=12))
def test_ten_words_of_our_instructions_are_found_wherever_they_stand(start: int, before: list[str], after: list[str]):
    run = DRAFT.split()[start : start + 10]
    assert CHECK(candidate(" ".join([*before, *run, *after]), instructions=OURS), config())
