from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa

from databases import claimed, end, key_of, queued, row_of, wanted
from hf_synth.server.database import Database
from hf_synth.server.jobs import cancel_job, delete_job, find_job
from hf_synth.server.keys import revoke_key
from hf_synth.server.refusals import BudgetSpent, JobConflict, NotAllowed, QueueFull
from hf_synth.server.submitting import Submission, already, submit
from hf_synth.server.tables import jobs


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(jobs)) or 0


def send(database: Database, key: Any, once: str | None, digest: str = "d", **changes: Any) -> tuple[str, bool]:
    job, new = submit(database, key, wanted(digest=digest, idempotency_key=once, **changes), most_queued=1000)
    return job.id, new


def test_a_job_is_there_as_it_was_sent(database: Database):
    key = key_of(database)
    config = {"domain": "gärten 🌱", "guidance": 'quotes " and \\ and \u0000', "run": {"max_cost": 0.5}}
    job, new = submit(database, key, wanted(1.0, "journal", config=config), most_queued=5)
    assert new
    assert find_job(database, key, job.id) == job
    assert (job.status, job.config, job.targets, job.journal) == ("queued", config, {"train": 6}, "journal")


def test_the_same_key_and_body_is_the_same_job_whatever_became_of_it(database: Database):
    key = key_of(database)
    job_id, new = send(database, key, "once")
    assert new
    assert send(database, key, "once") == (job_id, False)
    claimed(database)
    assert send(database, key, "once") == (job_id, False)
    end(database, "worker", job_id, "failed")
    assert send(database, key, "once") == (job_id, False)
    known = already(database, key, "d", "once")
    assert known is not None
    assert (known.id, known.status) == (job_id, "failed")
    assert count(database) == 1


def test_twenty_threads_that_send_the_same_at_once_make_one_job(database: Database):
    key = key_of(database)
    got: list[tuple[str, bool]] = []
    begin = threading.Barrier(20)

    def one() -> None:
        begin.wait()
        got.append(send(database, key, "once"))

    threads = [threading.Thread(target=one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 20
    assert len({job_id for job_id, _ in got}) == 1
    assert sum(new for _, new in got) == 1
    assert count(database) == 1


def test_another_body_with_the_same_key_is_a_conflict_that_names_the_job(database: Database):
    key = key_of(database)
    job_id, _ = send(database, key, "once")
    for ask in (lambda: send(database, key, "once", "other"), lambda: already(database, key, "other", "once")):
        with pytest.raises(JobConflict, match=f"'once' came with another body before, for job {job_id}. Use a new key"):
            ask()
    assert count(database) == 1


def test_an_idempotency_key_belongs_to_one_api_key(database: Database):
    one, other = key_of(database), key_of(database)
    first, _ = send(database, one, "once")
    assert already(database, other, "d", "once") is None
    second, new = send(database, other, "once", "other")
    assert new
    assert first != second
    assert send(database, one, "once") == (first, False)


def test_without_an_idempotency_key_each_is_a_job_of_its_own(database: Database):
    key = key_of(database)
    assert len({send(database, key, None)[0] for _ in range(3)}) == 3


def test_deleting_a_job_frees_its_idempotency_key(database: Database):
    key = key_of(database)
    job_id, _ = send(database, key, "once")
    job = find_job(database, key, job_id)
    assert job is not None
    cancel_job(database, job)
    assert send(database, key, "once") == (job_id, False)
    delete_job(database, job)
    assert already(database, key, "d", "once") is None
    second, new = send(database, key, "once", "other")
    assert new
    assert second != job_id


def test_a_full_queue_takes_no_more_of_anybody_but_knows_what_it_has(database: Database):
    one, other = key_of(database), key_of(database)
    first, _ = submit(database, one, wanted(idempotency_key="once"), most_queued=2)
    submit(database, one, wanted(), most_queued=2)
    for key in (one, other):
        with pytest.raises(QueueFull, match="2 jobs wait, as many as may") as caught:
            submit(database, key, wanted(), most_queued=2)
        assert caught.value.retry_after > 0
    assert submit(database, one, wanted(idempotency_key="once"), most_queued=2)[0].id == first.id
    claimed(database)
    submit(database, other, wanted(), most_queued=2)


def test_many_that_send_at_once_overfill_no_queue(database: Database):
    key = key_of(database)
    refused: list[str] = []

    def one() -> None:
        try:
            submit(database, key, wanted(), most_queued=5)
        except QueueFull as error:
            refused.append(str(error))

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (count(database), len(refused)) == (5, 7)


def test_a_key_whose_budget_is_spent_gets_no_further_job_that_costs(database: Database):
    key = key_of(database, budget=1.0)
    job = queued(database, key, worst=1.0)
    claimed(database)
    end(database, "worker", job.id, usd=1.0)
    with pytest.raises(BudgetSpent, match=r"\$1\) is used up: \$1.0000 spent. Whoever runs this server") as caught:
        submit(database, key, wanted(0.001), most_queued=5)
    assert caught.value.exit_code == 1
    submit(database, key, wanted(0.0), most_queued=5)


def test_what_deleted_jobs_spent_counts(database: Database):
    key = key_of(database, budget=1.0)
    job = queued(database, key, worst=1.0)
    claimed(database)
    end(database, "worker", job.id, usd=1.0)
    delete_job(database, job)
    with pytest.raises(BudgetSpent):
        submit(database, key, wanted(1.0), most_queued=5)


def test_a_key_that_was_revoked_after_it_was_let_in_gets_no_job(database: Database):
    key = key_of(database, "team")
    revoke_key(database, "team")
    with pytest.raises(NotAllowed, match=r"This API key was revoked\.$"):
        submit(database, key, wanted(), most_queued=5)


def test_what_a_job_may_cost_is_bounded_by_its_estimate_and_its_cap(database: Database):
    key = key_of(database)
    known = [(0.0, None, 0.0), (0.0, 5.0, 0.0), (2.0, None, 3.0), (2.0, 0.5, 0.5), (2.0, 5.0, 3.0)]
    for worst, named, bound in [*known, (None, 5.0, 5.0), (None, None, None)]:
        job = queued(database, key, worst, config={"run": {"max_cost": named}})
        assert row_of(database, job.id).bound == bound


@pytest.mark.parametrize(
    ("likely", "mode", "bound"), [(0.3, "live", 1.2), (0.01, "live", 1.0), (9.0, "live", 15.0), (0.3, "batch", 15.0)]
)
def test_a_live_job_is_given_a_few_times_what_is_likely_and_a_batch_its_worst_case(
    database: Database, likely, mode, bound
):
    job = Submission(
        config={"run": {"mode": mode}},
        targets={"train": 6},
        estimate={"likely": {"cost": likely}, "worst": {"cost": 10.0}},
        body_digest="d",
        journal=mode,
    )
    sent, _ = submit(database, key_of(database), job, most_queued=5)
    assert row_of(database, sent.id).bound == pytest.approx(bound)


def test_one_key_leaves_places_in_the_queue_to_others(database: Database):
    one, other = key_of(database), key_of(database)
    for _ in range(9):
        submit(database, one, wanted(), most_queued=10)
    with pytest.raises(QueueFull, match="9 jobs of this key wait"):
        submit(database, one, wanted(), most_queued=10)
    submit(database, other, wanted(), most_queued=10)
