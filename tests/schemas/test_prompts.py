from __future__ import annotations

from hf_synth.schemas._prompts import answering, brief, draft_brief, voice
from schemas.scripted import CELL, SLOTS, config


def test_language_and_tone_are_one_sentence():
    assert voice(config("eval_v1")) == "Write in English."
    assert voice(config("eval_v1", constraints={"language": "pt-BR", "tone": "casual"})) == (
        "Write in Portuguese (pt-BR), in a casual tone."
    )


def test_the_room_for_a_response_is_told_in_words_because_a_model_sees_no_limit():
    assert answering(config("eval_v1", constraints={"max_tokens": 1000})) == (
        "Answer in English, without preamble, complete within 550 words."
    )


def test_guidance_and_tone_reach_the_responses():
    told = answering(config("eval_v1", constraints={"tone": "dry"}, guidance="No jokes."))
    assert "in a dry tone" in told
    assert told.endswith("\nGuidance: No jokes.")


def test_the_brief_of_a_draft_says_what_the_prose_says():
    given = draft_brief(config("eval_v1", constraints={"tone": "dry"}), CELL)
    assert (given.task, given.domain, given.language) == ("draft", "gardens", "en")
    assert given.details["topic"] == CELL.topic.title
    assert given.details["tone"] == "dry"
    assert [slot["difficulty"] for slot in given.details["slots"]] == [slot.difficulty for slot in SLOTS]


def test_details_of_an_idea_win_over_what_its_cell_says():
    given = brief(config("eval_v1"), "respond", CELL, {"prompt": "How?", "tone": "blunt"})
    assert given.details == {"topic": CELL.topic.title, "tone": "blunt", "prompt": "How?"}
