"""Jobs as their owners see them: looked at, cancelled, deleted. Each key sees its own alone."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from hf_synth.server.database import Database
from hf_synth.server.keys import Key
from hf_synth.server.refusals import JobConflict
from hf_synth.server.tables import jobs, parts

ENDED = ("completed", "failed", "cancelled")
_ID = re.compile(r"job_[0-9a-f]{24}")  # whatever else is asked for is not there, and PostgreSQL takes no NUL in a text


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands. Times are seconds since the epoch, money is US dollars.

    Attributes:
        version: raised with every change.
        config: as it was sent.
        targets: rows by split, in order.
        usd: what it spent so far.
        allotted: what it may spend of its key's budget, `None` without one.
        error: why it failed: `type`, `detail`, `hint`, `exit_code`.
        files: of a job that has ended, their sizes by name.
        deaths: how many workers died while they ran it, since it last got on.
    """

    id: str
    key_id: str
    status: str
    version: int
    created_at: float
    config: dict[str, Any]
    targets: dict[str, int]
    estimate: dict[str, Any]
    statistics: dict[str, Any]
    started_at: float | None = None
    ended_at: float | None = None
    journal: str | None = None
    body_digest: str = ""
    before: dict[str, Any] | None = None
    usd: float = 0.0
    allotted: float | None = None
    error: dict[str, Any] | None = None
    files: dict[str, int] = field(default_factory=dict[str, int])
    cancel_requested: bool = False
    deaths: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in ENDED


_FIELDS = [jobs.c[name] for name in Job.__dataclass_fields__]


def job_of(row: Any) -> Job:
    """A job from a row with the columns of `columns()`."""
    return Job(**{name: getattr(row, name) for name in Job.__dataclass_fields__})


def columns() -> list[sa.Column[Any]]:
    """What a `Job` is read from."""
    return list(_FIELDS)


def find_job(database: Database, key: Key, job_id: str) -> Job | None:
    """A job of a key's own; `None` for what is not there, or not its own."""
    if not _ID.fullmatch(job_id):
        return None
    asked = sa.select(*_FIELDS).where(jobs.c.id == job_id, jobs.c.key_id == key.id, jobs.c.deleted_at.is_(None))
    with database.read() as connection:
        row = connection.execute(asked).one_or_none()
    return None if row is None else job_of(row)


def list_jobs(
    database: Database, key: Key, *, limit: int, before: tuple[float, str] | None = None, status: str | None = None
) -> list[Job]:
    """A key's own jobs, the newest first; those older than `before`, a time of creation and an id."""
    asked = sa.select(*_FIELDS).where(jobs.c.key_id == key.id, jobs.c.deleted_at.is_(None))
    if status is not None:
        asked = asked.where(jobs.c.status == status)
    if before is not None and _ID.fullmatch(before[1]):
        asked = asked.where(sa.tuple_(jobs.c.created_at, jobs.c.id) < before)
    with database.read() as connection:
        rows = connection.execute(asked.order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(limit))
        return [job_of(row) for row in rows]


def cancel_job(database: Database, job: Job) -> None:
    """End a job that waits, or ask the worker to stop it; an ended one is left as it is.

    One that waits and may have batches out at a provider is a worker's to end: it cancels them.
    """
    with database.write(alone=True) as connection:
        mine = jobs.update().where(jobs.c.id == job.id)
        waiting = mine.where(jobs.c.status == "queued")
        if (job.config.get("run") or {}).get("mode") == "batch":
            waiting = waiting.where(jobs.c.started_at.is_(None))
        done = connection.execute(
            waiting.values(status="cancelled", ended_at=time.time(), version=jobs.c.version + 1, cancel_requested=True)
        )
        if not done.rowcount:
            running = mine.where(jobs.c.status.notin_(ENDED), jobs.c.cancel_requested.is_(False))
            connection.execute(running.values(cancel_requested=True, version=jobs.c.version + 1))


def delete_job(database: Database, job: Job) -> None:
    """Forget a job: its config, statistics and places of rows. What it spent still counts.

    Raises:
        JobConflict: it has not ended.
    """
    with database.write(alone=True) as connection:
        gone = (
            jobs.update()
            .where(jobs.c.id == job.id, jobs.c.status.in_(ENDED))
            .values(
                deleted_at=sa.func.coalesce(jobs.c.deleted_at, time.time()),
                version=jobs.c.version + 1,
                idempotency_key=None,
            )
            .values(config={}, targets={}, estimate={}, statistics={}, error=None, files={})
        )
        if not connection.execute(gone).rowcount:
            raise JobConflict(f"Job {job.id} has not ended.", hint="Cancel it first.")
        connection.execute(parts.delete().where(parts.c.job_id == job.id))


def versions(database: Database, job_ids: Iterable[str]) -> dict[str, int]:
    """How often jobs changed, of those that are there."""
    asked = sa.select(jobs.c.id, jobs.c.version).where(jobs.c.id.in_(list(job_ids)))
    with database.read() as connection:
        return {row.id: row.version for row in connection.execute(asked)}
