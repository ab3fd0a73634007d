"""Jobs go on while their store or their database is away, and are written down once it is back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from buckets import bucket, environment
from databases import QUOTED, Postgres
from generating import recipe, times_paid, until
from outages import Door
from servers.model import Model
from servers.openai_server import FakeOpenAI
from serving import PREFIX, Site, ended, generate, look, settings_of, site


@dataclass
class Far:
    """A server whose database and store are behind doors."""

    site: Site
    database: Door
    store: Door


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, s3: int) -> Iterator[Far]:
    s3fs = pytest.importorskip("s3fs")
    url, store = postgres.new(), bucket(s3)
    with (
        pytest.MonkeyPatch.context() as patch,
        Door(int(postgres.address().rpartition(":")[2])) as database,
        Door(s3) as door,
    ):
        for variable, value in environment(door.port).items():
            patch.setenv(variable, value)
        s3fs.S3FileSystem.clear_instance_cache()
        name = url.partition("@/")[2].partition("?")[0]
        settings = settings_of(
            tmp_path_factory.mktemp("far"),
            database=f"postgresql://app:{QUOTED}@127.0.0.1:{database.port}/{name}",
            store=store,
            allow=("base_url",),
        )
        with site(settings) as one:
            yield Far(one, database, door)
        s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def model() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(model=Model()) as running:
        yield running


def test_with_the_store_away_the_run_goes_on_and_completes_once_it_is_back(far, model):
    client = far.site.client()
    model.allowed = 20
    job_id = generate(client, recipe(model, count=30, run={"concurrency": 3}))["job_id"]
    results = f"{PREFIX}/jobs/{job_id}/results"

    def rows() -> list[str]:
        return client.get(results, params={"follow": "false"}).text.splitlines()

    until(rows, "rows")
    read = rows()
    far.store.shut()
    model.allowed = float("inf")
    until(lambda: look(client, job_id)["statistics"]["rows_accepted"] == 30, "all rows are made")
    time.sleep(1.5)
    assert look(client, job_id)["status"] == "running"
    far.store.open()
    job = ended(client, job_id)
    assert job["status"] == "completed", job["error"]
    assert len(rows()) == 30
    assert rows()[: len(read)] == read
    assert set(times_paid(model).values()) == {1}


def test_with_the_database_away_the_run_goes_on_and_is_written_down_once_it_is_back(far, model):
    client = far.site.client()
    model.allowed = 20
    job_id = generate(client, recipe(model, count=30, run={"concurrency": 3}))["job_id"]
    until(lambda: look(client, job_id)["statistics"].get("calls"), "figures")
    far.database.shut()
    model.allowed = 30
    until(lambda: len(model.answered) == 30, "further calls")
    unwell = client.get("/healthz")
    assert (unwell.status_code, unwell.headers["content-type"]) == (503, "application/problem+json")
    assert unwell.json()["detail"] == "The database does not answer."
    assert unwell.json()["database"] == "away"
    assert "hf_synth_database_up 0.0" in client.get("/metrics").text
    time.sleep(1.5)
    far.database.open()
    assert client.get("/healthz").json()["database"] == "ok"

    def rows() -> list[str]:
        return client.get(f"{PREFIX}/jobs/{job_id}/results", params={"follow": "false"}).text.splitlines()

    until(lambda: len(rows()) > 15, "rows that were made meanwhile")
    read = rows()
    model.allowed = float("inf")
    job = ended(client, job_id)
    assert job["status"] == "completed", job["error"]
    assert len(rows()) == len(set(rows())) == 30
    assert rows()[: len(read)] == read
    assert set(times_paid(model).values()) == {1}
