"""Why a job waits, in words for its owner; by the rules that it is claimed by, without a word on others' jobs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from hf_synth.server.database import Database
from hf_synth.server.jobs import Job
from hf_synth.server.tables import jobs, keys
from hf_synth.server.taken import JOURNAL, Taken, candidates, kept, needs_none

_HEAD = 20  # of the jobs before it that want money, those that are looked at: one that waits for it is not overtaken


def explained(database: Database, job: Job, places: int) -> Job:
    """A job; with `waiting_for` in its statistics, where it is queued.

    Args:
        database: has the job.
        job: as it was found.
        places: of a worker here.
    """
    if job.status != "queued":
        return job
    return replace(job, statistics={**job.statistics, "waiting_for": _reason(database, job, places)})


def _reason(database: Database, job: Job, places: int) -> str:
    its = sa.and_(jobs.c.status == "queued", jobs.c.key_id == job.key_id)
    older = sa.and_(its, sa.tuple_(jobs.c.created_at, jobs.c.id) < (job.created_at, job.id))
    ordered = candidates().order_by(jobs.c.created_at, jobs.c.id)
    with database.read() as connection:
        taken = Taken(connection)
        row = next(iter(taken.look(candidates().where(its, jobs.c.id == job.id))), None)
        if row is None:  # it was claimed, or ended, just now
            return ""
        if not needs_none(row):
            for before in taken.look(ordered.where(older, jobs.c.bound.is_distinct_from(0)).limit(_HEAD)):
                taken.hindrance(before)
        why = taken.hindrance(row)
        if why == "places":
            return f"another job of its key to end: {taken.running[row.key_id]} run, as many as may"
        if why == "money":
            return "money of its key's budget that other jobs hold"
        same = sa.select(jobs.c.id).where(older, row.place == JOURNAL).order_by(jobs.c.created_at, jobs.c.id).limit(1)
        if first := taken.on_journal(row) or connection.scalar(same):
            return f"another job on the same journal: {first}"
        number: Any = connection.scalar(sa.select(sa.func.count()).where(older))
        runs = taken.running[row.key_id]
        turn, before = runs + number, len(taken.dead) + number
        before += sum(_overtakes(other, taken, turn, row) for other in _others(connection, row.key_id))
    if not before and runs and kept(places):
        return f"a place to run: its key runs {runs}, and the last places are for keys that run none"
    return f"a place to run: {_number(before)} before it"


def _others(connection: sa.Connection, key_id: str) -> list[Any]:
    """Other keys with jobs that wait: how many, and since when."""
    number, oldest = sa.func.count().label("number"), sa.func.min(jobs.c.created_at).label("oldest")
    waits = sa.select(jobs.c.key_id, number, oldest).where(jobs.c.status == "queued", jobs.c.key_id != key_id)
    each = waits.group_by(jobs.c.key_id).subquery()
    return list(connection.execute(sa.select(each, keys.c.most_jobs).join(keys, keys.c.id == each.c.key_id)))


def _overtakes(other: Any, taken: Taken, turn: int, row: Any) -> int:
    """How many jobs of another key are claimed before one that is claimed when its own key runs `turn` jobs."""
    running = taken.running[other.key_id]
    may = other.number if other.most_jobs is None else min(other.number, max(0, other.most_jobs - running))
    ahead = turn - running + (other.oldest < row.created_at)
    return min(may, max(0, ahead))


def _number(many: int) -> str:
    return "1 job is" if many == 1 else f"{many or 'no'} jobs are"
