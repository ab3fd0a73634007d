"""What candidates took, folded over records."""

from __future__ import annotations

import time
from typing import Any

import pytest

from generating import local, recipe
from hf_synth.engine.rows import verdict_record
from hf_synth.executors.estimating import estimate_for, estimate_of
from hf_synth.executors.loads import Load
from hf_synth.executors.measuring import Measured, Standing
from servers.model import Model
from servers.openai_server import FakeOpenAI


def answer(name: str, given: int = 100, made: int = 10, role: str = "generator") -> Any:
    return {
        "type": "answer", "name": name, "role": role, "text": "", "stop": "stop",
        "model": "m", "usage": [given, made, 0, 0, 0, 0], "usd": 0.001, "at": 1.0,
    }  # fmt: skip


def verdict(idea: int, names: list[str], *, cell: int = 0, row: bool = True, selection: str = "s") -> Any:
    outcome: Any = {"row": {}, "notes": {}} if row else {"cause": "language", "detail": ""}
    return verdict_record(selection, (cell, idea, 5), f"0.{cell}.0", "train", names, **outcome)


def fold(*records: Any) -> Measured:
    measured = Measured()
    for record in records:
        (measured.answered if record["type"] == "answer" else measured.verdict)(record)
    return measured


def test_a_draft_is_counted_once_over_the_candidates_that_share_it():
    draft = answer("0.0.0:-1:generator:0.0:d", given=500)
    ideas = [answer(f"0.0.0:{n}:generator:0.0:r") for n in range(5)]
    verdicts = [verdict(n, [draft["name"], ideas[n]["name"]]) for n in range(5)]
    taken = fold(draft, *ideas, *verdicts).candidate("generator")
    assert (taken.calls, taken.given, taken.made) == pytest.approx((1.2, 200, 12))


def test_a_draft_counts_with_the_tries_before_it_that_no_verdict_names():
    tries = [answer(f"0.0.0:-1:generator:0.{n}:d") for n in range(3)]
    measured = fold(*tries, verdict(0, [tries[-1]["name"]]))
    assert measured.candidate("generator") == Load(3, 300, 30)


def test_an_answer_that_only_another_selection_used_is_not_counted():
    mine, other = answer("0.0.0:0:generator:0.0:a"), answer("0.0.0:0:generator:1.0:b")
    measured = fold(mine, other, verdict(0, [mine["name"]], row=False))
    assert measured.candidate("generator") == Load(1, 100, 10)
    assert measured.waiting("generator") == 0


def test_roles_are_measured_apart():
    asked, judged = answer("0.0.0:0:generator:0.0:a"), answer("0.0.0:0:critic:0.0:b", 300, role="critic")
    measured = fold(asked, judged, verdict(0, [asked["name"], judged["name"]]))
    assert (measured.candidate("generator").given, measured.candidate("critic").given) == (100, 300)


def test_answers_without_a_verdict_wait_and_outlines_are_known_by_their_block():
    measured = fold(
        answer("outline.0:-1:generator:0.0:o"),
        answer("outline.1:-1:generator:0.0:o"),
        answer("0.3.0:2:generator:0.0:a"),
    )
    assert measured.outlines == {"0", "1"}
    assert (measured.waiting("generator"), measured.waiting("critic")) == (1, 0)
    assert measured.candidate("generator") == Load()


def test_twenty_rows_are_enough_and_dropped_candidates_are_no_rows():
    rows = [verdict(n % 5, [], cell=n // 5) for n in range(19)]
    assert not fold(*rows, verdict(4, [], cell=3, row=False)).enough
    assert fold(*rows, verdict(4, [], cell=3)).enough


def test_a_standing_counts_its_own_verdicts_in_order_and_all_money(tmp_path):
    with FakeOpenAI(model=Model(flaws=0.3)) as server:
        made = local(recipe(server, count=30, generator={"price": {"input": 1.0, "output": 2.0}}), tmp_path)
        made.fill({"train": 30})
        other = local(recipe(server, count=30, quality={"duplicate_similarity": 0.9}), tmp_path)
        other.fill({"train": 30})
    for here in (made, other):
        standing = here.standing()
        assert standing.measured.judged == standing.rows.judged
        assert standing.measured.accepted == standing.rows.accepted
        assert standing.measured.candidate("generator").calls == pytest.approx(1.2, abs=0.25)
    assert made.standing().ledger.spent == other.standing().ledger.spent


def test_a_hundred_thousand_records_take_seconds(tmp_path):
    made = local(recipe("http://127.0.0.1:1/v1", count=100_000), tmp_path)
    resolved = made.resolved
    standing = Standing(resolved)
    began = time.monotonic()
    for cell in range(8_000):
        names = [f"0.{cell}.0:-1:generator:0.0:d", *(f"0.{cell}.0:{n}:generator:0.0:r" for n in range(5))]
        for name in names:
            standing.follow(answer(name), 0)
        for n in range(5):
            standing.follow(verdict(n, [names[0], names[n + 1]], cell=cell, selection=resolved.selection), 0)
    told = estimate_of(resolved, standing)
    assert time.monotonic() - began < 30
    assert told.on_record == 40_000
    assert told.likely.calls == pytest.approx(60_000 * 1.2 + 100)  # and an outline for every 200 cells
    assert told.basis == "measured on 40000 rows"
    assert estimate_for(made).basis == "assumed"
