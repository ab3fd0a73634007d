"""The promises of the engine: exact counts, stable rows, nothing paid twice, little wasted, nothing silent."""

from __future__ import annotations

import random
import re
import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.making import Oracle, config_of, journal_records, make_rows, parts
from hf_synth.config.splits import row_targets
from hf_synth.engine.journal import Journal
from hf_synth.engine.ledger import receipt_of
from hf_synth.engine.rows import Rows
from hf_synth.engine.session import Session
from hf_synth.errors import (
    AuthenticationFailed,
    BudgetReached,
    ConfigError,
    Overloaded,
    RateLimited,
    TooFewRows,
    Unavailable,
)
from hf_synth.types import Price

THREE = {"train": 0.8, "validation": 0.1, "test": 0.1}
SOON = (
    RateLimited("slow down", retry_after=0.001),
    Overloaded("busy", retry_after=0.001),
    Unavailable("reset", retry_after=0.001),
)


def folder() -> Path:
    return Path(tempfile.mkdtemp())


def oracle(**options: object) -> Oracle:
    return Oracle(**{"refused": 0.2, "repeated": 0.1, "ideas": (5, 5, 4, 0, 2), **options})


def undisturbed(count: int, splits: dict[str, float] | None = None) -> dict[str, list[dict[str, str]]]:
    splits = splits or THREE
    return make_rows(folder(), config_of(splits=splits), oracle(), row_targets(splits, count))


@given(st.integers(0, 10**6), st.integers(1, 40))
@settings(max_examples=15, deadline=None)
def test_rows_do_not_depend_on_timing_concurrency_or_retries(seed: int, ceiling: int) -> None:
    stormy = oracle(weather=random.Random(seed), faults=SOON)
    rows = make_rows(folder(), config_of(splits=THREE), stormy, row_targets(THREE, 60), ceiling=ceiling)

    assert rows == undisturbed(60)
    assert max(stormy.answered.values()) == 1


@given(st.lists(st.integers(10, 90), min_size=1, max_size=3, unique=True).map(sorted))
@settings(max_examples=10, deadline=None)
def test_growing_the_count_keeps_the_first_rows_of_every_split_and_pays_only_for_the_new_ones(
    counts: list[int],
) -> None:
    where, asked = folder(), oracle()
    config = config_of(splits=THREE)
    grown = [make_rows(where, config, asked, row_targets(THREE, count)) for count in counts]

    for less, more in pairwise(grown):
        assert all(more[split][: len(rows)] == rows for split, rows in less.items())
    assert grown[-1] == undisturbed(counts[-1])
    assert max(asked.answered.values()) == 1


@given(st.integers(0, 10**6), st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_a_journal_cut_anywhere_resumes_to_the_same_rows_and_pays_only_for_what_was_cut(
    seed: int, share: float
) -> None:
    where, config, targets = folder(), config_of(splits=THREE), row_targets(THREE, 40)
    make_rows(where, config, oracle(weather=random.Random(seed)), targets)
    segment = where / "0001" / "00001.jsonl"
    whole = segment.read_bytes()
    segment.write_bytes(whole[: int(share * len(whole))])
    kept = {r["name"] for r in journal_records(where) if r["type"] == "answer"}

    again = oracle()
    assert make_rows(where, config, again, targets) == undisturbed(40)
    answered = [r["name"] for r in journal_records(where) if r["type"] == "answer"]
    assert len(answered) == len(set(answered)) == len(kept) + sum(again.answered.values())


def test_other_thresholds_judge_the_same_answers_again_without_a_call() -> None:
    where, asked = folder(), oracle()
    first = make_rows(where, config_of(), asked, {"train": 30}, selection="one")
    calls = sum(asked.answered.values())

    assert make_rows(where, config_of(), asked, {"train": 30}, selection="other") == first
    assert sum(asked.answered.values()) == calls


def test_when_nothing_is_refused_a_row_costs_one_call_and_a_fifth() -> None:
    asked = Oracle()
    make_rows(folder(), config_of(), asked, {"train": 100})

    assert sum(asked.answered.values()) == 1 + 20 + 100


def test_no_more_is_opened_than_the_missing_rows_need() -> None:
    asked = Oracle()
    make_rows(folder(), config_of(), asked, {"train": 7})

    assert sum(asked.answered.values()) == 1 + 2 + 7


def test_at_most_one_cell_a_split_is_made_beyond_what_is_needed() -> None:
    asked = Oracle()
    make_rows(folder(), config_of(splits=THREE), asked, row_targets(THREE, 100))

    assert sum(asked.answered.values()) <= 1 + (20 + 3) + (100 + 3 * 5)


def test_every_dropped_candidate_has_its_cause_on_record() -> None:
    where = folder()
    make_rows(where, config_of(), oracle(refused=0.3, repeated=0.3), {"train": 50})
    receipt = receipt_of(journal_records(where), "s")

    assert receipt.judged == receipt.accepted + sum(receipt.dropped.values())
    assert receipt.accepted >= 50
    assert set(receipt.dropped) == {"disliked", "duplicate", "no_ideas"}


def test_rows_are_distinct_across_splits() -> None:
    rows = make_rows(folder(), config_of(splits=THREE), oracle(repeated=0.5), row_targets(THREE, 60))
    notes = Counter(row["note"] for part in rows.values() for row in part)

    assert max(notes.values()) == 1


def test_too_few_rows_tell_how_many_were_made_and_why_the_others_were_dropped() -> None:
    with pytest.raises(TooFewRows, match=r"\d+ of 100 rows passed after 60 candidates\. Dropped: disliked \d+"):
        make_rows(folder(), config_of(), Oracle(refused=0.8), {"train": 100}, limit=60)


def test_the_split_that_lacks_rows_is_named_and_rows_beyond_what_was_wanted_do_not_count() -> None:
    config = config_of(splits={"train": 0.9, "test": 0.1})
    with pytest.raises(TooFewRows) as told:
        make_rows(folder(), config, Oracle(refused=0.3), {"train": 10, "test": 20}, limit=60)
    found = re.match(r"(\d+) of 30 rows passed after 60 candidates \('test' lacks (\d+)\)\. Dropped: ", str(told.value))
    assert found, told.value
    assert int(found[1]) + int(found[2]) == 30


def test_a_run_without_a_single_row_gives_up_early() -> None:
    asked = Oracle(refused=1.0)
    with pytest.raises(TooFewRows, match="0 of 5000 rows") as told:
        make_rows(folder(), config_of(), asked, {"train": 5000}, limit=10_000)
    assert "max_candidates" not in str(told.value)  # more of the same is no remedy

    assert sum(asked.answered.values()) < 300


def test_an_outage_stops_the_run_keeps_what_was_paid_and_the_next_run_goes_on() -> None:
    where, targets = folder(), {"train": 50}
    down = oracle(fail_after=30, failure=AuthenticationFailed("the key was revoked"))
    with pytest.raises(AuthenticationFailed, match="revoked"):
        make_rows(where, config_of(), down, targets)
    assert sum(r["type"] == "row" for r in journal_records(where)) > 0

    up = oracle()
    assert make_rows(where, config_of(), up, targets) == undisturbed(50, {"train": 1.0})
    assert not set(up.answered) & set(down.answered)


def test_a_cap_stops_the_run_before_it_is_exceeded_and_a_higher_one_goes_on() -> None:
    where, price = folder(), Price(10.0, 100.0)
    with pytest.raises(BudgetReached, match=r"run\.max_cost of \$0\.3"):
        make_rows(where, config_of(), Oracle(), {"train": 1000}, max_cost=0.3, price=price)
    spent = receipt_of(journal_records(where), "s")
    assert spent.usd is not None
    assert 0 < spent.usd + spent.unsettled_usd <= 0.3
    assert spent.accepted > 0

    rows = make_rows(where, config_of(), asked := Oracle(), {"train": 1000}, max_cost=30.0, price=price)
    assert len(rows["train"]) == 1000
    assert max(asked.answered.values()) == 1


def test_a_cap_without_a_price_is_refused_before_anything_is_called() -> None:
    asked = Oracle()
    with pytest.raises(ConfigError, match="price of the model is not known"):
        make_rows(folder(), config_of(), asked, {"train": 5}, max_cost=1.0)

    assert not asked.answered


def test_calls_at_once_stay_under_the_ceiling() -> None:
    asked = oracle(weather=random.Random(1))
    make_rows(folder(), config_of(), asked, {"train": 100}, ceiling=7)

    assert asked.most_in_flight <= 7


def test_the_outline_is_asked_for_once_and_again_at_the_next_block() -> None:
    asked = Oracle()
    make_rows(folder(), config_of(), asked, {"train": 1100})
    outlines = [request for request in asked.answered if "List 20" in request]

    assert len(outlines) == 2
    assert sum("Topics already covered" in request for request in outlines) == 1


def test_a_given_outline_is_used_and_none_is_asked_for() -> None:
    asked, where = Oracle(), folder()
    make_rows(where, config_of(outline=["billing", "returns"]), asked, {"train": 20})

    assert not [request for request in asked.answered if "List 20" in request]
    assert {r["topic"] for r in journal_records(where) if r["type"] == "row"} == {"billing", "returns"}


def test_running_again_after_too_few_rows_says_so_again_at_once_and_a_higher_limit_goes_on() -> None:
    where, asked = folder(), Oracle(refused=0.5)
    for _ in range(2):
        with pytest.raises(TooFewRows, match="after 40 candidates"):
            make_rows(where, config_of(), asked, {"train": 40}, limit=40)
    calls = sum(asked.answered.values())

    assert len(make_rows(where, config_of(), asked, {"train": 40}, limit=400)["train"]) == 40
    assert sum(asked.answered.values()) > calls
    assert max(asked.answered.values()) == 1


def test_splits_that_share_too_few_topics_never_share_an_answer() -> None:
    asked, shares = Oracle(), {"train": 0.5, "test": 0.5}
    rows = make_rows(folder(), config_of(outline=["one"], splits=shares), asked, row_targets(shares, 20))

    assert {split: len(part) for split, part in rows.items()} == {"train": 10, "test": 10}
    assert max(asked.answered.values()) == 1


def test_a_failed_run_that_is_opened_again_in_the_same_session_goes_on() -> None:
    where, flaky = folder(), Oracle(fail_after=20, failure=AuthenticationFailed("revoked"))
    journal = Journal(where)
    assert journal.acquire({})
    session = Session(journal, parts(flaky), Rows("s", ["train"]), grace=5.0)
    session.start()
    first = session.run(config_of(), "s")
    session.want(first, {"train": 40}, 1000)
    assert session.readers.wait(lambda: first.error is not None, 20)
    flaky.fail_after = None
    second = session.run(config_of(), "s")
    session.want(second, {"train": 40}, 1000)
    assert session.readers.wait(lambda: len(second.rows.places["train"]) >= 40, 20)
    session.close()

    assert max(flaky.answered.values()) == 1
