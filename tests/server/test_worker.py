"""A worker and its leases."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from databases import claimed, row_of
from generating import until
from hf_synth.server.tables import jobs
from hf_synth.server.taken import DEADLY, DOUBTFUL
from hf_synth.server.worker import Worker
from servers.model import Model
from servers.openai_server import FakeOpenAI
from serving import PREFIX, Site, ended, generate, settings_of, site


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


def dead_again(served: Site, job_id: str, **values: Any) -> None:
    """Worker after worker died of a job; it has its journal, and what the last one told of it."""
    told = {"status": "running", "owner": "gone", "lease_until": 0.0, "deaths": DEADLY - 1, "ended_at": None}
    with served.database.write() as connection:
        connection.execute(jobs.update().where(jobs.c.id == job_id).values({**told, **values}))


def test_a_job_that_worker_after_worker_died_of_is_run_no_more_and_its_rows_can_be_read(tmp_path):
    with idle(tmp_path) as served:
        client, worker = served.client(), Worker(served.settings)
        with working(worker):
            job_id = generate(client)["job_id"]
            before = ended(client, job_id)
        dead_again(served, job_id)
        with working(Worker(served.settings)):
            job = ended(client, job_id)
            assert (job["status"], job["error"]["type"]) == ("failed", "WorkersLost")
            assert job["error"]["detail"].startswith(f"{DEADLY} times a worker ended")
            assert job["statistics"]["calls"] == before["statistics"]["calls"]
            assert row_of(served.database, job_id).allotted is None
            assert client.get(f"{PREFIX}/jobs/{job_id}/results?follow=false").text.count("\n") == 6
            again = ended(client, generate(client)["job_id"])
        assert (again["status"], again["statistics"]["calls"]) == ("completed", 0), "sent again it goes on"


def test_getting_on_clears_a_job_only_once_its_worker_lived_for_a_while(tmp_path, monkeypatch):
    """What takes more and more memory gets on, too, before it kills."""
    with FakeOpenAI(model=Model()) as provider, idle(tmp_path) as served:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
        client = served.client()
        job_id = generate(client, models={"generator": "openai:gpt-4o-mini"})["job_id"]
        provider.allowed = 1
        dead_again(served, job_id, deaths=DOUBTFUL - 1)
        with working(Worker(served.settings)):
            until(lambda: client.get(f"{PREFIX}/jobs/{job_id}").json()["statistics"]["calls"], "a call")
            time.sleep(1.5)  # it is told about once in a second
            assert row_of(served.database, job_id).deaths == DOUBTFUL
            provider.allowed = float("inf")
            assert ended(client, job_id)["status"] == "completed"
        assert row_of(served.database, job_id).deaths == 0
