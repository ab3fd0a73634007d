"""The tables of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "facts",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_facts"),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("revoked_at", sa.Float),
        sa.Column("requests_per_minute", sa.Integer),
        sa.Column("most_jobs", sa.Integer),
        sa.Column("budget", sa.Float),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
        sa.UniqueConstraint("name", name="uq_keys_name"),
    )
    op.create_table(
        "signed_out",
        sa.Column("session", sa.String(64), nullable=False),
        sa.Column("until", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("session", name="pk_signed_out"),
    )
    _jobs()
    op.create_table(
        "parts",
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("split", sa.String(255), nullable=False),
        sa.Column("first_row", sa.BigInteger, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("first_byte", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "split", "first_row", name="pk_parts"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_parts_job_id"),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
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
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.ForeignKeyConstraint(["key_id"], ["keys.id"], name="fk_jobs_key_id"),
        sa.UniqueConstraint("key_id", "idempotency_key", name="uq_jobs_key_id_idempotency_key"),
    )
    op.create_index("ix_jobs_queue", "jobs", ["status", "key_id", "created_at", "id", "journal", "bound"])
    op.create_index("ix_jobs_owned", "jobs", ["key_id", "created_at", "id", "usd"])
