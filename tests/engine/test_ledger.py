"""Receipts, folded over records."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.engine.journal import Journal
from hf_synth.engine.ledger import Ledger, Totals, receipt_of
from hf_synth.engine.receipt import Receipt

_numbers = itertools.count()


def answer(model: str = "m-1", role: str = "generator", usd: float | None = 0.5, at: float = 1.0, **more: Any) -> Any:
    usage = more.pop("usage", [100, 40, 30, 20, 10, 0])
    name = f"0.0.{next(_numbers)}:0:{role}:0.0:x"
    return {
        "type": "answer", "name": name, "role": role, "text": "t", "stop": "stop",
        "model": model, "usage": usage, "usd": usd, "at": at, **more,
    }  # fmt: skip


def batch(mark: str = "a1", usd: float | None = 3.0, requests: int = 2) -> list[Any]:
    told = {"role": "generator", "provider": "openai", "model": "gpt-4o", "dialect": "json_schema", "bytes": 9}
    sent = [{"type": "sent", "batch": mark, "name": f"{mark}{n}", "role": "generator", "usd": 1.5, "size": 4}
            for n in range(requests)]  # fmt: skip
    return [*sent, {"type": "batch", "mark": mark, "requests": requests, "usd": usd, "at": 1_795_000_000.0, **told}]


def ended(mark: str = "a1", word: str = "completed", *, lost: bool = False) -> Any:
    return {"type": "batch_end", "mark": mark, "word": word, "answered": 0, "at": 9.0, "lost": lost}


def of(*records: Any) -> Receipt:
    return receipt_of(records, "s")


class TestCalls:
    def test_are_summed_by_role_and_model_served_with_every_kind_of_token(self):
        told = of(answer(), answer(usage=[10, 4, 3, 2, 1, 1]), answer("m-1", "critic"), answer("m-2"))
        (first, second, critic) = told.calls
        assert [(line.role, line.model) for line in told.calls] == [
            ("generator", "m-1"),
            ("generator", "m-2"),
            ("critic", "m-1"),
        ]
        assert (first.calls, first.input_tokens, first.output_tokens) == (2, 110, 44)
        assert (first.cached_tokens, first.cache_write_tokens, first.reasoning_tokens) == (33, 22, 11)
        assert (first.estimated_calls, first.usd) == (1, 1.0)
        assert (second.calls, critic.calls, told.usd) == (1, 1, 2.0)

    def test_that_came_out_of_batches_are_told_apart(self):
        (line,) = of(answer(), answer(batch="a1", aside=1.0), answer(batch="a1", aside=1.0)).calls
        assert (line.calls, line.batch_calls) == (3, 2)

    def test_of_an_unknown_price_make_the_sum_unknown(self):
        told = of(answer(), answer("m-2", usd=None))
        assert [line.usd for line in told.calls] == [0.5, None]
        assert told.usd is None

    def test_a_question_that_was_refused_is_none(self):
        refused = {"type": "refused", "name": "n", "role": "generator", "cause": "too_large", "detail": ""}
        assert (of(refused).calls, of(refused).usd) == ([], 0.0)


class TestModelsServed:
    def test_one_version_needs_no_remark(self):
        assert of(answer(), answer("m-2", "critic")).remarks == []

    def test_a_new_version_is_remarked_in_order_of_first_answers_whatever_the_order_of_records(self):
        told = of(answer("m-b", at=7.0), answer("m-a", at=3.0), answer("m-a", at=4.0))
        assert [line.model for line in told.calls] == ["m-a", "m-b"]
        assert told.remarks == [
            "generator: answered by m-a, then m-b: the rows of one may differ from those of the other."
        ]

    def test_versions_that_took_turns_are_not_said_to_follow_each_other(self):
        told = of(answer("m-a", at=1.0), answer("m-b", at=2.0), answer("m-a", at=3.0))
        assert "answered by m-a, and beside it m-b" in told.remarks[0]

    def test_each_role_is_looked_at_by_itself(self):
        told = of(answer("m-a"), answer("c-a", "critic"), answer("c-b", "critic", at=5.0))
        (remark,) = told.remarks
        assert remark.startswith("critic: answered by c-a, then c-b")


class TestBatches:
    def test_one_that_is_out_is_open_with_what_is_known_of_it(self):
        (one,) = of(*batch()).batches
        assert (one.mark, one.id, one.requests, one.since, one.usd) == ("a1", None, 2, 1_795_000_000.0, 3.0)
        (one,) = of(*batch(), {"type": "batch_id", "mark": "a1", "id": "batch_7", "at": 2.0}).batches
        assert (one.id, one.provider, one.model) == ("batch_7", "openai", "gpt-4o")

    def test_one_that_was_only_being_written_down_when_a_process_died_is_none(self):
        told = of(*batch()[:-1])
        assert (told.batches, told.batches_ended) == ([], 0)

    def test_one_that_has_ended_is_counted_and_what_it_did_not_use_is_free(self):
        told = of(*batch(), answer(batch="a1", aside=1.5), ended())
        assert (told.batches, told.batches_ended, told.unsettled_usd) == ([], 1, 0.0)

    def test_one_that_was_never_sent_was_none(self):
        assert of(*batch(), ended(word="never sent")).batches_ended == 0

    def test_of_one_that_was_lost_what_is_not_answered_was_perhaps_charged(self):
        told = of(*batch(), answer(batch="a1", aside=1.5, usd=0.2), ended(word="given up", lost=True))
        assert (told.unsettled_usd, told.usd) == (1.5, 0.2)

    def test_what_is_answered_is_set_aside_no_longer(self):
        (one,) = of(*batch(), answer(batch="a1", aside=1.5)).batches
        assert one.usd == 1.5

    def test_an_unknown_price_sets_nothing_aside(self):
        told = of(*batch(usd=None), answer(batch="a1", aside=0.0, usd=None))
        assert told.batches[0].usd is None
        assert of(*batch(usd=None), ended(lost=True)).unsettled_usd == 0.0

    def test_they_go_on_across_runs_while_calls_do_not(self):
        told = of({"type": "run", "at": 1.0}, *batch(), {"type": "reserve", "name": "n", "usd": 0.4}, {"type": "run"})
        assert (len(told.batches), told.unsettled_usd, told.runs) == (1, 0.4, 2)

    def test_read_from_a_journal_they_are_the_same(self, tmp_path: Path):
        journal = Journal(tmp_path)
        assert journal.acquire({})
        for record in [*batch("a1"), *batch("b2"), ended("a1")]:
            journal.append(record)
        told = receipt_of((record for _, record in journal.scan()), "s")
        journal.close()
        assert ([one.mark for one in told.batches], told.batches_ended) == (["b2"], 1)


_records = st.lists(
    st.one_of(
        st.floats(0, 1).map(lambda usd: answer(usd=usd)),
        st.floats(0, 1).map(lambda usd: answer(usd=usd, batch="a1", aside=usd)),
        st.sampled_from(["a", "b"]).map(lambda name: {"type": "reserve", "name": name, "usd": 0.3}),
        st.sampled_from(["a", "b"]).map(lambda name: {"type": "release", "name": name}),
        st.booleans().map(lambda lost: ended(lost=lost)),
        st.just({"type": "run", "at": 0.0}),
        st.just(batch()[-1]),
    )
)


@given(_records)
def test_what_was_spent_is_known_at_any_moment_and_is_what_the_receipt_says(records: list[Any]):
    ledger = Ledger("s")
    for record in records:
        ledger.take(record)
    spent, told = ledger.spent, ledger.done()
    assert told.usd is not None
    assert spent == pytest.approx(told.usd + told.unsettled_usd)


def test_before_anything_was_called_the_totals_are_none():
    assert Ledger("s").totals == Totals(calls=0, input_tokens=0, output_tokens=0)


@given(_records, _records)
def test_totals_are_told_at_any_moment_and_are_those_of_the_receipt_so_far(earlier: list[Any], later: list[Any]):
    ledger, taken = Ledger("s"), list[Any]()
    for records in (earlier, later):
        for record in records:
            ledger.take(record)
        taken += records
        lines = of(*taken).calls
        assert ledger.totals == Totals(
            sum(line.calls for line in lines),
            sum(line.input_tokens for line in lines),
            sum(line.output_tokens for line in lines),
        )
    assert ledger.done() == of(*taken)


def test_totals_sum_over_roles_and_models():
    ledger = Ledger("s")
    for record in (answer(), answer(usage=[10, 4, 3, 2, 1, 1]), answer("m-2", "critic"), {"type": "run", "at": 1.0}):
        ledger.take(record)
    assert ledger.totals == Totals(calls=3, input_tokens=210, output_tokens=84)
