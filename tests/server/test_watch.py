"""Waiting for jobs to change."""

from __future__ import annotations

import asyncio

import pytest

from databases import claimed, key_of, queued
from generating import until
from hf_synth.server.database import Database
from hf_synth.server.watch import Watch


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'jobs.sqlite3'}")
    database.migrate()
    yield database
    database.close()


def test_whoever_waits_is_told_when_the_job_changes_and_nobody_else(database):
    one, two = (queued(database, key_of(database)) for _ in range(2))

    async def main() -> None:
        watch = Watch(database)
        changed = [asyncio.create_task(watch.changed(one.id, 1, 60)) for _ in range(100)]
        other = asyncio.create_task(watch.changed(two.id, 1, 60))
        await asyncio.sleep(0.5)
        assert not any(task.done() for task in changed)
        assert await asyncio.to_thread(claimed, database) == [one.id]
        await asyncio.gather(*changed)
        assert not other.done()
        watch.end()
        await other
        await watch.changed(two.id, 1, 60)

    asyncio.run(main())


def test_a_change_before_the_wait_is_told_too_and_so_is_a_job_that_is_gone(database):
    job = queued(database, key_of(database))

    async def main() -> None:
        watch = Watch(database)
        await watch.changed(job.id, job.version - 1, 60)
        await watch.changed("job_none", 1, 60)
        await watch.changed(job.id, job.version, 0.01)  # nothing changed

    asyncio.run(main())


def test_a_database_that_is_away_is_asked_again(database, caplog):
    job = queued(database, key_of(database))

    async def main() -> None:
        watch = Watch(database)
        waiting = asyncio.create_task(watch.changed(job.id, job.version, 60))
        with database.write(alone=True) as connection:
            connection.exec_driver_sql("alter table jobs rename to away")
        await asyncio.to_thread(until, lambda: "does not answer" in caplog.text, "a look")
        with database.write(alone=True) as connection:
            connection.exec_driver_sql("alter table away rename to jobs")
        claimed(database)
        await waiting

    asyncio.run(main())
