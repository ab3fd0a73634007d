"""Rows in an S3 store: a real server on this machine, which signs its own links."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

pytest.importorskip("s3fs", reason="the group `elsewhere` is not installed")
pytest.importorskip("moto.server", reason="the group `elsewhere` is not installed")

from server.held import held
from serving import PREFIX, Site, ended, generate, settings_of, site


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A job server whose store is a bucket."""
    import s3fs
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    folder: Path = tmp_path_factory.mktemp("s3")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("AWS_", "FSSPEC_"))]:
            patch.delenv(name)
        for name, value in {
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_CONFIG_FILE": str(folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            patch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()  # a session keeps the environment it was made in
        s3fs.S3FileSystem().mkdir("rows")
        with site(settings_of(folder, store="s3://rows/results", allow=("base_url",))) as one:
            yield one
        s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def test_a_link_is_the_stores_own_and_leads_to_the_bytes(stored: Site):
    client = stored.client()
    job_id = generate(client, count=6, splits={"train": 4, "test": 2})["job_id"]
    assert ended(client, job_id)["status"] == "completed"
    results = f"{PREFIX}/jobs/{job_id}/results"
    for kind, split in (("ndjson", "train"), ("ndjson", "test"), ("parquet", "train")):
        query = {"format": kind, "split": split}
        told = client.get(f"{results}/url", params={**query, "expires_in": 90}).json()
        assert PREFIX not in told["url"]
        assert parse_qs(urlsplit(told["url"]).query)
        assert 0 < datetime.fromisoformat(told["expires_at"]).timestamp() - time.time() <= 90
        assert httpx.get(told["url"]).content == client.get(results, params=query).content != b""
    whole = client.get(results).content
    assert client.get(results, headers={"Range": "bytes=7-99"}).content == whole[7:100]
    assert client.get(results, params={"after": 5}).content == whole.splitlines(keepends=True)[5]
    assert client.delete(f"{PREFIX}/jobs/{job_id}").status_code == 204
    assert httpx.get(told["url"]).status_code == 404


def test_a_job_in_a_bucket_is_read_while_it_runs(stored: Site):
    with held(stored) as job:
        with job.client.stream("GET", job.results) as answer:
            early = job.rows(2)
            job.release()
            whole = answer.read()
        assert whole.startswith(early)
        assert whole == job.finish()
