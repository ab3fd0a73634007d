from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from databases import claimed, end, key_of, queued, row_of
from hf_synth.server import leases, queue
from hf_synth.server.database import Database
from hf_synth.server.jobs import Job, cancel_job, delete_job, find_job, list_jobs, versions
from hf_synth.server.keys import Key, list_keys
from hf_synth.server.refusals import JobConflict
from hf_synth.server.tables import jobs, parts

PART = {"split": "train", "first_row": 0, "rows": 6, "first_byte": 0, "bytes": 99, "path": "p"}


def test_a_key_finds_its_own_jobs_alone(database: Database):
    key, other = key_of(database), key_of(database)
    job = queued(database, key)
    assert find_job(database, key, job.id) == job
    assert find_job(database, other, job.id) is None
    assert list_jobs(database, other, limit=5) == []


def test_what_is_not_there_is_not_found_whatever_is_asked_for(database: Database):
    key = key_of(database)
    queued(database, key)
    for job_id in ("", "job_", "job_" + "0" * 24, "\x00", "job_\x00", "x" * 10_000, "\ud800", "%"):
        assert find_job(database, key, job_id) is None
        assert len(list_jobs(database, key, limit=5, before=(1e300, job_id))) == 1


def paged(database: Database, key: Key, limit: int, status: str | None = None) -> list[str]:
    found: list[Job] = []
    while got := list_jobs(
        database, key, limit=limit, before=(found[-1].created_at, found[-1].id) if found else None, status=status
    ):
        found += got
    return [job.id for job in found]


def test_pages_lose_and_repeat_nothing_where_many_came_at_the_same_moment(database: Database):
    key, other = key_of(database), key_of(database)
    made = {queued(database, key).id for _ in range(23)}
    queued(database, other)
    with database.write() as connection:
        connection.execute(jobs.update().values(created_at=1e9 + 1 / 3))
        connection.execute(jobs.update().where(jobs.c.id.in_(list(made)[:5])).values(created_at=1e9 + 2 / 3))
    for limit in (1, 4, 23, 100):
        found = paged(database, key, limit)
        assert len(found) == 23
        assert {*found} == made
    assert {*paged(database, key, 7)[:5]} == {*list(made)[:5]}


def test_pages_hold_while_jobs_come_and_go(database: Database):
    key = key_of(database)
    made = [queued(database, key).id for _ in range(6)]
    first = list_jobs(database, key, limit=3)
    queued(database, key)
    cancel_job(database, first[-1])
    delete_job(database, first[-1])
    last = list_jobs(database, key, limit=3, before=(first[-1].created_at, first[-1].id))
    assert {job.id for job in first + last} == {*made}


def test_a_list_may_be_of_one_status_and_has_no_deleted_jobs(database: Database):
    key = key_of(database)
    waiting, gone, cancelled = (queued(database, key) for _ in range(3))
    cancel_job(database, gone)
    delete_job(database, gone)
    cancel_job(database, cancelled)
    assert paged(database, key, 2, "queued") == [waiting.id]
    assert paged(database, key, 2, "cancelled") == [cancelled.id]
    assert {*paged(database, key, 2)} == {waiting.id, cancelled.id}


def test_a_job_that_waits_is_cancelled_at_once(database: Database):
    key = key_of(database)
    job = queued(database, key)
    cancel_job(database, job)
    now = find_job(database, key, job.id)
    assert now is not None
    assert (now.status, now.ended, now.version) == ("cancelled", True, job.version + 1)
    assert now.ended_at is not None
    assert claimed(database) == []


def test_a_job_that_runs_is_cancelled_by_its_worker(database: Database):
    key = key_of(database)
    job = queued(database, key)
    assert claimed(database) == [job.id]
    for _ in range(2):
        cancel_job(database, job)
        assert leases.mine(database, "worker") == {job.id: True}
    now = find_job(database, key, job.id)
    assert now is not None
    assert (now.status, now.version) == ("running", job.version + 2), "asked for once, told once"


def test_what_has_ended_stays_as_it_is(database: Database):
    key = key_of(database)
    job = queued(database, key)
    claimed(database)
    end(database, "worker", job.id)
    before = find_job(database, key, job.id)
    cancel_job(database, job)
    assert find_job(database, key, job.id) == before


def test_a_job_that_is_cancelled_while_it_is_claimed_is_either_never_run_or_told_to_its_worker(database: Database):
    key = key_of(database)
    made = [queued(database, key) for _ in range(24)]
    got: list[str] = []

    def work() -> None:
        while found := claimed(database, free=2):
            got.extend(found)

    def cancel() -> None:
        for job in made:
            cancel_job(database, job)

    threads = [threading.Thread(target=what) for what in (work, cancel)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = leases.mine(database, "worker")
    assert told == dict.fromkeys(got, True)
    never = {job.id for job in made} - {*got}
    assert {row_of(database, job_id).status for job_id in never} <= {"cancelled"}
    assert not [job_id for job_id in never if row_of(database, job_id).owner]


@pytest.mark.parametrize("status", ["queued", "running"])
def test_a_job_that_has_not_ended_is_not_deleted(database: Database, status: str):
    key = key_of(database)
    job = queued(database, key)
    if status == "running":
        claimed(database)
    with pytest.raises(JobConflict, match=f"Job {job.id} has not ended. Cancel it first"):
        delete_job(database, job)
    assert find_job(database, key, job.id) is not None


def test_a_deleted_job_leaves_what_it_spent_and_nothing_that_was_in_it(database: Database):
    key = key_of(database)
    job = queued(database, key, config={"guidance": "a secret recipe"})
    claimed(database)
    assert queue.update(database, "worker", job.id, {}, [PART])
    end(database, "worker", job.id, "failed", usd=0.5, error={"detail": "a secret recipe"}, statistics={"calls": 5})
    delete_job(database, job)
    assert find_job(database, key, job.id) is None
    row = row_of(database, job.id)
    assert (row.config, row.error, row.statistics, row.files, row.usd) == ({}, None, {}, {}, 0.5)
    with database.read() as connection:
        assert connection.execute(sa.select(parts)).all() == []
    assert list_keys(database)[0].spent == 0.5


def test_a_deleted_job_is_deleted_once(database: Database):
    """The route looks first; two that looked at the same time are both told yes, and nothing changes."""
    key = key_of(database)
    job = queued(database, key)
    cancel_job(database, job)
    delete_job(database, job)
    at = row_of(database, job.id).deleted_at
    delete_job(database, job)
    assert row_of(database, job.id).deleted_at == at


def test_versions_are_of_those_that_are_there(database: Database):
    key = key_of(database)
    one, other = queued(database, key), queued(database, key)
    cancel_job(database, other)
    assert versions(database, [one.id, other.id, "none"]) == {one.id: 1, other.id: 2}
    assert versions(database, []) == {}
