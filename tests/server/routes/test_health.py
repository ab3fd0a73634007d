from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from buckets import bucket, environment
from generating import until
from hf_synth.server.app import create_app
from hf_synth.server.routes import health
from hf_synth.server.routes.health import Look
from hf_synth.server.serve import prepare
from hf_synth.server.settings import Settings
from outages import Door
from serving import generate, settings_of, site

WELL = {"status": "ok", "database": "ok", "worker": None, "store": "ok"}


@asynccontextmanager
async def asked(settings: Settings, working: Callable[[], bool] | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application without a worker."""
    prepare(settings)
    app = create_app(settings, working)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield client


def test_a_server_that_is_well_says_so_without_a_key(served):
    answer = httpx.get(f"{served.url}/healthz")
    assert (answer.status_code, answer.json()) == (200, WELL)
    assert "hf_synth_store_up 1.0" in httpx.get(f"{served.url}/metrics").text


@pytest.mark.anyio
async def test_one_whose_worker_does_not_run_is_not_well(tmp_path):
    works = False
    async with asked(settings_of(tmp_path), lambda: works) as client:
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert answer.json()["detail"] == "The worker does not run, or was not heard of for a minute."
        assert {answer.json()[part] for part in ("database", "store")} == {"ok"}
        assert answer.json()["worker"] == "away"
        assert "hf_synth_worker_up 0.0" in (await client.get("/metrics")).text
        works = True
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {**WELL, "worker": "ok"})
        assert "hf_synth_worker_up 1.0" in (await client.get("/metrics")).text


@pytest.mark.anyio
async def test_one_whose_store_is_away_says_so_and_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(health, "_STORE", 0.0)
    settings = settings_of(tmp_path, store=str(tmp_path / "mount"))
    async with asked(settings) as client:
        assert (await client.get("/healthz")).json() == WELL
        (tmp_path / "mount").rename(tmp_path / "elsewhere")
        (tmp_path / "mount").mkdir()  # as where a disk is not mounted any more
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {**WELL, "status": "degraded", "store": "away"})
        assert str(tmp_path) not in answer.text
        assert "hf_synth_store_up 0.0" in (await client.get("/metrics")).text
        (tmp_path / "mount").rmdir()
        (tmp_path / "elsewhere").rename(tmp_path / "mount")
        assert "hf_synth_store_up 1.0" in (await client.get("/metrics")).text
        assert (await client.get("/healthz")).json() == WELL


def test_a_bucket_that_is_away_is_told_of_while_jobs_go_on(tmp_path, s3, monkeypatch):
    with Door(s3) as door:
        for name, value in environment(door.port).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(health, "_STORE", 0.2)
        with site(settings_of(tmp_path, store=bucket(s3)), working=False) as one:
            client = one.client()

            def store() -> str:
                answer = client.get("/healthz")
                assert answer.status_code == 200
                return answer.json()["store"]

            assert store() == "ok"
            door.shut()
            until(lambda: store() == "away", "it is seen")
            assert generate(client)["status"] == "queued"
            door.open()
            until(lambda: store() == "ok", "it is back")


# -- looks -----------------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_a_look_holds_for_a_while_and_is_one_for_all_who_ask():
    looks: list[int] = []
    look = Look(lambda: looks.append(1) is None, fresh=3600)
    assert await asyncio.gather(*(look.well() for _ in range(20))) == [True] * 20
    assert await look.well()
    assert looks == [1]


@pytest.mark.anyio
async def test_a_look_that_takes_long_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(health, "_QUICK", 0.05)
    gate, slow = threading.Event(), threading.Event()

    def answers() -> bool:
        return not slow.is_set() or gate.wait(30)

    hasty, patient = Look(answers), Look(answers, slow=0.5)
    assert await hasty.well()
    assert await patient.well()
    slow.set()
    assert not await hasty.well()
    assert await patient.well()  # it was well before, and has only been slow for a moment
    while await patient.well():
        pass
    gate.set()
    while not (await hasty.well() and await patient.well()):
        pass
