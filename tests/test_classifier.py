from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.making import Notes
from hf_synth.classifier import classify, most_sampled, sampled
from hf_synth.config import GenerationConfig
from hf_synth.engine.cells import CellWork, Workshop
from hf_synth.engine.plan import BLOCK_CELLS, IDEAS, Outline, Plan
from hf_synth.errors import Unfit
from hf_synth.types import Candidate, Role
from schemas.scripted import CELL, Scripted

ROW = Candidate({}, "Why is soil brown?", ("Because of humus.", "Of iron."))


def config(share: float = 0.05, **constraints: Any) -> GenerationConfig:
    return GenerationConfig(
        schema="instruction_v1",
        domain="gardens",
        models={"generator": "offline"},
        constraints=constraints,
        quality={"classified": share},
    )


def classified(said: Any, row: Candidate = ROW, difficulty: str = "hard", role: Role = "generator", **constraints: Any):
    ask = Scripted(lambda asked: said)
    return asyncio.run(classify(config(**constraints), ask, role, row, difficulty)), ask.asked[0]


class TestTheSample:
    def test_is_nobody_at_none_and_everybody_at_all(self):
        assert not any(sampled(config(0.0), number) for number in range(1000))
        assert all(sampled(config(1.0), number) for number in range(1000))

    @given(st.floats(0, 1), st.integers(0, 10**10), st.integers(1, 1000))
    def test_holds_its_share_in_any_run_of_ideas(self, share, first, length):
        made = config(share)
        looked_at = sum(sampled(made, first + number) for number in range(length))
        assert abs(looked_at - share * length) <= 6

    @pytest.mark.parametrize("share", [0.05, 0.1, 0.3])
    def test_looks_at_every_topic_alike(self, share):
        plan, made = Plan({"train": 1.0}, 0), config(share)
        outline = Outline(tuple(f"topic {n}" for n in range(20)), ("a",), ("b",))
        counts = dict.fromkeys(outline.topics, 0)
        for index in range(2 * BLOCK_CELLS):
            cell = plan.cell(index, outline)
            counts[cell.topic.title] += sum(sampled(made, cell.first + place) for place in range(IDEAS))
        assert all(abs(count - 100 * share) <= 3 for count in counts.values()), counts

    @given(st.floats(0, 1), st.integers(0, 10**10))
    def test_takes_no_more_of_a_cell_than_is_told(self, share, first):
        looked_at = sum(sampled(config(share), first + place) for place in range(IDEAS))
        assert looked_at <= most_sampled(share, IDEAS)

    @pytest.mark.parametrize(("share", "most"), [(0.0, 0), (0.05, 1), (0.1, 1), (1.0, IDEAS)])
    def test_takes_as_many_at_most(self, share, most):
        assert most_sampled(share, IDEAS) == most

    @given(st.integers(0, 10**6), st.floats(0, 1), st.floats(0, 1))
    def test_of_a_larger_share_holds_that_of_a_smaller_one(self, number, one, other):
        if sampled(config(min(one, other)), number):
            assert sampled(config(max(one, other)), number)


def test_difficulty_is_asked_for_and_tone_only_where_one_was_wanted():
    found, asked = classified({"difficulty": "medium"})
    assert found == {"difficulty": ["hard", "medium"]}
    assert "tone" not in asked.said
    found, asked = classified({"difficulty": "hard", "tone": "casual"}, tone="formal")
    assert found == {"difficulty": ["hard", "hard"], "tone": ["formal", "casual"]}
    assert "tone: that of the response" in asked.said


def test_the_model_is_not_told_what_was_wanted():
    _, asked = classified({"difficulty": "medium", "tone": "casual"}, difficulty="fiendish", tone="pirate-like")
    assert "fiendish" not in asked.said
    assert "pirate" not in asked.said


def test_what_the_user_wanted_is_among_the_choices():
    found, _ = classified({"difficulty": "fiendish", "tone": "pirate-like"}, difficulty="fiendish", tone="pirate-like")
    assert found == {"difficulty": ["fiendish", "fiendish"], "tone": ["pirate-like", "pirate-like"]}


def test_another_spelling_of_a_usual_word_is_no_further_choice():
    found, _ = classified({"difficulty": "hard", "tone": "formal"}, difficulty="Hard", tone="Formal")
    assert found == {"difficulty": ["hard", "hard"], "tone": ["formal", "formal"]}


def test_the_first_response_is_looked_at_and_texts_are_cut():
    row = Candidate({}, "p" * 2000, ("r" * 2000, "s"))
    _, asked = classified({"difficulty": "easy"}, row)
    assert (asked.said.count("p" * 800), asked.said.count("p" * 801)) == (1, 0)
    assert (asked.said.count("r" * 800), asked.said.count("r" * 801)) == (1, 0)
    assert "Of iron." not in classified({"difficulty": "easy"})[1].said


def test_a_row_without_a_response_is_looked_at_all_the_same():
    found, _ = classified({"difficulty": "easy"}, Candidate({}, "x", ()))
    assert found == {"difficulty": ["hard", "easy"]}


@pytest.mark.parametrize("end", ["</prompt>", "</response>", "</ response >", "< /PROMPT>", "<prompt>"])
def test_no_text_closes_or_opens_the_tags_it_stands_between(end):
    row = Candidate({}, f"a{end}b", (f"c{end}d",))
    _, asked = classified({"difficulty": "easy"}, row)
    content = asked.messages[-1].content
    assert content.startswith("<prompt>\na")
    assert content.count("<") == 4


@pytest.mark.parametrize("cause", ["refusal", "malformed", "content_filter"])
def test_no_usable_answer_is_no_note(cause):
    class Refusing(Scripted):
        async def data(self, *args: Any, **options: Any) -> Any:
            raise Unfit(cause)

    assert asyncio.run(classify(config(), Refusing(lambda asked: ""), "generator", ROW, "hard")) == {}


class Judged(Notes):
    roles: tuple[Role, ...] = ("generator", "critic")


@pytest.mark.parametrize(("schema", "role"), [(Notes(), "generator"), (Judged(), "critic")])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_engine_asks_the_critic_where_there_is_one_and_notes_what_it_says(schema, role, share):
    def answer(asked) -> Any:
        if asked.brief.task == "classify":
            return {"difficulty": "easy"}
        return {"ideas": ["one", "two"]} if asked.brief.task == "draft" else "an answer"

    class Told(Scripted):
        told: tuple[str, ...] = ()
        used: tuple[str, ...] = ()
        rests_on: tuple[str, ...] = ()

    async def run() -> tuple[CellWork, list[Any]]:
        asks: list[Any] = []

        def asker(cell, idea) -> Any:
            asks.append(Told(answer))
            return asks[-1]

        tasks: list[asyncio.Task[None]] = []
        shop = Workshop(
            config(share), schema, asker, lambda work: tasks.append(asyncio.create_task(work)), lambda: None
        )
        work = CellWork(0, "train", 0, shop)
        for _ in range(2):
            work.want()
        await work.draft(CELL)
        await asyncio.gather(*tasks)
        return work, asks

    work, asks = asyncio.run(run())
    looks = [asked.role for ask in asks for asked in ask.asked if asked.brief.task == "classify"]
    assert looks == ([role] * 2 if share else [])
    for number, (made, _) in work.results.items():
        assert isinstance(made, Candidate)
        wanted = {"classified": {"difficulty": [CELL.slots[number].difficulty, "easy"]}} if share else {}
        assert made.notes == wanted
