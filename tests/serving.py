"""Job servers for tests: real ones on loopback, in this process or in one of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from generating import until
from hf_synth.server.app import create_app
from hf_synth.server.database import Database
from hf_synth.server.keys import create_key
from hf_synth.server.protocol import Impatient
from hf_synth.server.serve import prepare
from hf_synth.server.settings import Settings
from hf_synth.server.worker import Worker

PREFIX = "/v1/synthetic"
OFFLINE: dict[str, Any] = {
    "schema": "instruction_v1",
    "domain": "gardens",
    "count": 6,
    "models": {"generator": "offline"},
}


class Site:
    """A server that runs, as tests see it.

    Attributes:
        url: its address.
        settings: how it was set up.
        database: that of the server, to look into.
    """

    def __init__(self, url: str, settings: Settings) -> None:
        self.url, self.settings = url, settings
        self.database = Database(settings.database_url)
        self._clients: list[httpx.Client] = []

    def key(self, name: str = "", **limits: Any) -> str:
        """A new API key."""
        return create_key(self.database, name or f"key {time.monotonic_ns()}", **limits)

    def client(self, key: str | None = None, **limits: Any) -> httpx.Client:
        """A client with a key, by default a new one."""
        headers = {"Authorization": f"Bearer {key or self.key(**limits)}"}
        client = httpx.Client(base_url=self.url, headers=headers, timeout=60)
        self._clients.append(client)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self.database.close()


def generate(client: httpx.Client, config: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Submit a job; the answer."""
    answer = client.post(f"{PREFIX}/generate", json={**(config or OFFLINE), **changes})
    assert answer.status_code == 202, answer.text
    return answer.json()


def look(client: httpx.Client, job_id: str) -> dict[str, Any]:
    """A job as it stands."""
    answer = client.get(f"{PREFIX}/jobs/{job_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def ended(client: httpx.Client, job_id: str, seconds: float = 60.0) -> dict[str, Any]:
    """A job once it has ended."""
    until(lambda: look(client, job_id)["status"] in ("completed", "failed", "cancelled"), f"{job_id} ends", seconds)
    return look(client, job_id)


def settings_of(folder: Path, **given: Any) -> Settings:
    """Settings for a server in a folder."""
    return Settings(data=folder / "server", **given)


@contextmanager
def site(settings: Settings, *, working: bool = True) -> Iterator[Site]:
    """A server and, unless told otherwise, its worker, both in threads of this process."""
    prepare(settings)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            create_app(settings),
            access_log=False,
            log_config=None,
            http=Impatient,
            ws="none",
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(config)
        answering = threading.Thread(target=server.run, args=([listening],), daemon=True)
        answering.start()
        until(lambda: server.started, "the server starts")
        worker = Worker(settings)
        running = threading.Thread(target=worker.run, daemon=True)
        if working:
            running.start()
        one = Site(f"http://127.0.0.1:{listening.getsockname()[1]}", settings)
        try:
            yield one
        finally:
            worker.ending.set()
            if working:
                running.join()
            server.should_exit = True
            answering.join()
            one.close()


class Process:
    """`hf-synth serve` in a process of its own; a context manager, which ends it by SIGTERM where it still runs.

    Args:
        settings: as for `site`; those that `serve` takes as options.
        options: further words of the command line.
        env: further variables.
    """

    def __init__(self, settings: Settings, *options: str, **env: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [
            sys.executable,
            "-c",
            "from hf_synth.cli import main; main()",
            "serve",
            "--port",
            str(port),
            "--data",
            str(settings.data),
        ]
        command += [f"--database={settings.database}"] if settings.database else []
        command += [f"--store={settings.store}"] if settings.store else []
        command += [f"--allow={name}" for name in settings.allow]
        self.log = settings.data.parent / f"serve-{port}.log"
        self.log.touch()
        self._command, self._env = [*command, *options], {**os.environ, **env}
        self.site = Site(f"http://127.0.0.1:{port}", settings)
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Process:
        self.start()
        return self

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, env=self._env, stdout=log, stderr=log, start_new_session=True
            )
        until(self._answers, "the server answers")

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            return httpx.get(f"{self.site.url}/openapi.json").status_code == 200
        except httpx.TransportError:
            return False

    def end(self, signal: int) -> int:
        """Send a signal to the server process and wait for its end; what it exited with."""
        assert self.process is not None
        self.process.send_signal(signal)
        return self.process.wait(120)

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(120)
        self.site.close()
