"""A job is forgotten: its results first, lest some stay that nobody can name any more."""

from __future__ import annotations

from hf_synth.server.database import Database
from hf_synth.server.jobs import Job, delete_job
from hf_synth.server.refusals import JobConflict
from hf_synth.server.store import Store


def forget(database: Database, store: Store, job: Job) -> None:
    """Remove the results of a job that has ended, and all that is known of it but what it spent.

    Raises:
        JobConflict: it has not ended.
        StoreFailed: its results could not be removed; it is there still.
    """
    if not job.ended:
        raise JobConflict(f"Job {job.id} has not ended.", hint="Cancel it first.")
    store.remove(f"jobs/{job.id}")
    delete_job(database, job)
