from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from engine.making import Notes
from hf_synth.config import GenerationConfig
from hf_synth.config.outline import PARTS
from hf_synth.engine.outline import Outliner, Outlines
from hf_synth.engine.plan import BLOCK_CELLS, BLOCK_TOPICS, STYLES, Outline, Plan
from hf_synth.errors import Unfit
from hf_synth.sources._passages import Dealt
from hf_synth.types import Role
from schemas.scripted import Asked, Scripted

GIVEN = {
    "topics": ["soil", "light"],
    "task_types": ["plan"],
    "audiences": ["a child"],
    "styles": ["a case"],
    "criteria": ["true"],
}


class Judged(Notes):
    roles: tuple[Role, ...] = ("generator", "critic")


def config(**fields: Any) -> GenerationConfig:
    return GenerationConfig(schema="instruction_v1", domain="gardens", models={"generator": "offline"}, **fields)


def asked_for(asked: Asked) -> list[str]:
    """Which parts a request names, by the wish in it."""
    words = {
        "topics": "20 topics",
        "task_types": "kinds of task",
        "audiences": "kinds of people",
        "styles": "forms such a request",
        "criteria": "criteria by which",
    }
    return [part for part, wish in words.items() if wish in asked.messages[-1].content]


class Planner:
    """Names new topics each time it is asked, as many as `numbers` says, call by call; then 20."""

    def __init__(self, *numbers: int, parts: tuple[str, ...] = PARTS) -> None:
        self.numbers, self.parts, self.made = [*numbers], parts, 0

    def __call__(self, asked: Asked) -> dict[str, Any]:
        number = self.numbers.pop(0) if self.numbers else BLOCK_TOPICS
        said = {part: [f"{part} {n}" for n in range(6)] for part in self.parts}
        said["topics"] = [f"subject{self.made + n}" for n in range(number)]
        self.made += number
        return said


def make(
    answer: Callable[[Asked], Any], blocks: int = 1, schema: Any = None, passages: Any = None, **fields: Any
) -> tuple[list[Outline], Scripted]:
    ask = Scripted(answer)
    outliner, made = Outliner(config(**fields), schema or Notes(), passages), list[Outline]()

    async def run() -> None:
        for block in range(blocks):
            made.append(await outliner.make(ask, block, made[:]))

    asyncio.run(run())
    return made, ask


def test_one_call_asks_for_every_part():
    (outline,), ask = make(Planner(), schema=Judged())
    assert [asked_for(asked) for asked in ask.asked] == [list(PARTS)]
    assert len(outline.topics) == BLOCK_TOPICS
    assert outline.criteria == tuple(f"criteria {n}" for n in range(6))
    assert outline.styles == tuple(f"styles {n}" for n in range(6))
    assert {asked.role for asked in ask.asked} == {"generator"}


def test_criteria_are_for_schemas_with_a_critic():
    (outline,), ask = make(Planner())
    assert "criteria" not in asked_for(ask.asked[0])
    assert outline.criteria == ()


def test_a_rubric_of_the_user_changes_no_outline_so_that_what_was_paid_for_is_used_again():
    plain = make(Planner(), schema=Judged())[1].asked
    assert make(Planner(), schema=Judged(), quality={"rubric": "Be kind."})[1].asked == plain


@pytest.mark.parametrize("part", PARTS)
def test_what_the_user_gave_is_not_asked_for_and_taken_as_it_is(part):
    (outline,), ask = make(Planner(), schema=Judged(), outline={part: GIVEN[part]})
    assert part not in asked_for(ask.asked[0])
    assert set(asked_for(ask.asked[0])) == {*PARTS} - {part}
    assert getattr(outline, part) == tuple(GIVEN[part])


def test_an_outline_of_the_user_that_is_whole_needs_no_call():
    made, ask = make(Planner(), blocks=3, schema=Judged(), outline=GIVEN)
    assert ask.asked == []
    for outline in made:
        assert {part: [*getattr(outline, part)] for part in PARTS} == GIVEN


def test_topics_of_the_user_serve_every_block():
    made, ask = make(Planner(), blocks=3, outline=["soil", "light"])
    assert len(ask.asked) == 1
    assert {outline.topics for outline in made} == {("soil", "light")}


def test_more_topics_of_the_user_than_a_block_has_cells_take_turns():
    topics = [f"subject {n}" for n in range(450)]
    made, _ = make(Planner(), blocks=6, outline=topics)
    assert [topic for outline in made[:3] for topic in outline.topics] == topics
    assert made[3:] == made[:3]
    plan = Plan({"train": 1.0}, 0)
    assert {plan.cell(index, made[plan.block(index)]).topic.title for index in range(3 * BLOCK_CELLS)} == {*topics}


def test_later_blocks_ask_for_topics_that_are_new_and_keep_the_other_parts():
    (first, second, third), ask = make(Planner(), blocks=3)
    assert [asked.shape for asked in ask.asked] == ["Outline", "WiderOutline", "WiderOutline"]
    assert "- subject0\n" in ask.asked[1].messages[-1].content
    assert len({*first.topics, *second.topics, *third.topics}) == 3 * BLOCK_TOPICS
    assert first.styles == second.styles == third.styles


def test_what_is_missing_of_twenty_topics_is_asked_for_once_more_and_only_once():
    (first, second), ask = make(Planner(12, 5, 20), blocks=2)
    assert len(first.topics) == 17
    assert len(second.topics) == 20
    assert len(ask.asked) == 3
    assert "List 8 further topics" in ask.asked[1].messages[-1].content
    assert "- subject11\n" in ask.asked[1].messages[-1].content


def test_topics_past_twenty_are_left_out():
    (first,), ask = make(Planner(35))
    assert len(first.topics) == BLOCK_TOPICS
    assert len(ask.asked) == 1


def test_titles_are_cleaned_and_those_of_earlier_blocks_dropped():
    answers = iter([["1. Soil", "soils", "- Light"], ["Light", "Water"], ["the soil", "Air"], []])
    (first, second), _ = make(lambda asked: {"topics": next(answers)}, blocks=2)
    assert first.topics == ("Soil", "Light", "Water")
    assert second.topics == ("Air",)


def test_a_model_that_knows_nothing_but_topics_still_works():
    (outline,), _ = make(Planner(parts=()))
    assert len(outline.topics) == BLOCK_TOPICS
    assert outline.styles == STYLES
    assert len(outline.task_types) == 6
    assert len(outline.audiences) == 3


def test_at_most_ten_of_a_part_are_taken():
    (outline,), _ = make(lambda asked: Planner()(asked) | {"audiences": [f"person{n}" for n in range(50)]})
    assert len(outline.audiences) == 10


def test_a_model_that_gives_no_outline_leaves_the_domain_and_a_warning(caplog):
    def refuse(asked: Asked) -> Any:
        raise Unfit("refusal")

    with caplog.at_level(logging.WARNING, "hf_synth"):
        made, ask = make(refuse, blocks=2)
    assert [outline.topics for outline in made] == [("gardens",)] * 2
    assert len(ask.asked) == 2, "nothing to fill up"
    assert "No outline for block 0 (refusal)" in caplog.text
    assert "No outline for block 1 (refusal)" in caplog.text


def test_topics_that_are_all_known_leave_the_domain():
    (_, second), _ = make(lambda asked: {"topics": [f"subject{n}" for n in range(20)]}, blocks=2)
    assert second.topics == ("gardens",)


class TestWithASource:
    PASSAGES = Dealt([(f"f#{n}", f"# Heading {n}\n\ntext {n}") for n in range(450)], 0)

    def test_topics_are_the_passages_of_the_block_and_never_asked_for(self):
        made, ask = make(Planner(), blocks=4, source="docs", passages=self.PASSAGES, schema=Judged())
        assert len(ask.asked) == 1
        assert set(asked_for(ask.asked[0])) == {*PARTS} - {"topics"}
        for block, outline in enumerate(made):
            assert outline.passages == self.PASSAGES.block(block, BLOCK_CELLS)
            assert outline.topics == tuple(one.title for one in outline.passages)
            assert outline.styles == made[0].styles
        assert made[3].passages == made[0].passages

    def test_a_model_that_gives_no_outline_changes_no_topic(self):
        def refuse(asked: Asked) -> Any:
            raise Unfit("malformed")

        (outline,), _ = make(refuse, source="docs", passages=self.PASSAGES)
        assert len(outline.topics) == len(outline.passages) == 150
        assert outline.styles == STYLES

    def test_no_text_of_the_source_is_in_the_request(self):
        _, ask = make(Planner(), blocks=2, source="docs", passages=self.PASSAGES)
        assert all("Heading" not in asked.said for asked in ask.asked)


def test_guidance_and_language_are_told():
    _, ask = make(Planner(), guidance="Mention bees.", constraints={"language": "fr"})
    assert "Mention bees." in ask.asked[0].said
    assert "French" in ask.asked[0].said


def test_the_same_config_asks_the_same():
    assert make(Planner(12, 5), blocks=3)[1].asked == make(Planner(12, 5), blocks=3)[1].asked


def test_blocks_are_asked_for_once_and_in_order_whoever_comes_first():
    async def run() -> tuple[list[int], list[str], list[Outline]]:
        told: list[int] = []
        names: list[str] = []
        ask = Scripted(Planner())

        def asker(name: str) -> Scripted:
            names.append(name)
            return ask

        outlines = Outlines(Outliner(config(), Notes()), asker, lambda block, outline: told.append(block))
        made = await asyncio.gather(*(outlines.of(block) for block in (2, 0, 1, 2, 0)))
        assert outlines.tasks() == []
        return told, names, [*made]

    told, names, made = asyncio.run(run())
    assert told == [0, 1, 2]
    assert names == ["outline.0", "outline.1", "outline.2"]
    assert made[0] is made[3]
    assert made[1] is made[4]
