"""API keys: made and shown once, stored as a digest, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import math
import re
import secrets
import time
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from hf_synth.errors import ConfigError, RecordsNotFound
from hf_synth.server.database import Database
from hf_synth.server.tables import jobs, keys

_KEY = re.compile(r"hfs_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NOBODY = hashlib.sha256(b"nobody").hexdigest()


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, without its secret.

    Attributes:
        requests_per_minute: most requests to one server process, `None` without limit.
        most_jobs: most jobs that run at once.
        budget: US dollars that all of its jobs may spend, ever.
        spent: US dollars that they have, as far as prices are known.
    """

    id: str
    name: str
    created_at: float
    revoked_at: float | None = None
    requests_per_minute: int | None = None
    most_jobs: int | None = None
    budget: float | None = None
    spent: float = 0.0


def _digest(secret: str) -> str:
    """A plain hash is enough: the secret has 256 random bits, which nobody guesses however fast a guess is."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _check_budget(budget: float | None) -> None:
    if budget is not None and not 0 < budget < math.inf:
        raise ConfigError(f"{budget} is no budget: name US dollars, more than 0.")


def create_key(
    database: Database,
    name: str,
    *,
    requests_per_minute: int | None = None,
    most_jobs: int | None = None,
    budget: float | None = None,
) -> str:
    """Make a key; the whole of it, which is stored nowhere.

    Raises:
        ConfigError: the name is empty, too long, or in use; or the budget is no amount.
    """
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise ConfigError(f"{name[:40]!r} is no name for a key: use 1 to 200 printable characters.")
    _check_budget(budget)
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    row = {
        "id": key_id,
        "name": name,
        "digest": _digest(secret),
        "created_at": time.time(),
        "requests_per_minute": requests_per_minute,
        "most_jobs": most_jobs,
        "budget": budget,
    }
    try:
        with database.write() as connection:
            connection.execute(keys.insert().values(row))
    except exc.IntegrityError:
        raise ConfigError(
            f"There is a key named {name!r} already.", hint="Choose another name; a revoked key keeps its name, too."
        ) from None
    return f"hfs_{key_id}_{secret}"


def check_key(database: Database, given: str) -> Key | None:
    """The key that `given` is, `None` where it is none or was revoked."""
    read = _KEY.fullmatch(given)
    row = _row(database, read[1]) if read else None
    known = hmac.compare_digest(_digest(read[2] if read else ""), row.digest if row else _NOBODY)
    return _key(row) if row is not None and known and row.revoked_at is None else None


def key_by_id(database: Database, key_id: str, *also: sa.ColumnElement[Any]) -> Key | None:
    """A key that somebody signed in with, `None` if it was revoked since, or something else that is asked is not so."""
    row = _row(database, key_id, *also)
    return None if row is None or row.revoked_at is not None else _key(row)


def list_keys(database: Database) -> list[Key]:
    """All keys, the oldest first, with what they spent."""
    spent = sa.select(jobs.c.key_id, sa.func.sum(jobs.c.usd).label("spent")).group_by(jobs.c.key_id).subquery()
    asked = sa.select(keys, spent.c.spent).outerjoin(spent, spent.c.key_id == keys.c.id).order_by(keys.c.created_at)
    with database.read() as connection:
        return [_key(row, row.spent or 0.0) for row in connection.execute(asked)]


def change_key(database: Database, name_or_id: str, **limits: float | None) -> Key:
    """Set limits of a key, named as for `create_key`; its jobs and journals stay its own.

    Raises:
        RecordsNotFound: there is no such key.
        ConfigError: the budget is no amount.
    """
    _check_budget(limits.get("budget"))
    key = _find(database, name_or_id)
    with database.write(alone=True) as connection:
        connection.execute(keys.update().where(keys.c.id == key.id).values(**limits))
    return replace(key, **limits)  # pyright: ignore[reportArgumentType]  # each as `create_key` has it


def _find(database: Database, name_or_id: str) -> Key:
    known = list_keys(database)
    found = [key for key in known if key.name == name_or_id] or [key for key in known if key.id == name_or_id]
    if not found:
        raise RecordsNotFound(f"There is no key {name_or_id!r}.", hint="See hf-synth keys list.")
    return found[0]


def revoke_key(database: Database, name_or_id: str) -> Key:
    """Let a key be good for nothing from now on, and cancel its jobs: nobody could read their rows.

    A name goes before an id: somebody may have named a key like the id of another one.

    Raises:
        RecordsNotFound: there is no such key.
    """
    found = _find(database, name_or_id)
    with database.write(alone=True) as connection:
        unrevoked = sa.and_(keys.c.id == found.id, keys.c.revoked_at.is_(None))
        connection.execute(keys.update().where(unrevoked).values(revoked_at=time.time()))
        its = jobs.update().where(jobs.c.key_id == found.id)
        new = its.where(jobs.c.status == "queued", jobs.c.started_at.is_(None))
        begun = its.where(jobs.c.status.in_(("queued", "running")))  # they may have batches out, which a worker cancels
        for which, became in ((new, {"status": "cancelled", "ended_at": time.time()}), (begun, {})):
            connection.execute(which.values(cancel_requested=True, version=jobs.c.version + 1, **became))
    return found


def _row(database: Database, key_id: str, *also: sa.ColumnElement[Any]) -> Any:
    with database.read() as connection:
        return connection.execute(sa.select(keys).where(keys.c.id == key_id, *also)).one_or_none()


def _key(row: Any, spent: float = 0.0) -> Key:
    return Key(
        row.id, row.name, row.created_at, row.revoked_at, row.requests_per_minute, row.most_jobs, row.budget, spent
    )
