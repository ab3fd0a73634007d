"""Sessions of the page that were ended before their time: a copy of their cookie is good for nothing, on any server."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from hf_synth.server.database import Database
from hf_synth.server.tables import signed_out

_CLOCKS = 300.0  # seconds that clocks of servers may differ by: one that is late would take the cookie for longer


def end_session(database: Database, session: str, until: float) -> None:
    """Let a session hold no longer, and forget those whose cookies have expired by now.

    Args:
        database: of the server.
        session: its random id.
        until: when its cookie expires, seconds since the epoch.
    """
    try:
        with database.write() as connection:
            connection.execute(signed_out.delete().where(signed_out.c.until < time.time() - _CLOCKS))
            connection.execute(signed_out.insert().values(session=_digest(session), until=until))
    except exc.IntegrityError:
        return  # it was ended before


def not_ended(session: str) -> sa.ColumnElement[Any]:
    """A condition for a query: a session was not ended."""
    return ~sa.exists().where(signed_out.c.session == _digest(session))


def _digest(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()
