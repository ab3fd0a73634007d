from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.engine.audit import BINS, Agreement, CriticAudit, share, spark
from hf_synth.engine.receipt import Receipt


def pair(one: Any, other: Any, winner: int | None = None, why: str = "", length: tuple[int, int] = (5, 5)) -> dict:
    """One pair: the scores of one response in the two orders, and those of the other."""
    return {"scores": [[one[0], other[0]], [one[1], other[1]]], "winner": winner, "why": why, "length": [*length]}


def audit(*pairs: dict, accepted: int | None = None) -> CriticAudit:
    made = CriticAudit()
    notes: dict[str, Any] = {"judged": [*pairs]}
    if accepted is not None:
        notes["pair"] = accepted
    made.take(json.loads(json.dumps(notes)), accepted=accepted is not None)
    return made


def test_pairs_are_counted_by_what_became_of_them():
    made = audit(
        pair((8, 8), (4, 4), 0),
        pair((8, 4), (4, 8), None, "flip"),
        pair((6, 6), (6, 6), None, "tie"),
        pair((6, 8), (6, 5), None, "tie"),
        pair((6, 6), (7, 5), None, "inconsistent"),
        {"scores": [], "winner": None, "why": "malformed", "length": [5, 5]},
    )
    assert (made.pairs, made.clear, made.flips, made.ties, made.inconsistent, made.unread) == (6, 1, 1, 2, 1, 1)


@pytest.mark.parametrize(
    ("winner", "length", "unequal", "longer"),
    [(0, (9, 5), 1, 1), (1, (9, 5), 1, 0), (0, (5, 9), 1, 0), (1, (5, 9), 1, 1), (0, (5, 5), 0, 0), (1, (5, 5), 0, 0)],
)
def test_the_longer_response_wins_or_not(winner, length, unequal, longer):
    scores = [(8, 8), (4, 4)]
    made = audit(pair(scores[winner], scores[1 - winner], winner, length=length))
    assert (made.unequal, made.longer_wins) == (unequal, longer)


def test_length_is_looked_at_for_clear_pairs_alone():
    assert audit(pair((8, 4), (4, 8), None, "flip", (9, 5))).unequal == 0


@pytest.mark.parametrize(
    ("one", "other", "verdicts", "first"),
    [
        ((8, 8), (4, 4), 2, 1),  # the same response won: once as the first, once as the second
        ((4, 4), (8, 8), 2, 1),
        ((8, 4), (4, 8), 2, 2),  # the place won
        ((4, 8), (8, 4), 2, 0),
        ((6, 6), (6, 6), 0, 0),
        ((6, 8), (6, 4), 1, 0),  # named a winner in the second order alone, where `other` was shown first
        ((6, 4), (6, 8), 1, 1),
        ((8, 6), (4, 6), 1, 1),
    ],
)
def test_the_first_shown_wins_in_either_order(one, other, verdicts, first):
    made = audit(pair(one, other, None, "tie"))
    assert (made.verdicts, made.first_wins) == (verdicts, first)


def test_scores_of_the_accepted_pair_are_means_of_both_orders_in_bins_of_a_point():
    made = audit(pair((1, 1), (2, 2), 1), pair((9, 8), (4, 3), 0), accepted=1)
    assert made.accepted == 1
    assert [number for number, count in enumerate(made.chosen) if count] == [8]
    assert [number for number, count in enumerate(made.rejected) if count] == [3]
    assert [number for number, count in enumerate(made.margins) if count] == [5]
    assert made.margin_sum == 5.0


def test_the_ends_of_the_scale_are_inside():
    made = audit(pair((0, 0), (10, 10), 1), accepted=0)
    assert made.chosen[BINS - 1] == made.rejected[0] == made.margins[BINS - 1] == 1
    assert len(made.chosen) == len(made.rejected) == len(made.margins) == BINS


def test_a_pair_that_a_check_dropped_was_judged_but_not_accepted():
    made = CriticAudit()
    made.take({"judged": [pair((8, 8), (4, 4), 0)], "pair": 0}, accepted=False)
    assert (made.pairs, made.clear, made.accepted, sum(made.chosen)) == (1, 1, 0, 0)


SCORE = st.integers(0, 20).map(lambda n: n / 2)


@given(st.lists(st.tuples(SCORE, SCORE, SCORE, SCORE, st.sampled_from([0, 1, None])), max_size=20))
def test_the_parts_make_up_the_whole(pairs):
    made = CriticAudit()
    for a, b, c, d, winner in pairs:
        made.take(
            {"judged": [pair((a, b), (c, d), winner, "" if winner is not None else "flip")], "pair": 0},
            accepted=True,
        )
    assert made.clear + made.flips + made.ties + made.inconsistent + made.unread == made.pairs == len(pairs)
    assert made.first_wins <= made.verdicts <= 2 * made.pairs
    assert made.longer_wins <= made.unequal <= made.clear
    assert sum(made.chosen) == sum(made.rejected) == sum(made.margins) == made.accepted == len(pairs)
    assert made.margin_sum == pytest.approx(sum(abs((a + b) / 2 - (c + d) / 2) for a, b, c, d, _ in pairs))


def test_a_candidate_without_judging_changes_nothing():
    made = CriticAudit()
    made.take({}, accepted=True)
    assert made == CriticAudit()


def agreement() -> Agreement:
    made = Agreement()
    for asked, said in (("hard", "hard"), ("hard", "medium"), ("easy", "easy")):
        made.take({"classified": {"difficulty": [asked, said]}})
    made.take({"classified": {"difficulty": ["hard", "hard"], "tone": ["formal", "casual"]}})
    made.take({})
    return made


def test_agreement_is_asked_against_said():
    made = agreement()
    assert made.counts["difficulty"] == {"hard": {"hard": 2, "medium": 1}, "easy": {"easy": 1}}
    assert made.agreed("difficulty") == (3, 4)
    assert made.agreed("tone") == (0, 1)
    assert made.agreed("style") == (0, 0)


def test_it_is_told_in_words():
    assert (
        str(agreement())
        == "sample    difficulty as asked in 75.0% of 4, tone as asked in 0.0% of 1 rows that were classified"
    )
    made = audit(pair((9, 9), (4, 4), 0, length=(9, 5)), pair((8, 4), (4, 8), None, "flip"), accepted=0)
    assert str(made).split("\n") == [
        "critic    2 pairs in both orders: flipped 50.0%, tied 0.0%, inconsistent 0.0%",
        "          the longer won 100.0% of clear pairs, the first shown 75.0% of verdicts",
        "scores    chosen ▏         █▕ rejected ▏    █     ▕ (0 to 10), margin 5.00 ▏     █    ▕",
    ]
    assert str(audit({"scores": [], "winner": None, "why": "empty", "length": [1, 1]})).split("\n") == [
        "critic    1 pairs in both orders: flipped 0.0%, tied 0.0%, inconsistent 0.0%, 1 unread",
        "          the longer won – of clear pairs, the first shown – of verdicts",
    ]


@given(st.lists(st.integers(0, 1000), min_size=BINS, max_size=BINS))
def test_a_histogram_is_a_line_with_a_mark_for_every_bin_that_is_not_empty(histogram):
    line = spark(histogram)
    assert len(line) == BINS + 2
    assert [mark != " " for mark in line[1:-1]] == [count > 0 for count in histogram]


def test_a_share_of_nothing_is_a_dash():
    assert share(0, 0) == "–"
    assert share(1, 3) == "33.3%"


def test_a_receipt_survives_json_with_what_judges_did():
    receipt = Receipt(critic=audit(pair((9, 9), (4, 4), 0), accepted=0), classified=agreement())
    assert Receipt.from_dict(json.loads(json.dumps(receipt.to_dict()))) == receipt
    assert str(receipt.critic) in str(receipt)
    assert str(receipt.classified) in str(receipt)


def test_a_receipt_without_judges_has_none():
    assert Receipt.from_dict(json.loads(json.dumps(Receipt().to_dict()))) == Receipt()


def test_what_a_later_version_noted_of_judges_does_no_harm():
    written = Receipt(critic=audit(pair((9, 9), (4, 4), 0)), classified=agreement()).to_dict()
    written["critic"]["a_later_field"] = written["classified"]["a_later_field"] = 1
    assert Receipt.from_dict(written) == Receipt(critic=audit(pair((9, 9), (4, 4), 0)), classified=agreement())
