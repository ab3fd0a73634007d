"""`hf-synth serve`: one process that answers, one that works, and the former looks after the latter."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from types import FrameType

import uvicorn
from fastapi import FastAPI

from hf_synth.errors import ConfigError
from hf_synth.server.app import create_app
from hf_synth.server.database import Database
from hf_synth.server.protocol import Impatient
from hf_synth.server.settings import Settings
from hf_synth.server.store import Store

_log = logging.getLogger("hf_synth.server")
_STOP = 100.0  # seconds that the worker gets to let calls in flight end
_LONGEST_PAUSE = 30.0


def prepare(settings: Settings) -> None:
    """Make the folder and the tables, and try the store, before anybody is let in.

    Raises:
        ConfigError: the database cannot be used, or the store not be written.
    """
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"--data {str(settings.data)!r} cannot be made or is no folder: {error.strerror}.",
            hint="Name a folder on a local disk that this user may write.",
        ) from None
    database = Database(settings.database_url)
    database.migrate()
    database.close()
    Store(settings.store_url).check()


class Supervisor:
    """Keeps a worker running. Where this process dies, the worker's standard input closes and it ends, too."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ending = threading.Event()
        self._worker: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="hf_synth supervisor", daemon=True)

    @property
    def working(self) -> bool:
        """Whether the worker runs."""
        return self._worker is not None and self._worker.poll() is None

    def start(self) -> None:
        """Start the worker."""
        self._thread.start()

    def end(self) -> None:
        """Tell the worker to begin no further call."""
        self._ending.set()

    def stop(self) -> None:
        """Let the worker finish its calls in flight, and wait until it has."""
        self.end()
        self._thread.join(_STOP + 5)

    def kill(self, *_: object) -> None:
        """End the worker at once. Calls in flight are lost, which may have been paid for; the rest is on record."""
        if self._worker is not None:
            self._worker.kill()

    def _keep(self) -> None:
        pause = 0.5
        while not self._ending.is_set():
            began = time.monotonic()
            try:
                worker = self._worker = self._started()
            except OSError as error:  # no memory or process to be had at the moment
                _log.error("The worker cannot be started: %s", error.strerror)
                self._ending.wait(_LONGEST_PAUSE)
                continue
            while worker.poll() is None and not self._ending.wait(0.2):
                pass
            if self._ending.is_set():
                self._end(worker)
                return
            pause = 0.5 if time.monotonic() - began > 60 else min(_LONGEST_PAUSE, 2 * pause)
            _log.error("The worker ended with code %s and is started again in %.0f s.", worker.returncode, pause)
            self._ending.wait(pause)

    def _started(self) -> subprocess.Popen[bytes]:
        worker = subprocess.Popen([sys.executable, "-m", "hf_synth.server.worker"], stdin=subprocess.PIPE)
        assert worker.stdin is not None
        worker.stdin.write(self._settings.model_dump_json().encode() + b"\n")
        worker.stdin.flush()
        return worker

    @staticmethod
    def _end(worker: subprocess.Popen[bytes]) -> None:
        assert worker.stdin is not None
        worker.stdin.close()
        try:
            worker.wait(_STOP)
        except subprocess.TimeoutExpired:
            worker.kill()


def serve(settings: Settings, host: str, port: int) -> None:
    """Answer until SIGTERM or Ctrl-C; then end in order. Another Ctrl-C meanwhile ends the worker at once.

    Raises:
        ConfigError: see `prepare`.
    """
    os.umask(0o077)
    prepare(settings)
    listening = _bound(host, port)
    supervisor = Supervisor(settings) if settings.jobs else None
    app = create_app(settings, (lambda: supervisor.working) if supervisor else None)
    config = uvicorn.Config(
        app,
        access_log=False,  # addresses hold signatures
        log_config=None,
        server_header=False,
        http=Impatient,
        ws="none",
        timeout_graceful_shutdown=5,
        timeout_keep_alive=30,
    )
    server = _Server(config, app, supervisor)
    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises them once more when it has ended
        signal.signal(number, server.end)
    if supervisor:
        supervisor.start()
    try:
        server.run([listening])
    finally:
        listening.close()
        if supervisor:
            signal.signal(signal.SIGINT, supervisor.kill)
            supervisor.stop()


def _bound(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigError(
            f"{host}:{port} cannot be listened on: {error.strerror}.", hint="Name others with --host and --port."
        ) from None
    shown = f"[{host}]" if ":" in host else host
    _log.info("Listening on http://%s:%d", shown, listening.getsockname()[1])
    return listening


class _Server(uvicorn.Server):
    """Tells the worker, and those who wait for a job, that it ends: otherwise uvicorn would wait for them first."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, supervisor: Supervisor | None) -> None:
        super().__init__(config)
        self._app, self._supervisor = app, supervisor

    def end(self, *_: object) -> None:
        """As a signal does before it runs."""
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self.force_exit and self._supervisor:
            self._supervisor.kill()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.services.watch.end()
        if self._supervisor:
            self._supervisor.end()
        await super().shutdown(sockets)
