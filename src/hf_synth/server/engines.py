"""How a database is reached: what its URL may be, and what is said of it, never with a password."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from hf_synth.errors import ConfigError, MissingExtra

_BUSY = 30.0  # seconds that SQLite waits for another writer
_REACH = 10  # seconds that a PostgreSQL may take to answer
_GONE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""After how long one that vanished from the network counts as gone; by itself that takes up to two hours."""
_FILE = "sqlite:///"
_HINT = "Write postgresql://USER:PASSWORD@HOST/NAME, with %40 for @, %3A for : and %2F for /; or leave it out."


def engine_of(url: str) -> sa.Engine:
    """What SQLAlchemy makes connections with.

    Raises:
        ConfigError: the URL is none, or that of another database.
        MissingExtra: the driver of PostgreSQL is not installed.
    """
    if url.startswith(_FILE):
        return _of_sqlite(url.removeprefix(_FILE))  # not parsed: a path may hold a question mark
    try:
        parsed = sa.make_url(url)
    except (exc.ArgumentError, ValueError):  # its words may be a part of the password
        raise ConfigError("--database is no URL of a database.", hint=_HINT) from None
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        raise ConfigError("--database: jobs need a file: sqlite:///FILE.")
    if kind not in ("postgresql", "postgres"):
        raise ConfigError(f"--database: {kind} is not supported. Use postgresql://… or sqlite:///FILE.")
    if "@" in (parsed.host or ""):
        raise ConfigError("--database has an @ in the name of its host, or in a password.", hint=_HINT)
    try:
        return sa.create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_size=5,  # of the 100 connections that PostgreSQL has by default, for all servers
            max_overflow=10,
            pool_pre_ping=True,
            hide_parameters=True,  # they are keys, prompts and rows, and errors are logged
            connect_args={
                name: value for name, value in {"connect_timeout": _REACH, **_GONE}.items() if name not in parsed.query
            },
        )
    except ImportError:
        raise MissingExtra(
            "PostgreSQL needs psycopg, which is not installed.", hint="pip install 'hf-synth[postgres]' adds it."
        ) from None


def _of_sqlite(path: str) -> sa.Engine:
    if not path or path.startswith(":memory:"):
        raise ConfigError("--database: jobs need a file: sqlite:///FILE.")
    try:
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        Path(path).touch(mode=0o600, exist_ok=True)  # SQLite gives its other files the same mode
    except OSError as error:
        raise ConfigError(
            f"The database {_FILE}{path} cannot be made: {error.strerror or error}.",
            hint="Name a file that may be written.",
        ) from None
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=path),
        connect_args={"timeout": _BUSY},
        pool_size=8,
        max_overflow=40,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.isolation_level = None  # we begin transactions ourselves
        _keep_a_log(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # a reader that turns writer may fail at once instead of wait

    return engine


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Write ahead. The first switch to it is the one thing for which SQLite does not wait for others by itself."""
    end = time.monotonic() + _BUSY
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


def shown(url: sa.URL) -> str:
    """A URL as it may be printed: without a password, and without parameters, of which one may be a password, too."""
    return url.set(query={}).render_as_string(hide_password=True).replace("+psycopg:", ":", 1)


def what_was_said(error: exc.DBAPIError, url: sa.URL) -> str:
    """What a database says, on one line and without the password."""
    said = " ".join(str(error.orig).split()).rstrip(".")
    for secret in (url.password, url.query.get("password")):
        if isinstance(secret, str) and secret:
            said = said.replace(secret, "***")
    return said[:300]
