from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from hf_synth.config import GenerationConfig
from hf_synth.engine.outline import MOST
from hf_synth.executors.counting import sample_requests
from hf_synth.executors.standin import TITLE, StandIn, filled
from hf_synth.registry import resolve
from hf_synth.schemas.eval_v1 import EvalIdeas
from hf_synth.schemas.instruction_v1 import InstructionIdeas
from hf_synth.types import Brief, Message


def stand_in(shape: type[BaseModel], max_tokens: int, most: int | None = 0, written: int = 1) -> Any:
    slots = [{"difficulty": "hard", "task_type": "plan", "audience": "a child", "style": "a case"}] * 5
    details = {
        "schema": "eval_v1" if shape is EvalIdeas else "instruction_v1",
        "topic": "soil",
        "tone": None,
        "slots": slots,
    }
    ask = StandIn(most, written)
    brief = Brief("draft", "gardens", "en", details)
    asked = [Message("user", "draft")]
    return asyncio.run(ask.data("generator", asked, shape, max_tokens=max_tokens, brief=brief))[0]


def size(text: str) -> int:
    return len(text.encode())


@given(st.text(), st.integers(0, 200), st.sampled_from([b" x", b" y"]))
def test_a_filled_text_is_as_long_as_told_but_for_a_cut_character(text, room, filler):
    assert room - 3 <= size(filled(text, room, filler)) <= room


def test_at_worst_an_idea_has_its_part_of_the_room_and_any_text_of_it_may_have_all_of_that():
    made = stand_in(EvalIdeas, 2000)
    assert len(made.ideas) == 5
    for idea in made.ideas:
        assert (size(idea.input), size(idea.ideal_output)) == (400, 400)
        assert (idea.metrics, idea.options) == (["f1", "factual_accuracy"], [])


def test_a_text_that_serves_all_ideas_may_have_all_of_the_room():
    made = stand_in(InstructionIdeas, 2000)
    assert size(made.system_prompt) == 2000
    assert {size(text) for text in made.instructions} == {400}


@pytest.mark.parametrize(("most", "written", "room"), [(1, 1, 800), (2, 1, 1600), (0, 2, 800), (9, 1, 3200)])
def test_the_room_doubles_with_every_cut_answer_and_for_another_model(most, written, room):
    assert {size(text) for text in stand_in(InstructionIdeas, 2000, most, written).instructions} == {room}


def test_likely_answers_are_as_they_are_written():
    assert all(len(idea.input) < 2000 for idea in stand_in(EvalIdeas, 2000, None).ideas)


def worst(schema: str, **fields: Any) -> Any:
    config = GenerationConfig(schema=schema, domain="gardens", models={"generator": "offline"}, **fields)
    return asyncio.run(sample_requests(resolve(config, {}), worst=True))


def test_a_critic_is_told_as_many_criteria_as_may_be_taken():
    judged = [asked for idea in worst("preference_v1").completions for asked in idea if asked.task == "judge"]
    assert all(asked.request.messages[0].content.count(filled("", TITLE)) == MOST for asked in judged)
    own = worst("preference_v1", outline={"criteria": ["steps are safe", "costs are named", "土" * 30]}).completions
    assert any(
        "土" * 30 in asked.request.messages[0].content for idea in own for asked in idea if asked.task == "judge"
    )


def test_the_longest_is_the_one_of_most_bytes():
    drafts = worst("instruction_v1", outline={"audiences": ["a" * 50, "土" * 40]}).drafts
    assert all("土" * 40 in asked.request.messages[1].content for draft in drafts for asked in draft)


def test_a_second_look_may_read_characters_of_four_bytes():
    (look,) = worst("instruction_v1").classified
    assert len(look.request.messages[1].content.encode()) > 2 * 4 * 800


def test_a_passage_counts_as_the_longest_one(tmp_path):
    for name, text in (("a", "x" * 300), ("b", "土" * 300), ("c", "y" * 500)):
        (tmp_path / f"{name}.txt").write_text(text, "utf-8")
    drafts = worst("eval_v1", source=str(tmp_path)).drafts
    for draft in drafts:
        for asked in draft:
            assert len(asked.request.messages[1].content.encode()) >= 900
