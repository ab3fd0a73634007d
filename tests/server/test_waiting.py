"""Why a job waits: what its owner is told is what `claim` goes by."""

from __future__ import annotations

import time

import pytest

from databases import claimed, end, key_of, queued, wanted
from hf_synth.server import leases
from hf_synth.server.database import Database
from hf_synth.server.jobs import Job, cancel_job, find_job
from hf_synth.server.keys import Key
from hf_synth.server.submitting import submit
from hf_synth.server.tables import jobs
from hf_synth.server.waiting import explained


def why(database: Database, key: Key, job: Job, places: int = 0) -> str:
    found = find_job(database, key, job.id)
    assert found is not None
    return explained(database, found, places).statistics["waiting_for"]


def test_for_a_place_with_how_many_go_first_of_its_own_key(database: Database):
    key = key_of(database)
    first, second, third = (queued(database, key) for _ in range(3))
    told = [why(database, key, job) for job in (first, second, third)]
    assert told == [f"a place to run: {many} before it" for many in ("no jobs are", "1 job is", "2 jobs are")]


def test_other_keys_jobs_go_first_as_far_as_it_is_their_turn(database: Database):
    many, few = key_of(database), key_of(database)
    for _ in range(20):
        queued(database, many)
    assert len(claimed(database, free=5)) == 5
    jobs = [queued(database, few) for _ in range(8)]
    assert why(database, few, jobs[0]) == "a place to run: no jobs are before it"
    assert why(database, few, jobs[5]) == "a place to run: 6 jobs are before it", "five of its own, and one as old"
    order = claimed(database, free=9)
    assert order.index(jobs[5].id) == 6


def test_a_dead_workers_jobs_go_first(database: Database):
    key = key_of(database)
    queued(database, key)
    assert len(claimed(database, "old")) == 1
    job = queued(database, key)
    leases.release(database, "old")
    assert why(database, key, job) == "a place to run: 1 job is before it"


def test_for_the_last_places_that_are_kept_for_others(database: Database):
    key = key_of(database)
    queued(database, key)
    claimed(database)
    job = queued(database, key)
    assert why(database, key, job, 3) == "a place to run: no jobs are before it"
    told = "a place to run: its key runs 1, and the last places are for keys that run none"
    assert why(database, key, job, 4) == told


def test_for_a_job_of_its_key_to_end_where_that_runs_as_many_as_it_may(database: Database):
    key = key_of(database, most_jobs=2)
    running = [queued(database, key) for _ in range(2)]
    job = queued(database, key)
    assert why(database, key, job) == "a place to run: 2 jobs are before it"
    assert len(claimed(database, free=9)) == 2
    assert why(database, key, job) == "another job of its key to end: 2 run, as many as may"
    end(database, "worker", running[0].id)
    assert why(database, key, job) == "a place to run: no jobs are before it"


@pytest.mark.parametrize("runs", [True, False])
def test_for_another_job_on_its_journal_whether_that_runs_or_is_older(database: Database, runs: bool):
    key, stranger = key_of(database), key_of(database)
    theirs = queued(database, stranger, journal="same")
    first, second = (queued(database, key, journal="same") for _ in range(2))
    if runs:
        assert {*claimed(database, free=9)} == {theirs.id, first.id}
    assert why(database, key, second) == f"another job on the same journal: {first.id}"


def test_the_oldest_job_on_its_journal_is_named_whatever_its_id(database: Database):
    key = key_of(database)
    one, other, last = (queued(database, key, journal="same") for _ in range(3))
    first, second = sorted((one.id, other.id), reverse=True)
    with database.write() as connection:
        for job_id, age in ((first, 20), (second, 10)):
            changed = jobs.update().where(jobs.c.id == job_id)
            connection.execute(changed.values(created_at=last.created_at - age))
    assert why(database, key, last) == f"another job on the same journal: {first}"


def test_for_money_that_others_hold_also_behind_one_that_waits_for_it(database: Database):
    key = key_of(database, budget=4.0)
    running, large, small = (queued(database, key, worst=worst) for worst in (1.0, 2.5, 0.1))
    free = queued(database, key)
    assert why(database, key, large).startswith("a place to run")
    assert {*claimed(database, free=2)} == {running.id, free.id}
    free = queued(database, key)
    money = "money of its key's budget that other jobs hold"
    assert [why(database, key, job) for job in (large, small)] == [money, money]
    assert why(database, key, free) == "a place to run: 2 jobs are before it"
    end(database, "worker", running.id)
    assert claimed(database, free=9) == [large.id, small.id, free.id]


def test_what_it_says_of_who_runs_next_is_who_is_claimed_next(database: Database):
    keys = [key_of(database), key_of(database, most_jobs=1), key_of(database, budget=3.0)]
    waiting = [(key, queued(database, key, worst=1.0)) for _ in range(3) for key in keys]
    while waiting:
        next_ones = [
            job.id for key, job in waiting if why(database, key, job) == "a place to run: no jobs are before it"
        ]
        got = claimed(database)
        assert next_ones == got
        if not got:
            for key, job in waiting:
                assert not why(database, key, job).startswith("a place to run")
            break
        waiting = [(key, job) for key, job in waiting if job.id not in got]


def test_what_runs_or_has_ended_is_left_as_it_is(database: Database):
    key = key_of(database)
    ended, running = queued(database, key), queued(database, key)
    cancel_job(database, ended)
    claimed(database)
    for job in (ended, running):
        found = find_job(database, key, job.id)
        assert found is not None
        assert explained(database, found, 4) is found
    assert explained(database, running, 4).statistics["waiting_for"] == "", "claimed since it was looked at"


def test_no_other_keys_job_is_named(database: Database):
    one, other = key_of(database), key_of(database)
    theirs = [queued(database, other, journal="same") for _ in range(3)]
    claimed(database)
    mine = [queued(database, one, journal="same") for _ in range(2)]
    told = " ".join(why(database, one, job) for job in mine)
    assert mine[0].id in told
    assert not [job.id for job in theirs if job.id in told]


def test_with_ten_thousand_jobs_before_it_the_reason_is_told_at_once(database: Database):
    key = key_of(database, budget=1e6)
    made, _ = submit(database, key, wanted(1.0), most_queued=5)
    with database.write() as connection:
        row = {name: getattr(made, name) for name in made.__dataclass_fields__}
        rest = {"bound": 1.0, "created_at": made.created_at - 1}
        connection.execute(
            jobs.insert(), [{**row, **rest, "id": f"job_{n:024x}", "journal": str(n)} for n in range(10_000)]
        )
    claimed(database, free=20)
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        assert why(database, key, made) == "a place to run: 9980 jobs are before it"
        best = min(best, time.perf_counter() - began)
    assert best < 0.2  # some milliseconds on a machine that is not busy
