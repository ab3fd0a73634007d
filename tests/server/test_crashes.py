"""Servers that are killed, ended or stopped while jobs run: every job goes on, and nothing is paid for twice."""

from __future__ import annotations

import gzip
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from buckets import bucket, environment, storage
from generating import times_paid, until
from hf_synth.engine.journal import Journal
from hf_synth.server.tables import jobs
from hf_synth.server.taken import DEADLY
from servers.fill import seed_of
from servers.model import Model
from servers.openai_server import FakeOpenAI
from serving import PREFIX, Process, Site, ended, generate, look, settings_of

COUNT = 40
DEADLY_PROVIDER = """
import os
from dataclasses import dataclass
from hf_synth.providers.offline import OfflineKind, TemplateProvider
class Deadly(TemplateProvider):
    async def complete(self, request, dialect, timeout):
        os.kill(os.getpid(), 9)
@dataclass(frozen=True, slots=True)
class DeadlyKind(OfflineKind):
    name: str = "deadly"
    def connect(self, endpoint, key, options):
        return Deadly()
PROVIDER = DeadlyKind()
"""
LONG = ("--lease", "3600")  # whoever waits for the end of such a lease waits in vain


@pytest.fixture
def provider() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(model=Model(flaws=0.12)) as running:
        yield running


def keys_of(provider: FakeOpenAI) -> dict[str, str]:
    """The environment of a server whose jobs ask it."""
    return {"OPENAI_BASE_URL": provider.url, "OPENAI_API_KEY": "sk-test"}


def config(domain: str = "gardens", count: int = COUNT, **changes: Any) -> dict[str, Any]:
    return {
        "schema": "instruction_v1",
        "domain": domain,
        "count": count,
        "models": {"generator": "openai:gpt-4o-mini"},
        "run": {"concurrency": 3},
        **changes,
    }


def rows_of(client: httpx.Client, job_id: str) -> list[str]:
    return client.get(f"{PREFIX}/jobs/{job_id}/results").text.splitlines()


def answers(*folders: Path) -> int:
    """Answers on record, of all keys."""
    journals = [path for folder in folders for path in folder.glob("keys/*/.hf_synth/*") if path.is_dir()]
    return sum(record["type"] == "answer" for path in journals for _, record in Journal(path).scan())


def hold_after(provider: FakeOpenAI, number: int, in_flight: int, *folders: Path) -> None:
    """Let so many more be answered, and wait until so many calls stand there and the rest is on record."""
    provider.allowed = len(provider.requests) + number
    until(lambda: len(provider.requests) == provider.allowed + in_flight, "calls in flight", 30)
    until(lambda: provider.held == provider.in_flight == in_flight, "calls held", 10)
    until(lambda: answers(*folders) == len(provider.answered), "answers on record", 10)


def worker_of(server: Process) -> int:
    """The process id of a server's worker, once it listens to signals."""
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    every = list(children.parent.parent.glob("*/children"))
    until(lambda: any(path.read_text().split() for path in every), "the worker")
    return int(next(found[0] for path in every if (found := path.read_text().split())))


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    until(lambda: gone(pid), "its end")
    time.sleep(0.1)  # until its connections are seen to be lost, too


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def figures(site: Site, job_id: str, client: httpx.Client) -> dict[str, Any]:
    return look(client, job_id)["statistics"]


def finish(server: Process, jobs: dict[str, httpx.Client], count: int = COUNT) -> None:
    for job_id, client in jobs.items():
        job = ended(client, job_id)
        assert job["status"] == "completed", job
        assert job["statistics"]["rows_accepted"] == count
        rows = rows_of(client, job_id)
        assert len(rows) == len(set(rows)) == count


def test_whoever_is_killed_all_jobs_go_on_at_once_and_nothing_is_paid_for_twice(provider, tmp_path):
    settings = settings_of(tmp_path)
    with Process(settings, *LONG, **keys_of(provider)) as server:
        clients = [server.site.client(), server.site.client()]
        provider.allowed = 0
        jobs = {
            generate(client, config(domain))["job_id"]: client
            for client, domain in zip(clients, ("gardens", "kitchens"), strict=True)
        }

        def hold(number: int) -> None:
            hold_after(provider, number, 6, settings.data)

        hold(15)
        kill(worker_of(server))  # the supervisor starts another one
        hold(15)
        worker = worker_of(server)
        server.end(signal.SIGKILL)
        kill(worker)
        server.start()
        hold(15)
        worker = worker_of(server)
        server.end(signal.SIGKILL)  # its worker lets calls in flight end
        server.start()
        provider.allowed = float("inf")
        finish(server, jobs)
        assert gone(worker)
    assert set(times_paid(provider).values()) == {1}


def test_ended_in_order_a_server_makes_no_further_call_and_the_next_one_goes_on(provider, tmp_path):
    settings = settings_of(tmp_path)
    with Process(settings, *LONG, **keys_of(provider)) as server:
        client = server.site.client()
        provider.allowed = 0
        job_id = generate(client, config())["job_id"]

        def ending(end: int, *, group: bool) -> None:
            hold_after(provider, 15, 3, settings.data)
            until(lambda: look(client, job_id)["statistics"]["calls"], "figures")
            assert server.process is not None
            worker, streams = worker_of(server), Streams(server.site, client, job_id)
            (os.killpg if group else os.kill)(server.process.pid, end)
            assert streams.ended() == ["whole", "cut"]
            until(lambda: f"{job_id} stops: drained" in server.log.read_text(), "the run stops")
            time.sleep(0.2)  # which the engine is told in its own thread
            asked = len(provider.requests)
            provider.allowed = float("inf")
            assert server.process.wait(60) == 0
            assert gone(worker)
            assert len(provider.requests) == asked == len(provider.answered) == answers(settings.data)
            [row] = [row for row in _jobs(server.site) if row.id == job_id]
            assert (row.status, row.owner, row.statistics["calls"]) == ("queued", None, asked)
            server.log.write_text("")
            server.start()

        ending(signal.SIGTERM, group=False)
        ending(signal.SIGINT, group=True)
        finish(server, {job_id: client})
    assert set(times_paid(provider).values()) == {1}


class Streams:
    """Somebody who follows a job, and somebody who reads its rows, while the server ends."""

    def __init__(self, site: Site, client: httpx.Client, job_id: str) -> None:
        self._told: dict[str, str] = {}
        begun = threading.Barrier(3)

        def read(name: str) -> None:
            with client.stream("GET", f"{PREFIX}/jobs/{job_id}/{name}", timeout=30) as answer:
                begun.wait(30)
                try:
                    answer.read()
                    self._told[name] = "whole"
                except httpx.RemoteProtocolError:
                    self._told[name] = "cut"

        self._threads = [threading.Thread(target=read, args=(name,)) for name in ("events", "results")]
        for thread in self._threads:
            thread.start()
        begun.wait(30)

    def ended(self) -> list[str]:
        """How the streams ended."""
        for thread in self._threads:
            thread.join()
        return [self._told["events"], self._told["results"]]


def _jobs(site: Site) -> list[Any]:
    import sqlalchemy as sa

    from hf_synth.server.tables import jobs

    with site.database.read() as connection:
        return list(connection.execute(sa.select(jobs)))


def ran(*servers: Process) -> list[list[str]]:
    """The jobs that each server began, in order."""
    return [
        [line.split()[-2] for line in server.log.read_text().splitlines() if line.endswith(" runs")]
        for server in servers
    ]


def test_two_servers_on_one_folder_share_jobs_and_run_each_once(provider, tmp_path):
    settings, options = settings_of(tmp_path), ("--jobs", "3")
    with (
        Process(settings, *options, **keys_of(provider)) as one,
        Process(settings, *options, **keys_of(provider)) as two,
    ):
        client = one.site.client()
        provider.allowed = 0
        jobs = {generate(client, config(f"domain {number}", 3))["job_id"]: client for number in range(12)}
        until(lambda: all(len(begun) == 3 for begun in ran(one, two)), "both work")
        provider.allowed = float("inf")
        finish(two, jobs, 3)
        begun = ran(one, two)
    assert sorted(begun[0] + begun[1]) == sorted(jobs)
    assert set(times_paid(provider).values()) == {1}


def test_on_another_disk_a_server_takes_over_what_was_copied_to_the_store(provider, tmp_path, postgres, s3):
    database, store = postgres.new(), bucket(s3)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = (
        Process(
            settings_of(tmp_path / name, database=database, store=store),
            *("--lease", "5"),
            **(keys_of(provider) | environment(s3) | {"OPENAI_API_KEY": f"sk-{name}"}),
        )
        for name in ("one", "two")
    )

    def hold(number: int, answers: int) -> None:
        """Until the other calls wait, and the answers are in the store."""
        provider.allowed = len(provider.requests) + number
        until(lambda: len(provider.requests) == provider.allowed + 3, "calls in flight", 30)
        until(lambda: in_store(s3, store) == answers, "a copy with all answers", 30)

    with one:
        client = one.site.client()
        provider.allowed = 0
        job_id = generate(client, config())["job_id"]
        hold(25, 25)
        until(lambda: len(rows_so_far(client, job_id)) >= 5, "rows")
        read = rows_so_far(client, job_id)
        with two:
            there = two.site.client(client.headers["authorization"].removeprefix("Bearer "))
            stopped = (one.process.pid, worker_of(one))  # type: ignore[union-attr]
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)
            until(lambda: ran(two) == [[job_id]], "the other one takes it over")
            hold(10, 35)
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
            until(lambda: f"{job_id} stops: lost" in one.log.read_text(), "the first one notices")
            until(lambda: len(rows_so_far(there, job_id)) > len(read), "further rows")
            assert rows_so_far(there, job_id)[: len(read)] == read
            read = rows_so_far(there, job_id)
            worker = worker_of(two)
            two.end(signal.SIGKILL)
            kill(worker)
            provider.allowed = float("inf")
            finish(one, {job_id: client})
        assert rows_of(client, job_id)[: len(read)] == read
    late = [one for one in provider.requests if one.headers["authorization"] == "Bearer sk-one"][25:]
    twice = {seed for seed, times in times_paid(provider).items() if times > 1}
    assert twice <= {seed_of(request.body) for request in late}  # in flight at its stop, and until it noticed
    assert len(twice) <= 3 + 3
    assert ran(one) == [[job_id, job_id]]


def rows_so_far(client: httpx.Client, job_id: str) -> list[str]:
    return client.get(f"{PREFIX}/jobs/{job_id}/results", params={"follow": "false"}).text.splitlines()


def in_store(s3: int, store: str) -> int:
    """Answers in the newest copy of the only journal."""
    client, name = storage(s3), store.removeprefix("s3://")
    found = client.list_objects_v2(Bucket=name, Prefix="journals/").get("Contents", [])
    copies = [one["Key"] for one in found if one["Key"].endswith(".tar.gz")]
    try:
        packed = client.get_object(Bucket=name, Key=max(copies))["Body"].read() if copies else b""
    except client.exceptions.NoSuchKey:  # there is a newer one
        return 0
    return gzip.decompress(packed).count(b'"type":"answer"')


def test_a_job_that_kills_its_workers_ends_and_the_jobs_beside_it_go_on(provider, tmp_path):
    info = tmp_path / "packages" / "deadly-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: deadly\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[hf_synth.providers]\ndeadly = deadly_provider:PROVIDER\n")
    (info.parent / "deadly_provider.py").write_text(DEADLY_PROVIDER)
    settings = settings_of(tmp_path, allow=("plugins",))
    with Process(settings, *LONG, **keys_of(provider), PYTHONPATH=str(info.parent)) as server:
        provider.allowed = 0  # nobody beside it gets on before it has ended
        beside, client = server.site.client(), server.site.client()
        innocent = generate(beside, config())["job_id"]
        until(lambda: provider.requests, "it runs")
        deadly = generate(client, config(models={"generator": "deadly:template"}))["job_id"]
        until(lambda: deaths(server.site)[deadly] == 1, "the first death")
        with server.site.database.write() as connection:  # as if there had been some more
            connection.execute(jobs.update().where(jobs.c.id == deadly).values(deaths=DEADLY - 2))
        job = ended(client, deadly, 90)
        assert (job["status"], job["error"]["type"]) == ("failed", "WorkersLost"), job
        assert deaths(server.site)[innocent] > 0
        provider.allowed = float("inf")
        finish(server, {innocent: beside})
        assert deaths(server.site)[innocent] == 0
        assert ended(client, generate(client, config(count=3))["job_id"])["status"] == "completed"


def deaths(site: Site) -> dict[str, int]:
    return {row.id: row.deaths for row in _jobs(site)}
