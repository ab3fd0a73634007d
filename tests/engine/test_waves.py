from __future__ import annotations

import random
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.mailing import Camera, Mail
from engine.making import Notes, Oracle, config_of, journal_records, make_rows, parts
from hf_synth.engine.batches import announce_cancel
from hf_synth.engine.journal import Journal
from hf_synth.engine.ledger import receipt_of
from hf_synth.engine.rows import Rows
from hf_synth.engine.session import Session
from hf_synth.errors import BatchesCancelled, BatchesRunning, BudgetReached, ConfigError, TooFewRows, Unavailable
from hf_synth.types import Price

PRICE = Price(1.0, 4.0)


def batch_config(**run: Any) -> Any:
    return config_of(run={"mode": "batch", "poll_seconds": 0.001, **run}, models={"generator": "openai:oracle-1"})


def made(folder: Path, mail: Mail, rows: int = 23, **options: Any) -> list[dict[str, Any]]:
    config = options.pop("config", None) or batch_config()
    return make_rows(folder, config, mail, {"train": rows}, batch=True, **options)["train"]


def live(tmp_path: Path, oracle: Oracle, rows: int = 23) -> list[dict[str, Any]]:
    return make_rows(tmp_path / "live", config_of(), oracle, {"train": rows})["train"]


def test_rows_made_in_batches_are_those_made_live(tmp_path: Path) -> None:
    mail = Mail(Oracle(refused=0.3, repeated=0.1, ideas=(5, 4, 2, 0)))

    assert made(tmp_path / "batch", mail) == live(tmp_path, Oracle(refused=0.3, repeated=0.1, ideas=(5, 4, 2, 0)))
    assert mail.live == 1  # the outline
    assert set(mail.paid.values()) == {1}


def test_requests_go_out_in_chunks_of_what_the_provider_takes(tmp_path: Path) -> None:
    mail = Mail(Oracle(), most_requests=7)

    made(tmp_path, mail, 23)

    sizes = [len(batch.lines) for batch in mail.batches.values()]
    assert max(sizes) == 7
    assert sizes == [5, 7, 7, 7, 2]  # drafts, then answers


def test_a_chunk_is_no_larger_than_the_provider_takes(tmp_path: Path) -> None:
    mail = Mail(Oracle(), most_bytes=200)

    made(tmp_path, mail, 23)

    assert len(mail.batches) > 5


@settings(max_examples=40, deadline=None)
@given(
    fates=st.lists(st.sampled_from(["complete", "expire", "fail", "lost_before", "lost_after", "flaky"]), max_size=4),
    seed=st.integers(0, 99),
    refused=st.sampled_from([0.0, 0.3]),
)
def test_whatever_becomes_of_batches_the_rows_are_the_same_and_nothing_is_paid_twice(
    fates: list[Any], seed: int, refused: float
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        wanted = live(Path(folder), Oracle(refused=refused))
        mail = Mail(Oracle(refused=refused), list(fates), looks=1, most_requests=9, dropped=random.Random(seed))

        assert made(Path(folder, "batch"), mail) == wanted
        assert set(mail.paid.values()) == {1}


@settings(max_examples=40, deadline=None)
@given(
    at=st.integers(1, 40),
    fates=st.lists(st.sampled_from(["complete", "expire", "lost_after", "lost_before", "flaky"]), max_size=4),
)
def test_a_process_killed_at_any_moment_leaves_enough_to_go_on_and_pays_nothing_twice(
    at: int, fates: list[Any]
) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        wanted = live(folder, Oracle(refused=0.2))
        mail = Mail(Oracle(refused=0.2), list(fates), most_requests=9)
        camera = Camera(mail, folder / "batch", folder / "left", at)
        made(folder / "batch", mail)
        if camera.mail is None:  # it ended before that
            return

        assert made(folder / "left", camera.mail) == wanted
        assert set(camera.mail.paid.values()) == {1}


def test_batches_cost_half_and_the_record_says_which_answers_came_of_one(tmp_path: Path) -> None:
    made(tmp_path / "batch", Mail(Oracle()), price=PRICE)
    make_rows(tmp_path / "live", config_of(), Oracle(), {"train": 23}, price=PRICE)

    batch, dear = (receipt_of(journal_records(tmp_path / name), "s") for name in ("batch", "live"))
    assert batch.usd is not None
    assert dear.usd is not None
    outline = (10 * 1.0 + 5 * 4.0) / 1e6  # asked for live
    assert batch.usd - outline == pytest.approx((dear.usd - outline) / 2)
    answers = [record for record in journal_records(tmp_path / "batch") if record["type"] == "answer"]
    assert [record["name"][:7] for record in answers if "batch" not in record] == ["outline"]


@pytest.mark.parametrize("cap", [0.0005, 0.001, 0.002, 0.003])
def test_a_cap_holds_and_a_higher_one_goes_on(tmp_path: Path, cap: float) -> None:
    mail = Mail(Oracle(), most_requests=5)
    with pytest.raises(BudgetReached):
        made(tmp_path, mail, 60, price=Price(1.0, 40.0), max_cost=cap)

    records = journal_records(tmp_path)
    assert sum(record["usd"] for record in records if record["type"] == "answer") <= cap
    assert made(tmp_path, mail, 60, price=Price(1.0, 40.0), max_cost=1.0) == live(tmp_path, Oracle(), 60)
    assert set(mail.paid.values()) == {1}


def test_what_batches_under_way_may_cost_is_set_aside_across_processes(tmp_path: Path) -> None:
    mail = Mail(Oracle())
    camera = Camera(mail, tmp_path / "batch", tmp_path / "left", 6)  # the answers are out
    made(tmp_path / "batch", mail, 20, price=PRICE)
    assert camera.mail is not None
    out = [r for r in journal_records(tmp_path / "left") if r["type"] == "batch"][-1]

    spent = sum(r["usd"] for r in journal_records(tmp_path / "left") if r["type"] == "answer")
    with pytest.raises(BudgetReached):
        made(tmp_path / "left", camera.mail, 1000, price=PRICE, max_cost=spent + out["usd"])

    assert set(camera.mail.paid.values()) == {1}


def test_a_queue_without_room_gets_fewer_and_smaller_batches(tmp_path: Path) -> None:
    mail = Mail(Oracle(), capacity=6, most_requests=50)

    assert made(tmp_path / "batch", mail) == live(tmp_path, Oracle())
    assert set(mail.paid.values()) == {1}


def test_a_queue_with_no_room_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="no room"):
        made(tmp_path, Mail(Oracle(), capacity=0))


def test_few_requests_are_made_live_where_that_is_wanted(tmp_path: Path) -> None:
    mail = Mail(Oracle(refused=0.3))

    rows = made(tmp_path / "batch", mail, 40, config=batch_config(finish_live=8))

    assert rows == live(tmp_path, Oracle(refused=0.3), 40)
    assert all(len(batch.lines) > 8 for batch in mail.batches.values())
    assert mail.live > 1 + 8  # the outline, the drafts, and the last rows


def test_a_live_run_takes_what_batches_have_brought_and_refuses_to_pay_for_what_they_will_bring(tmp_path: Path) -> None:
    mail = Mail(Oracle())
    camera = Camera(mail, tmp_path / "batch", tmp_path / "left", 6)
    made(tmp_path / "batch", mail)
    assert camera.mail is not None
    for batch in camera.mail.batches.values():
        batch.left = 1

    with pytest.raises(BatchesRunning, match="1 batch with 23 requests"):
        make_rows(tmp_path / "left", config_of(), camera.mail, {"train": 23})
    rows = make_rows(tmp_path / "left", config_of(), camera.mail, {"train": 23})["train"]

    assert rows == live(tmp_path, Oracle())
    assert camera.mail.live == 1


def test_a_service_that_brings_nothing_stops_the_run(tmp_path: Path) -> None:
    mail = Mail(Oracle(), ["expire"] * 100)  # half of the one draft is none

    with pytest.raises(Unavailable, match="brought no result"):
        made(tmp_path, mail, 5)

    assert len(mail.batches) == 5


def test_too_few_rows_stop_the_run(tmp_path: Path) -> None:
    with pytest.raises(TooFewRows):
        made(tmp_path, Mail(Oracle(refused=1.0)), 23, limit=70)


def test_a_larger_count_sends_only_what_is_new(tmp_path: Path) -> None:
    mail = Mail(Oracle(refused=0.2))
    first = made(tmp_path / "batch", mail, 20)
    before = sum(mail.paid.values())

    rows = made(tmp_path / "batch", mail, 30)

    assert rows[:20] == first
    assert rows == live(tmp_path, Oracle(refused=0.2), 30)
    assert set(mail.paid.values()) == {1}
    assert sum(mail.paid.values()) - before < 20


def test_what_a_failed_wave_has_left_is_not_sent_with_the_next_one(tmp_path: Path) -> None:
    """A reader whose run broke in the middle of a walk, and another one in the same session."""
    mail = Mail(Oracle())
    journal = Journal(tmp_path)
    assert journal.acquire({"about": "a test"})
    session = Session(journal, replace(parts(mail, batch=True), schema=Breaking()), Rows("s", ["train"]), grace=5.0)
    session.start()
    try:
        broken = session.run(batch_config(), "broken")
        session.want(broken, {"train": 23}, 1000)
        assert session.readers.wait(lambda: broken.error is not None, 10.0)
        run = session.run(batch_config(), "s")
        session.want(run, {"train": 23}, 1000)
        assert session.readers.wait(lambda: len(run.rows.places["train"]) >= 23, 10.0)
    finally:
        session.close()
    assert set(mail.paid.values()) == {1}


class Breaking(Notes):
    """A schema whose third draft breaks."""

    drafts = 0

    async def draft(self, config: Any, cell: Any, ask: Any) -> Any:
        self.drafts += 1
        if self.drafts == 3:
            raise ValueError("broken")
        return await super().draft(config, cell, ask)


def test_an_answer_nobody_can_use_counts_against_the_cap(tmp_path: Path) -> None:
    mail = Mail(Oracle(), unusable=2)
    rows = made(tmp_path, mail, 5, price=PRICE, max_cost=1.0)

    charged = [
        record for record in journal_records(tmp_path) if record["type"] == "reserve" and ":" not in record["name"]
    ]
    assert len(rows) == 5
    assert len(charged) == 2
    assert receipt_of(journal_records(tmp_path), "s").unsettled_usd == pytest.approx(sum(r["usd"] for r in charged))


def test_results_that_are_not_all_there_are_read_again(tmp_path: Path) -> None:
    mail = Mail(Oracle(), short=3)

    assert made(tmp_path / "batch", mail) == live(tmp_path, Oracle())
    assert set(mail.paid.values()) == {1}


def test_a_batch_that_is_not_listed_at_once_is_waited_for(tmp_path: Path) -> None:
    mail = Mail(Oracle(), ["lost_after"], unlisted=2)

    assert made(tmp_path / "batch", mail, config=batch_config(poll_seconds=0.02)) == live(tmp_path, Oracle())
    assert set(mail.paid.values()) == {1}


def test_a_second_reader_with_a_cap_and_no_price_is_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal.acquire({"about": "a test"})
    session = Session(journal, parts(Mail(Oracle()), batch=True), Rows("s", ["train"]), grace=5.0)
    session.start()
    try:
        session.tighten(1.0)
        run = session.run(batch_config(), "s")
        session.want(run, {"train": 5}, 100)
        assert session.readers.wait(lambda: run.error is not None, 10.0)
        assert isinstance(run.error, ConfigError)
    finally:
        session.close()


def test_a_bad_moment_of_the_service_is_one_failure_however_many_batches_are_out(tmp_path: Path) -> None:
    mail = Mail(Oracle(), most_requests=2, down=6)

    assert made(tmp_path / "batch", mail) == live(tmp_path, Oracle())


def test_a_service_that_stays_down_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="it is down"):
        made(tmp_path, Mail(Oracle(), down=100))


def test_a_cancellation_stops_the_run_however_it_is_found_and_the_next_one_goes_on(tmp_path: Path) -> None:
    mail = Mail(Oracle(), most_requests=9)
    mail.on_event = lambda event: announce_cancel(tmp_path / "batch") if event == "look" else None
    with pytest.raises(BatchesCancelled):
        made(tmp_path / "batch", mail)
    assert len(mail.batches) == 1

    mail.on_event = lambda event: None
    assert made(tmp_path / "batch", mail) == live(tmp_path, Oracle())
    assert set(mail.paid.values()) == {1}
