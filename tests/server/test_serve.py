"""The process that answers, and how it looks after the one that works."""

from __future__ import annotations

import os
import signal

import httpx
import pytest

from generating import until
from hf_synth.errors import ConfigError
from hf_synth.server.serve import prepare
from servers.model import Model
from servers.openai_server import FakeOpenAI
from serving import Process, generate, settings_of


def test_ctrl_c_twice_ends_it_without_the_calls_in_flight(tmp_path):
    with FakeOpenAI(model=Model()) as provider:
        provider.allowed = 0
        keys = {"OPENAI_BASE_URL": provider.url, "OPENAI_API_KEY": "sk-test"}
        with Process(settings_of(tmp_path), **keys) as server:
            client = server.site.client()
            assert client.get("/healthz").status_code == 200
            generate(client, models={"generator": "openai:gpt-4o-mini"}, run={"concurrency": 2})
            until(lambda: provider.held, "calls in flight")
            assert server.process is not None
            for words in ("stops: drained", ""):
                os.killpg(server.process.pid, signal.SIGINT)
                until(lambda words=words: words in server.log.read_text(), "the drain")
            server.process.wait(30)
            with pytest.raises(ProcessLookupError):
                os.killpg(server.process.pid, 0)


def test_without_jobs_of_its_own_it_is_well_and_starts_no_worker(tmp_path):
    with Process(settings_of(tmp_path), "--jobs", "0") as server:
        assert httpx.get(f"{server.site.url}/healthz").status_code == 200
        assert "hf_synth_worker_up" not in httpx.get(f"{server.site.url}/metrics").text
        assert server.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("url", ["ftp://llm.internal/v1", "https://llm.internal/v1?x=1"])
def test_nobody_is_let_in_where_the_environment_names_no_address_of_a_provider(tmp_path, monkeypatch, url):
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    with pytest.raises(ConfigError, match=r"^The environment variable OPENAI_BASE_URL: "):
        prepare(settings_of(tmp_path))


def test_nobody_is_let_in_before_the_store_and_the_database_can_be_used(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError):
        prepare(settings_of(tmp_path, store=str(tmp_path / "file" / "below")))
    with pytest.raises(ConfigError):
        prepare(settings_of(tmp_path, database="mysql://somewhere/jobs"))
