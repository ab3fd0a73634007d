"""The database: opened, migrated, and asked in short transactions. SQLite by default, or PostgreSQL."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import exc
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from hf_synth.errors import ConfigError
from hf_synth.server.engines import engine_of, shown, what_was_said
from hf_synth.server.tables import facts

_MIGRATIONS = Path(__file__).parent / "migrations"
_BOUNDS = ("lock_timeout", "idle_in_transaction_session_timeout")
_LOCK = 0x68665F73796E7468  # of PostgreSQL's advisory locks: "hf_synth"


class clock(GenericFunction[float]):  # noqa: N801  # a function of SQL
    """Seconds since the epoch by the clock of the database, which all servers share."""

    type = sa.Float()
    inherit_cache = True


@compiles(clock, "sqlite")
def _clock_of_sqlite(*_: Any, **__: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(clock, "postgresql")
def _clock_of_postgresql(*_: Any, **__: Any) -> str:
    return "EXTRACT(EPOCH FROM clock_timestamp())::double precision"


class Database:
    """A pool of connections. Safe to use from several threads.

    Args:
        url: of SQLAlchemy, for SQLite or PostgreSQL.
        patience: seconds to wait for others who write. Whoever was stopped within a transaction loses it after that.

    Raises:
        ConfigError: another database, or one that cannot be reached.
        MissingExtra: the driver of PostgreSQL is not installed.
    """

    def __init__(self, url: str, patience: float = 60.0) -> None:
        self._engine, self._patience = engine_of(url), patience
        self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._turn = threading.Lock()
        self.url = shown(self._engine.url)

    def __repr__(self) -> str:
        return f"Database({self.url!r})"

    @property
    def sqlite(self) -> bool:
        """Whether it is a file."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Generator[sa.Connection]:
        """A connection to look, which holds nobody up and waits for nobody."""
        with self._reading.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, alone: bool = False) -> Generator[sa.Connection]:
        """A transaction; `alone`, no other such one runs meanwhile, in any process. In SQLite they all are."""
        if self.sqlite:
            with self._in_turn(), self._engine.begin() as connection:
                yield connection
            return
        with self._engine.begin() as connection:
            if alone:
                most = f"{1000 * self._patience:.0f}ms"
                bounds = [sa.func.set_config(name, most, True) for name in _BOUNDS]  # of this transaction
                connection.execute(sa.select(*bounds, sa.func.pg_advisory_xact_lock(_LOCK)))
            yield connection

    @contextmanager
    def _in_turn(self) -> Generator[None]:
        """SQLite lets its writers poll, and late ones starve."""
        if not self._turn.acquire(timeout=self._patience):
            raise exc.TimeoutError(f"Others write to {self.url} for too long.")
        try:
            yield
        finally:
            self._turn.release()

    def migrate(self) -> None:
        """Bring the tables to the newest form.

        Raises:
            ConfigError: a newer hf-synth made them, or the database cannot be reached.
        """
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        try:
            with self.write(alone=True) as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except CommandError as error:
            raise ConfigError(
                f"The database {self.url} does not fit this version: {error}.", hint="Upgrade hf-synth."
            ) from None
        except exc.DBAPIError as error:
            raise ConfigError(
                f"The database {self.url} cannot be used: {what_was_said(error, self._engine.url)}.",
                hint="Check --database, and that it runs and may be written.",
            ) from None

    def secret(self) -> str:
        """What links and sessions are signed with, the same for all servers; made at first."""
        asked = sa.select(facts.c.value).where(facts.c.name == "secret")
        with self.write(alone=True) as connection:
            known = connection.scalar(asked)
            if known is None:
                known = secrets.token_urlsafe(32)
                connection.execute(facts.insert().values(name="secret", value=known))
        return known

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()
