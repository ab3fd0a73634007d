"""The tables of the database. Migrations make them; a test compares both."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

facts = sa.Table(
    "facts",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""What all servers of a database share: the secret that links and sessions are signed with."""

keys = sa.Table(
    "keys",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False, unique=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("revoked_at", sa.Float),
    sa.Column("requests_per_minute", sa.Integer),
    sa.Column("most_jobs", sa.Integer),
    sa.Column("budget", sa.Float),
)
"""API keys: SHA-256 of the secret, limits (`None` is none), money in US dollars. Times are seconds since the epoch."""

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("key_id", sa.String(16), sa.ForeignKey("keys.id"), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("started_at", sa.Float),
    sa.Column("ended_at", sa.Float),
    sa.Column("deleted_at", sa.Float),
    sa.Column("config", sa.JSON, nullable=False),
    sa.Column("targets", sa.JSON, nullable=False),
    sa.Column("journal", sa.String(64)),
    sa.Column("idempotency_key", sa.String(255)),
    sa.Column("body_digest", sa.String(64), nullable=False),
    sa.Column("estimate", sa.JSON, nullable=False),
    sa.Column("statistics", sa.JSON, nullable=False),
    sa.Column("before", sa.JSON),
    sa.Column("usd", sa.Float, nullable=False),
    sa.Column("bound", sa.Float),
    sa.Column("allotted", sa.Float),
    sa.Column("error", sa.JSON),
    sa.Column("files", sa.JSON, nullable=False),
    sa.Column("cancel_requested", sa.Boolean, nullable=False),
    sa.Column("owner", sa.String(64)),
    sa.Column("lease_until", sa.Float),
    sa.Column("deaths", sa.Integer, nullable=False),
    sa.UniqueConstraint("key_id", "idempotency_key"),
    sa.Index("ix_jobs_queue", "status", "key_id", "created_at", "id", "journal", "bound"),
    sa.Index("ix_jobs_owned", "key_id", "created_at", "id", "usd"),
)
"""Jobs, also deleted ones: what they spent counts.

`targets`: rows by split, in order. `before`: what the journal held when the job first ran. `usd`: what it spent since.
`bound`: the most that it is expected to spend, `None` where a price is not known. `allotted`: what it may spend of its
key's budget. `files`: of a completed job, their sizes by name. `owner`: the worker that runs it, until `lease_until`,
by the clock of the database. `deaths`: how many workers died while they ran it, since it last got on. The indexes have
all that the queue, a key's list and its spending are read from: rows are long.
"""

signed_out = sa.Table(
    "signed_out",
    metadata,
    sa.Column("session", sa.String(64), primary_key=True),
    sa.Column("until", sa.Float, nullable=False),
)
"""Sessions of the page that were ended before their time; `until` their cookies would hold, seconds since the epoch."""

parts = sa.Table(
    "parts",
    metadata,
    sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("split", sa.String(255), primary_key=True),
    sa.Column("first_row", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("first_byte", sa.BigInteger, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
)
"""Where the rows of a job stand: objects of the store, each with some rows of a split, in order and without gaps."""
