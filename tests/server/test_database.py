from __future__ import annotations

import logging
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import exc

from databases import PASSWORD, QUOTED, Postgres, key_of, queued, row_of
from hf_synth.errors import ConfigError
from hf_synth.server.database import Database, clock
from hf_synth.server.jobs import find_job
from hf_synth.server.patience import AWAY
from hf_synth.server.tables import facts, keys, metadata

# -- migrations ------------------------------------------------------------------------------------------------------


def test_the_migrations_make_what_the_code_expects(database: Database):
    with database.write() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing_and_keeps_the_rows(database: Database):
    key = key_of(database)
    job = queued(database, key)
    database.migrate()
    assert find_job(database, key, job.id) == job


def test_many_that_migrate_one_new_database_at_once_make_it_once(database_url: str):
    """As processes would: each with connections of its own. `test_queue` has processes that do."""
    failed: list[BaseException] = []

    def one() -> None:
        database = Database(database_url)
        try:
            database.migrate()
        except ConfigError as error:
            failed.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_database_of_a_newer_version_is_refused_with_the_remedy(database: Database):
    with database.write() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    with pytest.raises(ConfigError, match=r"does not fit this version: .*9999.*\. Upgrade hf-synth\.") as caught:
        database.migrate()
    assert caught.value.exit_code == 2


def test_rows_that_the_first_release_wrote_are_read(database: Database):
    """Columns may come, with a default or with none; none that is written here may go."""
    columns = "id, name, digest, created_at, revoked_at, requests_per_minute, most_jobs, budget"
    with database.write() as connection:
        connection.execute(sa.text("insert into facts (name, value) values ('secret', 'first')"))
        connection.execute(
            sa.text(f"insert into keys ({columns}) values ('abcdefabcdef', 'first', 'd', 1.5, null, 5, 2, 9.5)")
        )
        connection.execute(
            sa.text(
                "insert into jobs (id, key_id, status, version, created_at, started_at, ended_at, deleted_at, config, "
                "targets, journal, idempotency_key, body_digest, estimate, statistics, before, usd, bound, allotted, "
                "error, files, cancel_requested, owner, lease_until, deaths) "
                "values ('job_0123456789abcdef01234567', 'abcdefabcdef', 'completed', 7, 2.5, 3.5, 4.5, null, :config, "
                ":targets, 'j', 'once', 'd', :empty, :empty, :empty, 0.25, 1.5, null, null, :empty, false, null, "
                "null, 0)"
            ),
            {"config": '{"domain": "gardens"}', "targets": '{"train": 6}', "empty": "{}"},
        )
        connection.execute(
            sa.text(
                "insert into parts (job_id, split, first_row, rows, first_byte, bytes, path) "
                "values ('job_0123456789abcdef01234567', 'train', 0, 6, 0, 99, 'p')"
            )
        )
    database.migrate()
    with database.read() as connection:
        key = connection.execute(sa.select(keys)).one()
    job = row_of(database, "job_0123456789abcdef01234567")
    assert (database.secret(), key.budget, job.usd, job.targets) == ("first", 9.5, 0.25, {"train": 6})


# -- where it may be -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+asyncpg"])
def test_postgresql_is_reached_by_host_name_and_password(postgres: Postgres, scheme: str):
    name = postgres.new().partition("/db_")[2].partition("?")[0]
    database = Database(f"{scheme}://app:{QUOTED}@{postgres.address()}/db_{name}")
    database.migrate()
    assert len(database.secret()) > 20
    assert PASSWORD not in database.url + repr(database)
    assert QUOTED not in database.url + repr(database)
    assert database.url.endswith(f"app:***@{postgres.address()}/db_{name}")
    database.close()


def test_a_wrong_password_is_an_error_that_names_it_nowhere(postgres: Postgres, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    database = Database(f"postgresql://app:other-secret@{postgres.address()}/postgres")
    with pytest.raises(ConfigError, match=r"password authentication failed for user .app.*Check --database") as caught:
        database.migrate()
    assert "other-secret" not in f"{caught.value!r}{caplog.text}{database!r}"
    database.close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://app:pass-word@127.0.0.1:9/jobs",
        "postgresql://127.0.0.1:9/jobs?user=app&password=pass-word",
        "postgresql://app:pass-word@127.0.0.1:9/jobs?pass-word=pass-word",
    ],
)
def test_a_database_that_is_not_there_is_an_error_without_the_password(url: str):
    database = Database(url)
    assert "pass-word" not in database.url
    with pytest.raises(ConfigError, match=r"127\.0\.0\.1:9/jobs cannot be used: .*Check --database") as caught:
        database.migrate()
    assert "pass-word" not in str(caught.value)
    assert caught.value.__suppress_context__
    database.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://app:pass-word@tail@127.0.0.1/jobs", "has an @ in"),
        ("postgresql://app:pass@word:pass-word@127.0.0.1/jobs", "is no URL"),
        ("pass-word", "is no URL"),
        ("mysql://app:pass-word@127.0.0.1/jobs", "mysql is not supported"),
        ("sqlite://", "need a file"),
        ("sqlite:///", "need a file"),
        ("sqlite:///:memory:", "need a file"),
    ],
)
def test_a_url_that_cannot_be_is_refused_without_a_part_of_a_password(url: str, said: str):
    with pytest.raises(ConfigError, match=said) as caught:
        Database(url)
    assert "pass-word" not in str(caught.value)
    assert "tail" not in str(caught.value)


def test_a_place_that_cannot_be_is_refused(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"cannot be made: .*Name a file that may be written"):
        Database(f"sqlite:///{tmp_path}/file/jobs.sqlite3")
    database = Database(f"sqlite:///{tmp_path}")
    with pytest.raises(ConfigError, match="cannot be used: unable to open database file"):
        database.migrate()
    database.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    (tmp_path / "jobs.sqlite3").write_text("something else " * 100)
    database = Database(f"sqlite:///{tmp_path}/jobs.sqlite3")
    with pytest.raises(ConfigError, match="cannot be used: file is not a database"):
        database.migrate()
    database.close()


def test_a_path_may_hold_what_means_something_in_urls(tmp_path: Path):
    folder = tmp_path / "a b?c#d%20e&f"
    database = Database(f"sqlite:///{folder}/jobs.sqlite3")
    database.migrate()
    database.close()
    assert (folder / "jobs.sqlite3").stat().st_size > 0


# -- asked -----------------------------------------------------------------------------------------------------------


def test_the_clock_of_the_database_is_that_of_the_world(database: Database):
    with database.read() as connection:
        before = time.time()
        told = connection.scalar(sa.select(clock()))
    assert told is not None
    assert abs(told - before) < 5


def test_readers_wait_for_no_writer_and_no_writer_for_them(database: Database):
    database.secret()
    asked = sa.select(sa.func.count()).select_from(facts)
    with database.read() as reader, database.write(alone=True) as writer:
        writer.execute(facts.insert().values(name="one", value="1"))
        assert reader.scalar(asked) == 1
        with database.read() as another:
            assert another.scalar(asked) == 1
    with database.read() as reader:
        reader.scalar(asked)
        with database.write(alone=True) as writer:
            writer.execute(facts.insert().values(name="two", value="2"))
        assert reader.scalar(asked) == 3


def test_who_writes_alone_is_alone_in_all_processes(database: Database, database_url: str):
    """Without it both would read 0 and write 1."""
    other = Database(database_url)
    with database.write() as connection:
        connection.execute(facts.insert().values(name="count", value="0"))

    def count(which: Database) -> None:
        for _ in range(10):
            with which.write(alone=True) as connection:
                now = connection.scalar(sa.select(facts.c.value).where(facts.c.name == "count"))
                connection.execute(facts.update().where(facts.c.name == "count").values(value=str(int(now or 0) + 1)))

    threads = [threading.Thread(target=count, args=(which,)) for which in (database, other) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with other.read() as connection:
        assert connection.scalar(sa.select(facts.c.value).where(facts.c.name == "count")) == "40"
    other.close()


def test_what_failed_half_way_is_not_there(database: Database):
    def half() -> None:
        with database.write() as connection:
            connection.execute(facts.insert().values(name="one", value="1"))
            connection.execute(facts.insert().values(name="one", value="2"))

    with pytest.raises(exc.IntegrityError) as caught:
        half()
    assert "parameters hidden" in str(caught.value).lower()
    with database.read() as connection:
        assert connection.execute(sa.select(facts)).all() == []


def test_all_servers_have_one_secret(database: Database, database_url: str):
    other = Database(database_url)
    assert database.secret() == other.secret() == database.secret()
    other.close()


# -- the file --------------------------------------------------------------------------------------------------------


def test_the_file_is_its_owners_alone(tmp_path: Path):
    before = os.umask(0o022)
    try:
        database = Database(f"sqlite:///{tmp_path}/new/folder/jobs.sqlite3")
        database.migrate()
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new/folder").iterdir()}
        assert set(modes) == {"jobs.sqlite3", "jobs.sqlite3-wal", "jobs.sqlite3-shm"}
        assert set(modes.values()) == {0o600}
        assert stat.S_IMODE((tmp_path / "new/folder").stat().st_mode) == 0o700
        database.close()
    finally:
        os.umask(before)


def test_every_connection_writes_ahead_and_syncs(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path}/jobs.sqlite3")
    for connect in (database.read, database.write):
        with connect() as connection:
            for pragma, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
                assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    database.close()


def test_a_writer_of_another_process_is_waited_for(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path}/jobs.sqlite3")
    database.migrate()
    with sqlite3.connect(tmp_path / "jobs.sqlite3", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = threading.Thread(target=database.secret)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        other.execute("COMMIT")
    other.close()
    waiting.join()
    assert database.secret()
    database.close()


def test_the_first_one_waits_for_others_before_it_writes_ahead(tmp_path: Path):
    """For that switch alone SQLite does not wait by itself."""
    other = sqlite3.connect(tmp_path / "jobs.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("CREATE TABLE theirs (name)")
    database = Database(f"sqlite:///{tmp_path}/jobs.sqlite3")
    failed: list[ConfigError] = []

    def migrate() -> None:
        try:
            database.migrate()
        except ConfigError as error:
            failed.append(error)

    waiting = threading.Thread(target=migrate)
    waiting.start()
    waiting.join(0.3)
    other.execute("COMMIT")
    other.close()
    waiting.join()
    assert failed == []
    database.close()


_WRITES = """if True:
    import sys
    from hf_synth.server.database import Database
    from hf_synth.server.tables import facts
    database = Database(sys.argv[1])
    for number in range(10_000):
        with database.write() as connection:
            connection.execute(facts.insert().values(name=str(number), value="x" * 5000))
        print(number, flush=True)
"""


def test_what_was_written_is_there_after_kill_9(tmp_path: Path):
    place = f"sqlite:///{tmp_path}/jobs.sqlite3"
    database = Database(place)
    database.migrate()
    database.close()
    with subprocess.Popen([sys.executable, "-c", _WRITES, place], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line == "20\n":
                break
        process.kill()
        last = int([line, *process.stdout.read().splitlines()][-1])
    database = Database(place)
    with database.write() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        there = {*connection.scalars(sa.select(facts.c.name))}
    assert there >= {str(number) for number in range(last + 1)}
    database.close()


def test_who_writes_for_too_long_is_not_waited_for(tmp_path: Path, postgres: Postgres):
    file, url = Database(f"sqlite:///{tmp_path / 'jobs'}", patience=0.2), postgres.new()
    first, second = Database(url), Database(url, patience=0.2)
    for holder, waiting in ((file, file), (first, second)):
        failed: list[BaseException] = []

        def write(waiting: Database = waiting, failed: list[BaseException] = failed) -> None:
            try:
                with waiting.write(alone=True):
                    pass
            except AWAY as error:
                failed.append(error)

        with holder.write(alone=True):
            thread = threading.Thread(target=write)
            thread.start()
            thread.join(20)
        assert len(failed) == 1
        write()
        assert len(failed) == 1
    for one in (file, first, second):
        one.close()
    postgres.empty(url)


def test_who_is_stopped_while_it_writes_alone_loses_its_turn(postgres: Postgres):
    """In SQLite the lock is the process's, and goes with it."""
    url = postgres.new()
    stopped, other = Database(url, patience=0.3), Database(url)

    def write() -> None:
        with stopped.write(alone=True) as connection:
            with other.write(alone=True):
                pass
            connection.execute(sa.select(1))

    with pytest.raises(AWAY):
        write()
    for one in (stopped, other):
        one.close()
    postgres.empty(url)
