"""A worker and its leases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from databases import claimed, row_of
from generating import until
from hf_synth.server.tables import jobs
from hf_synth.server.worker import Worker
from serving import Site, ended, generate, settings_of, site


@contextmanager
def working(worker: Worker) -> Iterator[None]:
    running = threading.Thread(target=worker.run)
    running.start()
    try:
        yield
    finally:
        worker.ending.set()
        running.join()


@contextmanager
def idle(folder: Path) -> Iterator[Site]:
    """A server whose jobs nobody works on, with leases that nobody waits for."""
    with site(settings_of(folder, lease=3600), working=False) as served:
        yield served


def test_a_job_that_it_does_not_know_it_has_runs_all_the_same(tmp_path):
    with idle(tmp_path) as served:
        client, worker = served.client(), Worker(served.settings)
        job_id = generate(client)["job_id"]
        assert claimed(served.database, worker.name) == [job_id]  # and the answer never arrived
        with working(worker):
            assert ended(client, job_id)["status"] == "completed"


def test_jobs_of_a_dead_worker_on_this_disk_are_taken_over_before_their_leases_end(tmp_path):
    with idle(tmp_path) as served:
        client, worker = served.client(), Worker(served.settings)
        dead, alive = generate(client)["job_id"], generate(client, seed=1)["job_id"]
        folder = served.settings.data / "workers"
        for name, job_id in (("dead", dead), ("alive", alive)):
            assert claimed(served.database, name) == [job_id]
            (folder / name).touch()
        with FileLock(str(folder / "alive")), working(worker):
            assert ended(client, dead)["status"] == "completed"
            assert row_of(served.database, alive).owner == "alive"
        assert not (folder / "dead").exists()
        assert not (folder / worker.name).exists()


def test_jobs_of_a_worker_on_another_disk_are_taken_over_when_their_leases_end(tmp_path):
    with idle(tmp_path) as served:
        client, worker = served.client(), Worker(served.settings)
        job_id = generate(client)["job_id"]
        assert claimed(served.database, "elsewhere") == [job_id]
        with working(worker):
            until(lambda: worker._renewed > 0, "a look")
            assert row_of(served.database, job_id).owner == "elsewhere"
            with served.database.write() as connection:
                connection.execute(jobs.update().values(lease_until=0.0))
            assert ended(client, job_id)["status"] == "completed"


def test_a_job_that_was_cancelled_while_nobody_had_it_makes_no_call(tmp_path):
    with idle(tmp_path) as served:
        client, worker = served.client(), Worker(served.settings)
        job_id = generate(client)["job_id"]
        with served.database.write() as connection:
            connection.execute(jobs.update().values(cancel_requested=True))
        with working(worker):
            job = ended(client, job_id)
        assert (job["status"], job["statistics"]["calls"]) == ("cancelled", 0)
