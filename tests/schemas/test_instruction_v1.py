from __future__ import annotations

import asyncio

import pytest

from hf_synth.errors import Unfit
from hf_synth.schemas.instruction_v1 import SCHEMA
from hf_synth.types import Message, Usage
from schemas.scripted import CELL, SLOTS, Scripted, config, idea

CONFIG = config(
    "instruction_v1", constraints={"language": "de", "tone": "formal", "max_tokens": 300}, guidance="No jokes."
)


def drafts(number: int):
    return {"system_prompt": " You are calm. ", "instructions": [f" Ask {n}?\n" for n in range(number)]}


def test_a_cell_is_drafted_in_one_call_that_names_topic_and_every_slot():
    ask = Scripted(lambda asked: drafts(5))
    ideas = asyncio.run(SCHEMA.draft(CONFIG, CELL, ask))
    assert [(one.number, one.slot, one.fields) for one in ideas] == [
        (n, SLOTS[n], {"system_prompt": "You are calm.", "instruction": f"Ask {n}?"}) for n in range(5)
    ]
    (asked,) = ask.asked
    assert (asked.role, asked.brief.task, asked.brief.language) == ("generator", "draft", "de")
    for part in (
        "composting at home",
        "Domain: gardens",
        "Guidance: No jokes.",
        "German",
        "formal tone",
        "one instruction per numbered line",
        "self-contained",
    ):
        assert part in asked.said
    for number, slot in enumerate(SLOTS, start=1):
        assert f"\n{number}. {slot.difficulty}; {slot.task_type}; {slot.audience}; {slot.style}" in asked.said


@pytest.mark.parametrize("number", [0, 2, 7])
def test_a_model_that_drafts_fewer_or_more_ideas_than_slots_is_taken_as_far_as_there_are_slots(number):
    ask = Scripted(lambda asked: drafts(number))
    assert len(asyncio.run(SCHEMA.draft(CONFIG, CELL, ask))) == min(number, 5)


def test_an_idea_is_answered_as_plain_text_and_becomes_the_row():
    ask = Scripted(lambda asked: "  Turn it weekly.\n")
    made = asyncio.run(SCHEMA.complete(CONFIG, CELL, idea(2, system_prompt="You are calm.", instruction="How?"), ask))
    assert list(made.row) == ["system_prompt", "instruction", "response", "metadata"]
    assert made.row == {
        "system_prompt": "You are calm.",
        "instruction": "How?",
        "response": "Turn it weekly.",
        "metadata": {"domain": "gardens", "difficulty": "hard"},
    }
    assert (made.key_text, made.responses, made.tokens) == ("How?", ("Turn it weekly.",), (7,))
    (asked,) = ask.asked
    assert (asked.shape, asked.max_tokens, asked.messages[-1].content) == (None, 300, "How?")
    shared, system, _ = asked.messages
    assert system == Message("system", "You are calm.")
    for part in ("German", "formal tone", "165 words", "Guidance: No jokes."):
        assert part in shared.content


def test_an_idea_without_a_system_prompt_is_answered_without_one():
    ask = Scripted(lambda asked: "Yes.")
    asyncio.run(SCHEMA.complete(CONFIG, CELL, idea(0, system_prompt="", instruction="How?"), ask))
    assert [message.role for message in ask.asked[0].messages] == ["system", "user"]


def test_tokens_a_server_did_not_count_are_not_taken_for_counted():
    ask = Scripted(lambda asked: "Yes.", usage=Usage(output_tokens=7, estimated=True))
    made = asyncio.run(SCHEMA.complete(CONFIG, CELL, idea(0, system_prompt="", instruction="How?"), ask))
    assert made.tokens == (None,)


def test_at_most_five_examples_are_shown_as_json():
    examples = [{"instruction": f"Exämple {n}"} for n in range(7)]
    ask = Scripted(lambda asked: drafts(1))
    asyncio.run(SCHEMA.draft(config("instruction_v1", examples=examples), CELL, ask))
    said = ask.asked[0].said
    assert '{"instruction": "Exämple 4"}' in said
    assert "Exämple 5" not in said


def test_an_empty_instruction_asks_nobody():
    ask = Scripted(lambda asked: "x")
    with pytest.raises(Unfit, match="empty"):
        asyncio.run(SCHEMA.complete(CONFIG, CELL, idea(1, system_prompt="You are calm.", instruction=""), ask))
    assert ask.asked == []
