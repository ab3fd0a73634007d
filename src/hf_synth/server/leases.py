"""Leases: for how long jobs belong to a worker, by the clock of the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from hf_synth.server.database import Database, clock
from hf_synth.server.tables import jobs

LEASE = 30.0
"""Seconds that a job belongs to a worker which is not heard of."""


def renew(database: Database, worker: str, lease: float = LEASE) -> dict[str, bool]:
    """Lengthen the leases of a worker; its jobs, with whether they are to be cancelled.

    A job that ended its lease before and was not taken by another worker is still its own.
    """
    its = sa.and_(jobs.c.owner == worker, jobs.c.status == "running")
    with database.write(alone=True) as connection:
        connection.execute(jobs.update().where(its).values(lease_until=clock() + lease))
    return mine(database, worker)


def mine(database: Database, worker: str) -> dict[str, bool]:
    """The jobs of a worker, with whether they are to be cancelled."""
    asked = sa.select(jobs.c.id, jobs.c.cancel_requested).where(jobs.c.owner == worker, jobs.c.status == "running")
    with database.read() as connection:
        return {row.id: row.cancel_requested for row in connection.execute(asked)}


def release(database: Database, worker: str, job_ids: Iterable[str] | None = None) -> None:
    """End leases of a worker.

    Args:
        database: the database.
        worker: whose.
        job_ids: of which jobs, which it does not run: nobody dies of these. `None` for all: it is known to be dead.
    """
    its = sa.and_(jobs.c.owner == worker, jobs.c.status == "running")
    values: dict[str, Any] = {"lease_until": 0.0}
    if job_ids is not None:
        its = sa.and_(its, jobs.c.id.in_(list(job_ids)))
        values["deaths"] = jobs.c.deaths - 1  # the next claim counts one
    with database.write(alone=True) as connection:
        connection.execute(jobs.update().where(its).values(**values))


def alive(database: Database, worker: str, job_id: str) -> None:
    """Tell that a worker which lost a job to another one is not dead: its lease ended, and that counted as a death."""
    others = sa.and_(jobs.c.id == job_id, jobs.c.owner != worker, jobs.c.status == "running", jobs.c.deaths > 0)
    with database.write(alone=True) as connection:
        connection.execute(jobs.update().where(others).values(deaths=jobs.c.deaths - 1))


def owners(database: Database) -> set[str]:
    """Workers that own a job."""
    with database.read() as connection:
        return {*connection.scalars(sa.select(jobs.c.owner).where(jobs.c.status == "running").distinct())} - {None}
