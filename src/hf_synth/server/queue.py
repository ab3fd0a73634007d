"""The queue as workers see it: who runs which job, for how long, and with how much money.

A job belongs to the worker that claimed it until its lease ends, by the clock of the database; everything a worker
writes about a job is written only while the job is its own. So two servers on one database run no job twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush
from typing import Any

import sqlalchemy as sa

from hf_synth.server.database import Database, clock
from hf_synth.server.jobs import Job, columns, job_of
from hf_synth.server.leases import LEASE
from hf_synth.server.problems import reason
from hf_synth.server.refusals import WorkersLost
from hf_synth.server.tables import jobs, parts
from hf_synth.server.taken import DEADLY, DOUBTFUL, Taken, kept

_log = logging.getLogger("hf_synth.server")


def claim(
    database: Database, worker: str, free: int, lease: float = LEASE, *, places: int = 0, wary: bool = False
) -> list[Job]:
    """Take up to `free` jobs: those whose worker died first, then of the key with the fewest that run, the oldest.

    Passed over are jobs of a key that runs as many as it may, jobs on a journal that another job works on, and jobs
    for which no money of their key's budget is free at the moment. Of doubtful jobs, one is taken at a time.

    Args:
        database: the database.
        worker: who asks.
        free: places that it has.
        lease: seconds that the jobs are its own.
        places: of those that it has in all, the last ones are kept for keys that run nothing yet.
        wary: whether to take no doubtful job beside one that it runs already.
    """
    if free < 1 or not _any_waits(database):
        return []
    with database.write(alone=True) as connection:
        _end_deadly(connection)
        taken = Taken(connection)
        claimed: list[Job] = []
        tries = wary and worker in taken.trying
        line = [_place(row, taken) for row in taken.waiting(free, sound=tries)]
        heapify(line)
        while line and len(claimed) < free:
            *place, row = heappop(line)
            now = _place(row, taken)
            if place != [*now[:-1]]:  # a job of the same key was claimed since
                heappush(line, now)
                continue
            if _deaths(row) >= DOUBTFUL and tries:
                continue
            if row.status == "queued" and taken.running[row.key_id] and free - len(claimed) <= kept(places):
                continue
            if taken.hindrance(row) is None and (job := _give(connection, row, worker, taken.take(row), lease)):
                claimed.append(job)
                if job.deaths >= DOUBTFUL:
                    tries = True
                    _passed(connection, worker, job)
        return claimed


def _passed(connection: sa.Connection, worker: str, job: Job) -> None:
    """Trust those a little more whose trial is over, now that another one's begins beside them."""
    tried = sa.and_(jobs.c.owner == worker, jobs.c.status == "running", jobs.c.deaths >= DOUBTFUL)
    connection.execute(jobs.update().where(tried, jobs.c.id != job.id).values(deaths=jobs.c.deaths - 1))


def _deaths(row: Any) -> int:
    """With that of its last worker, where that died."""
    return row.deaths + (row.status == "running")


def _end_deadly(connection: sa.Connection) -> None:
    """End jobs that no worker can even end: one died that was only to read the journal, see `Telling.refuse_deadly`.

    What such a job spent last is not known. It counts as all that it might spend, so that the budget of its key holds.
    """
    dead = sa.and_(jobs.c.status == "running", jobs.c.lease_until < clock(), jobs.c.deaths >= DEADLY)
    error = reason(WorkersLost.after(DEADLY + 1))
    most = sa.case((jobs.c.allotted > jobs.c.usd, jobs.c.allotted), else_=jobs.c.usd)
    values = {"status": "failed", "error": error, "ended_at": time.time(), "allotted": None, "usd": most}
    ended = jobs.update().where(dead).values(**values, deaths=jobs.c.deaths + 1, version=jobs.c.version + 1)
    for job_id in connection.scalars(ended.returning(jobs.c.id)):
        _log.error("%s failed: WorkersLost", job_id)


def _any_waits(database: Database) -> bool:
    """Looked at first, because most of the time nothing does, and nobody is held up by a look."""
    dead = sa.and_(jobs.c.status == "running", jobs.c.lease_until < clock())
    with database.read() as connection:
        return any(
            connection.scalar(sa.select(jobs.c.id).where(which).limit(1)) for which in (jobs.c.status == "queued", dead)
        )


def _place(row: Any, taken: Taken) -> tuple[Any, ...]:
    """The likeliest cause of deaths goes first: where it is one, the others wait no longer to be tried."""
    dead = row.status == "running"
    return (not dead, -row.deaths if dead else 0, taken.running[row.key_id], row.created_at, row.id, row)


def _give(connection: sa.Connection, row: Any, worker: str, allotted: float | None, lease: float) -> Job | None:
    """Write down whose a job is now; `None` where its old worker came back to life, or ended it, meanwhile."""
    as_seen = sa.and_(
        jobs.c.id == row.id, jobs.c.status == row.status, jobs.c.lease_until.is_not_distinct_from(row.lease_until)
    )
    done = connection.execute(
        jobs.update()
        .where(as_seen)
        .values(
            status="running",
            owner=worker,
            lease_until=clock() + lease,
            started_at=sa.func.coalesce(jobs.c.started_at, time.time()),
            allotted=allotted,
            deaths=_deaths(row),
            version=jobs.c.version + 1,
        )
    )
    if not done.rowcount:
        return None
    return job_of(connection.execute(sa.select(*columns()).where(jobs.c.id == row.id)).one())


def update(
    database: Database,
    worker: str,
    job_id: str,
    values: Mapping[str, Any],
    new_parts: Iterable[Mapping[str, Any]] = (),
    *,
    only_parts: bool = False,
) -> bool:
    """Write about a job, if it is this worker's; whether it is.

    Args:
        database: the database.
        worker: who writes.
        job_id: the job.
        values: of its columns.
        new_parts: rows of `parts` that it has now.
        only_parts: and no others.
    """
    its = sa.and_(jobs.c.id == job_id, jobs.c.owner == worker, jobs.c.status == "running")
    with database.write() as connection:
        done = connection.execute(jobs.update().where(its).values(**values, version=jobs.c.version + 1))
        if not done.rowcount:
            return False
        if only_parts:
            connection.execute(parts.delete().where(parts.c.job_id == job_id))
        if found := [{"job_id": job_id, **part} for part in new_parts]:
            connection.execute(parts.insert(), found)
        return True
