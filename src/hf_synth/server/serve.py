"""`hf-synth serve`: one process that answers, one that works, and the former looks after the latter."""

from __future__ import annotations

import logging
import os
import signal
import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from hf_synth.config.names import built_in
from hf_synth.errors import ConfigError
from hf_synth.registry import provider_kind, url_from_env
from hf_synth.server.app import create_app
from hf_synth.server.database import Database
from hf_synth.server.protocol import Impatient
from hf_synth.server.settings import Settings
from hf_synth.server.store import Store
from hf_synth.server.supervisor import Supervisor

_log = logging.getLogger("hf_synth.server")


def prepare(settings: Settings) -> None:
    """Make the folder and the tables, and try the store, before anybody is let in.

    Raises:
        ConfigError: the database cannot be used, the store not be written, or a variable of the environment is no
            address of a provider: those who send jobs can do nothing about that.
    """
    for name in built_in("providers"):
        url_from_env(provider_kind(name), os.environ)
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
    store = Store(settings.store_url)
    store.check()
    store.mark()


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
