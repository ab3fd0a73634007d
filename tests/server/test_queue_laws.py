"""The queue against a plain reading of its rules, over whatever may happen to jobs and workers."""

from __future__ import annotations

import itertools
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from databases import end, expire, key_of, queued
from hf_synth.server import leases, queue
from hf_synth.server.database import Database
from hf_synth.server.jobs import ENDED, cancel_job, delete_job, find_job
from hf_synth.server.keys import Key
from hf_synth.server.tables import jobs, parts
from hf_synth.server.taken import DEADLY, DOUBTFUL

CRUMB = 1e-6
PLACES = 4
"""Of each worker; the last one is kept for keys that run nothing."""
WORKERS = ("one", "two", "three")


def claimable(rows: list[Any], keys: dict[str, Key], dead: set[str], free: int) -> list[str]:
    """What `claim` gives, by its words alone: no indexes, no limits, every job looked at for every place."""
    held = {row.id: max(0.0, (row.allotted or 0.0) - row.usd) for row in rows if row.status == "running"}
    spent = Counter[str]()
    for row in rows:
        spent[row.key_id] += row.usd
    given: list[str] = []
    tried: list[str] = []
    short: set[str] = set()

    def running(row: Any) -> list[Any]:
        its = [one for one in rows if one.key_id == row.key_id and one.id != row.id]
        return [one for one in its if one.status == "running" or one.id in given]

    def may(row: Any) -> bool:
        key, others = keys[row.key_id], running(row)
        if key.most_jobs is not None and len(others) >= key.most_jobs:
            return False
        if row.id not in dead and any(one.journal == row.journal for one in others):
            return False
        if key.budget is None or row.bound == 0 or held.get(row.id):
            return True
        theirs = sum(held[one.id] for one in others)
        left = key.budget - spent[row.key_id] - theirs
        if row.key_id in short or (theirs and not 0 < row.bound <= left):
            short.add(row.key_id)
            return False
        held[row.id] = min(row.bound, max(0.0, left))
        return True

    def place(row: Any) -> tuple[Any, ...]:
        again = row.id in dead
        return (not again, -row.deaths if again else 0, len(running(row)) + again, row.created_at, row.id)

    def kept_from(row: Any) -> bool:
        """It would take the last place, and its key runs something; or be a second one that may kill its worker."""
        doubtful = row.deaths + (row.id in dead) >= DOUBTFUL
        return bool((doubtful and tried) or (row.id not in dead and running(row) and free - len(given) == 1))

    while len(given) < free:
        line = [row for row in rows if (row.status == "queued" or row.id in dead) and row.id not in given]
        line.sort(key=place)
        row = next((row for row in line if not kept_from(row) and may(row)), None)
        if row is None:
            break
        if row.deaths + (row.id in dead) >= DOUBTFUL:
            tried.append(row.id)
        held.setdefault(row.id, 0.0)
        given.append(row.id)
    return given


class Queue(RuleBasedStateMachine):
    """Three keys, three workers; `real` is what a job truly spent, which its row learns later or never."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        with self.database.write() as connection:
            for table in (parts, jobs):
                connection.execute(table.delete())
        limits: list[dict[str, Any]] = [{}, {"budget": 4.0, "most_jobs": 3}, {"budget": 10.0}, {"most_jobs": 1}]
        self.keys = {key.id: key for key in (key_of(self.database, **one) for one in limits)}
        self.real: dict[str, float] = {}
        self.dead: set[str] = set()
        self.known: dict[str, set[str]] = {worker: set() for worker in WORKERS}
        self.number = itertools.count(1)

    def rows(self, *status: str) -> list[Any]:
        asked = sa.select(jobs).where(jobs.c.key_id.in_(list(self.keys))).order_by(jobs.c.created_at, jobs.c.id)
        with self.database.read() as connection:
            return [row for row in connection.execute(asked) if not status or row.status in status]

    @rule(
        key=st.integers(0, 3),
        worst=st.sampled_from([0.0, 0.0, 0.4, 1.0, 2.0, 8.0]),
        journal=st.sampled_from(["a", "b", "c", None]),
        same=st.booleans(),
    )
    def submit(self, key: int, worst: float, journal: str | None, same: bool) -> None:
        mine = [*self.keys.values()][key]
        spent = sum(row.usd for row in self.rows() if row.key_id == mine.id)
        if worst and mine.budget is not None and spent >= mine.budget:
            return
        job = queued(self.database, mine, worst, journal)
        number = next(self.number)  # in place of what chance and the clock say, or no failure is found again
        values = {"id": f"job_{number:024x}", "created_at": 0.0 if same else float(number)}
        self.real[values["id"]] = 0.0
        with self.database.write() as connection:
            connection.execute(jobs.update().where(jobs.c.id == job.id).values(values))

    def without(self, deadly: list[Any]) -> list[Any]:
        """As they are once these have failed: they may have spent all that they might."""
        ended = {row.id for row in deadly}
        given = self.rows()
        return [
            SimpleNamespace(**{**row._mapping, "status": "failed", "usd": max(row.usd, row.allotted or 0.0)})
            if row.id in ended
            else row
            for row in given
        ]

    @rule(worker=st.sampled_from(WORKERS), free=st.integers(1, PLACES))
    def claim(self, worker: str, free: int) -> None:
        deadly = [row for row in self.rows("running") if row.id in self.dead and row.deaths >= DEADLY]
        for row in deadly:
            self.dead.remove(row.id)
        expected = claimable(self.without(deadly), self.keys, self.dead, free)
        got = queue.claim(self.database, worker, free, places=PLACES)
        assert {row.status for row in self.rows() if row.id in [one.id for one in deadly]} <= {"failed"}
        assert [job.id for job in got] == expected
        self.dead -= {*expected}
        self.known[worker] |= {*expected}

    @rule(worker=st.sampled_from(WORKERS), deaths=st.sampled_from([0, DOUBTFUL, DEADLY]))
    def get_on(self, worker: str, deaths: int) -> None:
        """A worker tells of further rows; or more of them died of its jobs than a test has time for."""
        with self.database.write() as connection:
            mine = sa.and_(jobs.c.owner == worker, jobs.c.status == "running")
            connection.execute(jobs.update().where(mine).values(deaths=deaths))

    @precondition(lambda self: bool(self.rows("running")))
    @rule(data=st.data(), share=st.floats(0, 1), told=st.booleans())
    def spend(self, data: st.DataObject, share: float, told: bool) -> None:
        """Up to what was allotted; a worker tells it a moment later, or dies before it can."""
        row = data.draw(st.sampled_from(self.rows("running")))
        if row.id in self.dead:
            return
        costs = 0.0 if row.bound == 0 else 1.0 if row.allotted is None else max(0.0, row.allotted - self.real[row.id])
        self.real[row.id] += share * costs
        if told:
            assert queue.update(self.database, row.owner, row.id, {"usd": self.real[row.id]})

    @precondition(lambda self: bool(self.rows("running")))
    @rule(data=st.data(), status=st.sampled_from([*ENDED, "queued"]))
    def finish(self, data: st.DataObject, status: str) -> None:
        row = data.draw(st.sampled_from(self.rows("running")))
        if row.id not in self.dead:
            back: dict[str, Any] = {"owner": None, "lease_until": None} if status == "queued" else {}
            assert end(self.database, row.owner, row.id, status, usd=self.real[row.id], **back)

    @rule(worker=st.sampled_from(WORKERS), buried=st.booleans())
    def die(self, worker: str, buried: bool) -> None:
        self.dead |= {row.id for row in self.rows("running") if row.owner == worker}
        (leases.release if buried else expire)(self.database, worker)

    @rule(worker=st.sampled_from(WORKERS))
    def come_back(self, worker: str) -> None:
        """A worker that was only late renews what nobody took."""
        self.dead -= {*leases.renew(self.database, worker)}

    @precondition(lambda self: bool(self.rows("queued", "running")))
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self.rows("queued", "running")))
        job = find_job(self.database, self.keys[row.key_id], row.id)
        assert job is not None
        cancel_job(self.database, job)

    @precondition(lambda self: any(row.deleted_at is None for row in self.rows(*ENDED)))
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from([row for row in self.rows(*ENDED) if row.deleted_at is None]))
        job = find_job(self.database, self.keys[row.key_id], row.id)
        assert job is not None
        delete_job(self.database, job)

    @invariant()
    def no_job_is_two_workers(self) -> None:
        owned = [job_id for worker in WORKERS for job_id in leases.mine(self.database, worker)]
        assert sorted(owned) == sorted(row.id for row in self.rows("running"))
        for worker in WORKERS:
            assert {*leases.mine(self.database, worker)} <= self.known[worker]

    @invariant()
    def no_two_run_on_one_journal_and_no_key_runs_more_than_it_may(self) -> None:
        running = self.rows("running")
        assert max(Counter((row.key_id, row.journal) for row in running).values(), default=1) == 1
        for key_id, number in Counter(row.key_id for row in running).items():
            most = self.keys[key_id].most_jobs
            assert most is None or number <= most

    @invariant()
    def no_budget_is_overspent_whatever_is_spent_next(self) -> None:
        for key in self.keys.values():
            if key.budget is None:
                continue
            its = [row for row in self.rows() if row.key_id == key.id]
            yet = sum(max(0.0, (row.allotted or 0.0) - row.usd) for row in its if row.status == "running")
            assert sum(row.usd for row in its) + yet <= key.budget + CRUMB
            assert sum(self.real[row.id] for row in its) <= key.budget + CRUMB

    def teardown(self) -> None:
        """Nothing waits for ever: with all workers alive and jobs that end, the queue runs empty."""
        leases.release(self.database, "one")
        self.dead |= {row.id for row in self.rows("running") if row.owner == "one"}
        for _ in range(len(self.real) + 1):
            self.claim("two", 3)
            for row in self.rows("running"):
                if row.id not in self.dead:
                    end(self.database, row.owner, row.id, usd=self.real[row.id])
        assert self.rows("queued") == []


@pytest.fixture
def machine(database: Database) -> type[Queue]:
    return type("OnDatabase", (Queue,), {"database": database})


def test_the_queue_keeps_its_laws(machine: type[Queue]):
    few = settings(
        max_examples=20 if machine.database.sqlite else 5,
        stateful_step_count=25,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much),
    )
    run_state_machine_as_test(machine, settings=few)
