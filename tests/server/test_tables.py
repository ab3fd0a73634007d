from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from databases import claimed, key_of, queued
from hf_synth.server.database import Database
from hf_synth.server.jobs import find_job, list_jobs, versions
from hf_synth.server.keys import Key


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/jobs.sqlite3")
    database.migrate()
    yield database
    database.close()


@contextmanager
def plans(database: Database) -> Iterator[list[str]]:
    """How SQLite looks things up meanwhile, step by step."""
    found: list[str] = []

    def explain(connection: Any, _: Any, statement: str, parameters: Any, *__: Any) -> None:
        if statement.startswith("SELECT") and "FROM" in statement:
            raw = connection.connection.dbapi_connection
            found.extend(step[3] for step in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(sa.Engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(sa.Engine, "before_cursor_execute", explain)
    assert found


def key(database: Database) -> Key:
    return key_of(database, budget=10.0, most_jobs=3)


def test_the_status_of_a_job_is_one_look_up(made: Database):
    job = queued(made, mine := key(made))
    with plans(made) as steps:
        find_job(made, mine, job.id)
        versions(made, [job.id])
    assert all(step.startswith("SEARCH jobs USING INDEX") and step.endswith("(id=?)") for step in steps)


def test_a_page_of_jobs_is_read_in_order_from_where_it_begins(made: Database):
    job = queued(made, mine := key(made))
    with plans(made) as steps:
        list_jobs(made, mine, limit=5, before=(job.created_at, job.id))
    assert len(steps) == 1, "sorted apart"
    assert steps[0].startswith("SEARCH jobs USING INDEX ix_jobs_owned (key_id=? AND")


def test_the_queue_and_the_spending_are_read_from_indexes_and_no_table_is_scanned(made: Database):
    mine = key(made)
    for _ in range(3):
        queued(made, mine, worst=1.0)
    with plans(made) as steps:
        assert len(claimed(made, free=2)) == 2
    assert any(step.startswith("SEARCH jobs USING COVERING INDEX ix_jobs_queue") for step in steps)
    assert any(step.startswith("SEARCH jobs USING COVERING INDEX ix_jobs_owned") for step in steps)
    assert not [step for step in steps if step.startswith(("SCAN jobs", "SCAN keys"))]
