"""A worker that hangs, as its server sees it: stopped by SIGSTOP, which no code of its own can notice."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from generating import until
from hf_synth.server.app import create_app
from hf_synth.server.serve import prepare
from hf_synth.server.supervisor import Supervisor
from serving import settings_of


@contextmanager
def supervised(folder: Path, **seconds: float) -> Iterator[tuple[Supervisor, Any]]:
    """A supervisor whose worker has begun to work, and the settings of both."""
    settings = settings_of(folder)
    prepare(settings)
    supervisor = Supervisor(settings, **seconds)
    supervisor.start()
    try:
        until(lambda: any((settings.data / "workers").glob("*")) and supervisor.working, "the worker works")
        yield supervisor, settings
    finally:
        supervisor.stop()


def pid_of(supervisor: Supervisor) -> int:
    assert supervisor._worker is not None
    return supervisor._worker.pid


@pytest.mark.anyio
async def test_a_worker_that_hangs_is_told_of_until_it_goes_on(tmp_path):
    with supervised(tmp_path, unwell=4.0) as (supervisor, settings):
        app = create_app(settings, lambda: supervisor.working)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
        ):
            until(lambda: supervisor.working, "a pulse")
            assert (await client.get("/healthz")).json()["worker"] == "ok"
            pid = pid_of(supervisor)
            os.kill(pid, signal.SIGSTOP)
            until(lambda: not supervisor.working, "silence")
            answer = await client.get("/healthz")
            assert (answer.status_code, answer.json()["worker"]) == (503, "away")
            assert "hf_synth_worker_up 0.0" in (await client.get("/metrics")).text
            os.kill(pid, signal.SIGCONT)
            until(lambda: supervisor.working, "a pulse")
            assert (await client.get("/healthz")).status_code == 200
            assert pid_of(supervisor) == pid


def test_a_worker_that_hangs_for_long_is_ended_and_another_one_started(tmp_path, caplog):
    with supervised(tmp_path, unwell=1.0, stuck=8.0) as (supervisor, _):
        pid = pid_of(supervisor)
        os.kill(pid, signal.SIGSTOP)
        until(lambda: pid_of(supervisor) != pid, "another worker")
        until(lambda: supervisor.working, "it works")
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert "The worker was not heard of for 8 s and is ended." in caplog.text


def test_a_worker_that_has_nothing_to_do_is_let_alone(tmp_path):
    with supervised(tmp_path, unwell=8.0, stuck=8.0) as (supervisor, _):
        pid, end = pid_of(supervisor), time.monotonic() + 10
        until(lambda: time.monotonic() > end or not supervisor.working, "some turns")
        assert supervisor.working
        assert pid_of(supervisor) == pid
