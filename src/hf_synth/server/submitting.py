"""A job enters the queue, once for each idempotency key."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa

from hf_synth.server.database import Database
from hf_synth.server.jobs import Job, columns, job_of
from hf_synth.server.keys import Key
from hf_synth.server.refusals import BudgetSpent, JobConflict, NotAllowed, QueueFull
from hf_synth.server.tables import jobs, keys

_ROOM = 1.5  # a bound that rests on assumptions gets some room
_TIMES_LIKELY, _OF_WORST = 4.0, 0.1
"""What is set aside at a time: far above what is likely, and enough for the dearest calls of any job."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody wants to have run."""

    config: Mapping[str, Any]
    targets: Mapping[str, int]
    estimate: Mapping[str, Any]
    body_digest: str
    journal: str | None
    idempotency_key: str | None = None


def submit(database: Database, key: Key, wanted: Submission, *, most_queued: int) -> tuple[Job, bool]:
    """Put a job into the queue; whether it is a new one.

    Raises:
        JobConflict: the idempotency key came with another body before.
        QueueFull: too many wait.
        BudgetSpent: the key's budget is used up.
        NotAllowed: the key was revoked a moment ago.
    """
    with database.write(alone=True) as connection:
        known = _known(connection, key, wanted)
        if known is not None:
            return known, False
        _refuse(connection, key, wanted, most_queued)
        job = Job(
            id=f"job_{secrets.token_hex(12)}",
            key_id=key.id,
            status="queued",
            version=1,
            created_at=time.time(),
            config=dict(wanted.config),
            targets=dict(wanted.targets),
            estimate=dict(wanted.estimate),
            statistics={},
            journal=wanted.journal,
            body_digest=wanted.body_digest,
        )
        row = {name: getattr(job, name) for name in Job.__dataclass_fields__}
        connection.execute(jobs.insert().values(**row, idempotency_key=wanted.idempotency_key, bound=_bound(wanted)))
        return job, True


def already(database: Database, key: Key, body_digest: str, idempotency_key: str) -> Job | None:
    """The job that was submitted with an idempotency key.

    Raises:
        JobConflict: it came with another body before.
    """
    with database.read() as connection:
        return _known(connection, key, Submission({}, {}, {}, body_digest, None, idempotency_key))


def _known(connection: sa.Connection, key: Key, wanted: Submission) -> Job | None:
    if wanted.idempotency_key is None:
        return None
    mine = sa.and_(jobs.c.key_id == key.id, jobs.c.idempotency_key == wanted.idempotency_key)
    row = connection.execute(sa.select(*columns()).where(mine)).one_or_none()
    if row is not None and row.body_digest != wanted.body_digest:
        raise JobConflict(
            f"Idempotency-Key {wanted.idempotency_key!r} came with another body before, for job {row.id}.",
            hint="Use a new key for a new job.",
        )
    return None if row is None else job_of(row)


def _refuse(connection: sa.Connection, key: Key, wanted: Submission, most_queued: int) -> None:
    if connection.scalar(sa.select(keys.c.revoked_at).where(keys.c.id == key.id)) is not None:
        raise NotAllowed("This API key was revoked.", hint="")
    queued = sa.select(sa.func.count()).where(jobs.c.status == "queued")
    if (connection.scalar(queued) or 0) >= most_queued:
        raise QueueFull(f"{most_queued} jobs wait, as many as may.")
    most_of_one = most_queued - most_queued // 10  # the last places are for other keys
    if (connection.scalar(queued.where(jobs.c.key_id == key.id)) or 0) >= most_of_one:
        raise QueueFull(f"{most_of_one} jobs of this key wait, as many as may of one key.")
    if key.budget is not None and _cost(wanted.estimate, "worst") != 0:
        spent = connection.scalar(sa.select(sa.func.sum(jobs.c.usd)).where(jobs.c.key_id == key.id)) or 0.0
        if spent >= key.budget:
            raise BudgetSpent(f"The budget of this key (${key.budget:g}) is used up: ${spent:.4f} spent.")


def _bound(wanted: Submission) -> float | None:
    """The money that a job is given at a time; one that needs more gets in line again.

    Worst cases are many times what is likely, so that whole ones would let few jobs of a key run at once. Batches get
    theirs: another turn may be a day. `run.max_cost` is over the life of a journal, and so a bound, too.
    """
    run: Mapping[str, Any] = wanted.config.get("run") or {}
    worst, likely = _cost(wanted.estimate, "worst"), _cost(wanted.estimate, "likely")
    most = None if worst is None else _ROOM * worst
    if most is not None and worst and likely is not None and run.get("mode") != "batch":
        most = min(most, max(_TIMES_LIKELY * likely, _OF_WORST * worst))
    return min((bound for bound in (most, run.get("max_cost")) if bound is not None), default=None)


def _cost(estimate: Mapping[str, Any], case: str) -> float | None:
    """`likely` or `worst` of an estimate, US dollars; `None` where a price is not known."""
    side = cast("Mapping[str, Any]", estimate.get(case) or {})
    return side.get("cost")
