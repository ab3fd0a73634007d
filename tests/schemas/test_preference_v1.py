from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.errors import Unfit
from hf_synth.schemas.preference_v1 import SCHEMA
from hf_synth.types import Candidate
from schemas.scripted import CELL, Asked, Scripted, config, idea

PROMPT = "How do I start a compost heap?"
Scores = Mapping[str, float]


def verdict(asked: Asked, score: Callable[[str], float]) -> dict[str, Any]:
    """A judge without position bias."""
    first, second = asked.brief.details["first"], asked.brief.details["second"]
    lead = score(first) - score(second)
    return {
        "first_assessment": f"On {first}.",
        "second_assessment": f"On {second}.",
        "first_score": score(first),
        "second_score": score(second),
        "winner": "tie" if lead == 0 else "first" if lead > 0 else "second",
    }


def judged(scores: list[float], **quality: Any) -> tuple[Candidate | Unfit, Scripted]:
    """What becomes of an idea whose n-th response gets the n-th score."""

    def answer(asked: Asked) -> Any:
        if asked.role == "critic":
            return verdict(asked, lambda text: scores[int(text.split()[-1])])
        return f" response {asked.sample}\n"

    return completed(answer, **quality)


def completed(answer: Callable[[Asked], Any], **quality: Any) -> tuple[Candidate | Unfit, Scripted]:
    ask = Scripted(answer)
    try:
        return asyncio.run(
            SCHEMA.complete(config("preference_v1", quality=quality), CELL, idea(prompt=PROMPT), ask)
        ), ask
    except Unfit as unfit:
        return unfit, ask


def row(made: Candidate | Unfit) -> dict[str, Any]:
    assert isinstance(made, Candidate), made
    return dict(made.row)


def cause(made: Candidate | Unfit) -> str:
    assert isinstance(made, Unfit), made
    return made.cause


def test_prompts_are_drafted_in_one_call():
    ask = Scripted(lambda asked: {"prompts": [f" Why {n}? " for n in range(5)]})
    ideas = asyncio.run(SCHEMA.draft(config("preference_v1"), CELL, ask))
    assert [one.fields["prompt"] for one in ideas] == [f"Why {n}?" for n in range(5)]
    assert ask.tasks == ["draft"]


@pytest.mark.parametrize("scores", [[8.0, 5.0], [5.0, 8.0]])
def test_a_clear_pair_becomes_the_row_whichever_came_first(scores):
    made, ask = judged(scores)
    won = scores.index(8.0)
    assert list(row(made)) == ["prompt", "chosen", "rejected", "chosen_score", "rejected_score", "reasoning"]
    assert row(made) == {
        "prompt": PROMPT,
        "chosen": f"response {won}",
        "rejected": f"response {1 - won}",
        "chosen_score": 8.0,
        "rejected_score": 5.0,
        "reasoning": f"Chosen: On response {won}. Rejected: On response {1 - won}.",
    }
    assert isinstance(made, Candidate)
    assert made.responses == (f"response {won}", f"response {1 - won}")
    assert made.tokens == (7, 7)
    assert made.notes == {
        "judged": [{"scores": [scores, scores], "winner": won, "why": "", "length": [10, 10]}],
        "pair": 0,
        "chosen_shown_first": won == 0,
    }
    assert sorted(ask.tasks) == ["judge", "judge", "respond", "respond"]
    assert len(ask.asked) == SCHEMA.calls_per_row


def test_both_orders_are_judged_by_the_critic_and_the_responses_by_nobody_else():
    _, ask = judged([8.0, 5.0])
    shown = [(a.brief.details["first"], a.brief.details["second"]) for a in ask.asked if a.role == "critic"]
    assert sorted(shown) == [("response 0", "response 1"), ("response 1", "response 0")]
    assert all(asked.role == "critic" for asked in ask.asked if asked.brief.task == "judge")


def test_responses_are_asked_for_in_different_manners_under_numbers_of_their_own():
    _, ask = judged([8.0, 5.0, 1.0, 1.0], candidates=4)
    manners = [asked.messages[1].content for asked in ask.asked if asked.role == "generator"]
    assert len(set(manners)) == 4
    assert [asked.sample for asked in ask.asked if asked.role == "generator"] == [0, 1, 2, 3]


def test_an_unclear_pair_is_sampled_again():
    made, ask = judged([6.0, 6.0, 9.0])
    assert row(made)["chosen"] == "response 2"
    assert ask.tasks.count("respond") == 3
    assert ask.tasks.count("judge") == 6


@pytest.mark.parametrize("repairs", [0, 1, 3])
def test_sampling_again_has_an_end(repairs):
    made, ask = judged([6.0] * 9, max_repairs=repairs)
    responses = 2 + repairs
    assert cause(made) == "tie"
    assert ask.tasks.count("respond") == responses
    assert ask.tasks.count("judge") == responses * (responses - 1)


@pytest.mark.parametrize(
    ("scores", "floor", "pair"),
    [
        ([6.0, 9.0, 7.5, 2.0], 0.5, (9.0, 2.0)),
        ([6.0, 9.0, 7.5, 2.0], 3.0, (9.0, 6.0)),
        ([9.0, 9.0, 8.5, 0.0], 0.5, None),
        ([9.0, 8.5, 7.0, 7.5], 0.5, (9.0, 7.0)),
    ],
)
def test_of_four_responses_the_best_goes_with_the_worst_above_the_floor(scores, floor, pair):
    made, _ = judged(scores, candidates=4, min_rejected_score=floor, max_repairs=0)
    if pair is None:
        assert cause(made) in ("rejected_score", "margin", "tie")
    else:
        assert (row(made)["chosen_score"], row(made)["rejected_score"]) == pair


def test_a_candidate_without_a_clear_pair_leaves_what_the_critic_did():
    made, _ = judged([6.0, 6.0], max_repairs=0)
    assert isinstance(made, Unfit)
    assert [pair["why"] for pair in made.notes["judged"]] == ["tie"]


def test_a_verdict_that_cannot_be_read_costs_that_judgement_and_not_the_candidate():
    def answer(asked: Asked) -> Any:
        if asked.role == "critic":
            if "response 0" in asked.said and "response 1" in asked.said:
                raise Unfit("malformed", "no JSON")
            return verdict(asked, lambda text: {"0": 8.0, "1": 6.0, "2": 3.0}[text.split()[-1]])
        return f"response {asked.sample}"

    made, ask = completed(answer, max_repairs=1)
    assert (row(made)["chosen"], row(made)["rejected"]) == ("response 0", "response 2")
    assert isinstance(made, Candidate)
    assert [pair["why"] for pair in made.notes["judged"]] == ["malformed", "", ""]
    assert ask.tasks.count("respond") == 3


@pytest.mark.parametrize(
    ("scores", "quality", "why"),
    [
        ([6.0, 5.5], {}, "margin"),
        ([8.0, 6.0], {"min_margin": 3.0}, "margin"),
        ([8.0, 0.4], {}, "rejected_score"),
        ([8.0, 4.0], {"min_rejected_score": 4.5}, "rejected_score"),
        ([6.0, 6.0], {"min_margin": 0.0}, "tie"),
    ],
)
def test_margin_and_floor_of_the_rejected_score_hold(scores, quality, why):
    made, _ = judged(scores, max_repairs=0, **quality)
    assert cause(made) == why


@pytest.mark.parametrize("scores", [[8.0, 7.0], [1.5, 0.5]])
def test_margin_and_floor_are_met_by_equality(scores):
    assert row(judged(scores, max_repairs=0)[0])["chosen_score"] == scores[0]


def test_two_equal_responses_are_not_judged():
    made, ask = completed(lambda asked: "the same", max_repairs=1)
    assert cause(made) == "identical"
    assert ask.tasks == ["respond"] * 3


def test_a_judge_that_prefers_a_place_gives_no_row():
    biased = {"first_assessment": "x", "second_assessment": "y", "first_score": 8, "second_score": 4, "winner": "first"}
    made, _ = completed(lambda asked: biased if asked.role == "critic" else f"response {asked.sample}")
    assert cause(made) == "flip"


def test_a_verdict_that_is_refused_drops_the_idea_with_its_own_cause():
    def answer(asked: Asked) -> Any:
        if asked.role == "critic":
            raise Unfit("refusal", "I cannot judge that.")
        return f"response {asked.sample}"

    assert cause(completed(answer)[0]) == "refusal"


SCORES = st.lists(st.integers(0, 20).map(lambda half: half / 2), min_size=4, max_size=4)


@given(SCORES, st.integers(0, 6).map(lambda half: half / 2), st.integers(0, 6).map(lambda half: half / 2))
def test_every_row_keeps_the_promises_of_its_scores(scores, margin, floor):
    made, _ = judged(scores, min_margin=margin, min_rejected_score=floor)
    pairs = [(a, b) for a in scores[:4] for b in scores[:4] if a > b and a - b >= margin and b >= floor]
    if isinstance(made, Unfit):
        assert not pairs
    else:
        assert row(made)["chosen_score"] > row(made)["rejected_score"] >= floor
        assert row(made)["chosen_score"] - row(made)["rejected_score"] >= margin


def test_an_empty_prompt_asks_nobody():
    ask = Scripted(lambda asked: "x")
    with pytest.raises(Unfit, match="empty"):
        asyncio.run(SCHEMA.complete(config("preference_v1"), CELL, idea(prompt=""), ask))
    assert ask.asked == []
