"""Rows of jobs that come to nothing while they are read."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from server.held import Following, held
from servers.base import Answer
from serving import PREFIX, Process, Site, generate, settings_of, site


@pytest.fixture(scope="module")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server whose jobs may name a model of their own."""
    with site(settings_of(tmp_path_factory.mktemp("open"), allow=("base_url",))) as one:
        yield one


def test_a_cancelled_job_cuts_its_readers_and_later_ones_get_what_there_is(open_site, caplog):
    with held(open_site, count=120, splits={"train": 0.7, "test": 0.3}) as job, caplog.at_level(logging.INFO):
        queries = ("?follow=true", "?format=csv", "?split=test", "?after=119")
        readers = [Following(job, query) for query in queries]
        readers[0].has(2)
        job.cancel()
        for reader, query in zip(readers, queries, strict=True):
            got = reader.end()
            assert isinstance(reader.error, httpx.RemoteProtocolError), query
            later = job.client.get(job.results + query)
            assert later.content.startswith(got)
            assert later.headers["x-job-status"] == "cancelled"
            assert "etag" not in later.headers
        splits = [job.client.get(f"{job.results}?split={split}").content for split in ("train", "test")]
        assert job.client.get(job.results).content == b"".join(splits) != b""
        assert "gives the rows" in job.client.get(f"{job.results}/url?split=test").json()["hint"]
        assert job.client.delete(f"{PREFIX}/jobs/{job.job_id}").status_code == 204
        for path in ("", "?split=test", "?format=parquet", "/url"):
            assert job.client.get(job.results + path).status_code == 404
        assert "without completing" not in caplog.text
        assert "Traceback" not in caplog.text


def test_a_failed_job_cuts_its_readers_and_later_ones_get_what_there_is(open_site):
    with held(open_site, run={"concurrency": 4}) as job:
        reader = Following(job)
        reader.has(2)
        job.model.script += [Answer({"error": {"message": "no such model", "code": "model_not_found"}}, 404)] * 99
        job.release()
        got = reader.end()
        assert isinstance(reader.error, httpx.RemoteProtocolError)
        assert job.finish("failed").startswith(got)


def test_a_server_that_ends_cuts_its_readers(tmp_path: Path):
    with Process(settings_of(tmp_path), "--jobs=0") as process:
        client = process.site.client()
        results = f"{PREFIX}/jobs/{generate(client)['job_id']}/results"
        with client.stream("GET", results) as answer:
            assert process.end(signal.SIGTERM) in (0, -signal.SIGTERM)
            with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
                answer.read()
    log = process.log.read_text()
    assert "Traceback" not in log
    assert "completing" not in log
    assert "Cancel" not in log
