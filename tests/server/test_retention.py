"""What is forgotten by itself: jobs, their rows, and the journals that no job needs. And what is not."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock, Timeout

from buckets import bucket, environment
from databases import claimed, end, key_of, queued, row_of
from generating import until
from hf_synth.engine.journal import Journal
from hf_synth.executors.local import FOLDER
from hf_synth.server.database import Database
from hf_synth.server.forgetting import forget
from hf_synth.server.jobs import find_job
from hf_synth.server.keys import Key, revoke_key
from hf_synth.server.retention import Retention
from hf_synth.server.settings import Settings
from hf_synth.server.store import Store, StoreFailed
from hf_synth.server.tables import facts, jobs, parts
from serving import PREFIX, Process, ended, generate, settings_of, site

DAY = 86400.0
NAME = "a" * 64
"""Of a journal."""


class House:
    """A server's places, and what stands in them."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings
        self.store = Store(settings.store_url)
        self.key = key_of(database)
        self.retention = Retention(settings, database, self.store, every=0.0)

    def job(self, days: float | None, journal: str = NAME, key: Key | None = None) -> str:
        """A job that ended so many days ago, with rows; `None` for one that waits."""
        key = key or self.key
        job_id = queued(self.database, key, journal=journal).id
        if days is not None:
            assert claimed(self.database) == [job_id]
            path = f"jobs/{job_id}/000.jsonl"
            self.store.write(path, b"{}\n")
            part = {"split": "train", "first_row": 0, "rows": 1, "first_byte": 0, "bytes": 3, "path": path}
            with self.database.write() as connection:
                connection.execute(parts.insert().values(job_id=job_id, **part))
            assert end(self.database, "worker", job_id, ended_at=time.time() - days * DAY, usd=0.25)
        return job_id

    def journal(self, days: float, name: str = NAME, key: Key | None = None) -> Path:
        """A journal that was last written to so many days ago."""
        journal = Journal(self.cache(key) / FOLDER / name)
        assert journal.acquire({"domain": "gardens"})
        journal.close()
        return aged(journal.folder, days)

    def cache(self, key: Key | None = None) -> Path:
        return self.settings.root_of((key or self.key).id)

    def copy(self, days: float, name: str = NAME) -> str:
        """A copy of a journal, taken so many days ago."""
        path = f"journals/{self.key.id}/{name}-{time.time_ns() - int(days * DAY * 1e9)}.tar.gz"
        self.store.write(path, b"packed")
        return path

    def there(self, job_id: str) -> bool:
        """Whether a job and its rows are there: never one without the other."""
        rows = bool(self.store.names(f"jobs/{job_id}"))
        assert (find_job(self.database, self.key, job_id) is not None) == rows
        return rows


def aged(path: Path, days: float) -> Path:
    """What it holds, as if it was written so many days ago."""
    when = time.time() - days * DAY
    for one in (*path.rglob("*"), path):
        os.utime(one, (when, when))
    return path


@pytest.fixture(params=["folder", "s3"])
def house(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    database: Database,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[House]:
    store = ""
    if request.param == "s3":
        s3fs: Any = pytest.importorskip("s3fs")
        port = request.getfixturevalue("s3")
        for name, value in environment(port).items():
            monkeypatch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()
        store = f"{bucket(port)}/deep"
    yield House(database, settings_of(tmp_path, database=database_url, store=store, keep_days=7))
    if store:
        s3fs.S3FileSystem.clear_instance_cache()


# -- jobs ------------------------------------------------------------------------------------------------------------


def test_jobs_that_ended_long_ago_are_forgotten_and_what_they_spent_counts(house: House):
    old, young = house.job(8), house.job(6)
    waiting = house.job(None)
    house.retention.look()
    assert not house.there(old)
    assert house.there(young)
    assert find_job(house.database, house.key, waiting) is not None
    row = row_of(house.database, old)
    assert (row.config, row.targets, row.estimate, row.statistics, row.files) == ({}, {}, {}, {}, {})
    assert (row.usd, row.journal, row.body_digest) == (0.25, NAME, "d")


def test_what_the_store_does_not_let_go_of_is_forgotten_next_time(tmp_path: Path, database: Database):
    house = House(database, settings_of(tmp_path, keep_days=7))
    old = [house.job(8, journal=f"{number:064x}") for number in range(7)]
    place = Path(house.settings.store_url)
    place.rename(tmp_path / "away")
    place.write_text("in the way")
    with pytest.raises(StoreFailed):
        house.retention.look()
    place.unlink()
    (tmp_path / "away").rename(place)
    assert all(house.there(job_id) for job_id in old)
    house.retention.look()
    assert not any(house.there(job_id) for job_id in old)


def test_of_several_servers_one_forgets_and_each_tidies_its_own_disk(tmp_path: Path, database: Database):
    one = House(database, settings_of(tmp_path / "one", store=str(tmp_path / "store"), keep_days=7))
    settings = settings_of(tmp_path / "other", store=str(tmp_path / "store"), keep_days=7)
    other = Retention(settings, database, one.store)
    journal, old = one.journal(8), one.job(8)
    theirs = settings.root_of(one.key.id) / FOLDER / NAME
    theirs.parent.mkdir(parents=True)
    other.look()
    assert not one.there(old)
    late = one.job(8, journal="b" * 64)
    other.look()
    assert one.there(late)
    assert journal.exists()
    journal.rename(theirs)
    other.look()
    assert not theirs.exists()
    with database.read() as connection:
        assert len(connection.execute(facts.select()).all()) == 1


# -- journals --------------------------------------------------------------------------------------------------------


def test_a_journal_goes_with_the_last_job_that_needs_it(house: House):
    journal, copy, recent = house.journal(30), house.copy(30), house.copy(1)
    jobs_of_it = [house.job(8), house.job(6)]
    house.retention.look()
    assert journal.exists()
    assert house.store.names("journals") == sorted([copy, recent])
    assert not house.there(jobs_of_it[0])
    with house.database.write() as connection:
        connection.execute(jobs.update().where(jobs.c.id == jobs_of_it[1]).values(ended_at=time.time() - 8 * DAY))
    house.retention.look()
    assert not house.there(jobs_of_it[1])
    assert list(house.cache().rglob("*.jsonl")) == []
    assert not journal.exists()
    assert house.store.names("journals") == [recent]


def test_a_journal_that_was_used_a_moment_ago_stays_though_its_jobs_were_deleted(house: House):
    """By a job that was served from it, and wrote nothing; or by one that did."""
    read, written, copy = house.journal(30), house.journal(1, "b" * 64), house.copy(30)
    job = find_job(house.database, house.key, house.job(6))
    assert job is not None
    forget(house.database, house.store, job)
    house.retention.look()
    assert read.exists()
    assert written.exists()
    assert house.store.names("journals") == [copy]


def test_a_journal_of_a_job_that_waits_or_runs_stays(house: House):
    journal, copy = house.journal(30), house.copy(30)
    waiting = house.job(None)
    house.retention.look()
    assert claimed(house.database) == [waiting]
    house.retention.look()
    assert journal.exists()
    assert house.store.names("journals") == [copy]


def test_a_journal_that_somebody_works_on_stays(house: House):
    folder = house.journal(30)
    journal = Journal(folder)
    assert journal.acquire({})
    aged(folder, 30)
    house.retention.look()
    assert folder.exists()
    journal.close()
    aged(folder, 30)
    house.retention.look()
    assert not folder.exists()


def test_a_job_that_arrives_while_its_journal_is_about_to_go_finds_it(house: House, database_url: str):
    """Nobody sends or claims a job between the look and the removal: so it is seen, or comes after both."""
    journal, other = house.journal(30), Database(database_url)
    row = {**row_of(house.database, house.job(1, journal="b" * 64))._mapping, "id": f"job_{0:024x}", "journal": NAME}
    looking = threading.Thread(target=house.retention._remove_journals)
    with other.write(alone=True) as connection:
        looking.start()
        until(lambda: _locked(journal), "it is held")
        connection.execute(jobs.insert().values({**row, "status": "queued", "ended_at": None}))
    looking.join()
    other.close()
    assert journal.exists()


def _locked(journal: Path) -> bool:
    try:
        with FileLock(str(journal / "lock")).acquire(timeout=0):
            return False
    except Timeout:
        return True


def test_what_killed_runs_left_goes_once_the_key_runs_nothing(house: House):
    cache = house.cache()
    left = [cache / "tmpleft", cache / FOLDER / "tmpleft", cache / "hf_synth" / "default-0"]
    for folder in left:
        folder.mkdir(parents=True)
        (folder / "rows.jsonl").write_text("{}\n")
        aged(folder, 30)
    fresh = cache / "hf_synth" / "default-1"
    fresh.mkdir()
    waiting = house.job(None, journal="b" * 64)
    assert claimed(house.database) == [waiting]
    house.retention.look()
    assert all(folder.exists() for folder in left)
    end(house.database, "worker", waiting)
    house.retention.look()
    assert not any(folder.exists() for folder in left)
    assert fresh.exists()


def test_what_a_revoked_key_left_goes_like_all_else(house: House):
    journal, job_id = house.journal(8), house.job(8)
    revoke_key(house.database, house.key.name)
    house.retention.look()
    assert not journal.exists()
    assert row_of(house.database, job_id).deleted_at is not None
    assert house.store.names("jobs") == []


# -- a worker --------------------------------------------------------------------------------------------------------


def test_a_worker_forgets_now_and_then_and_jobs_go_on(tmp_path: Path):
    """Jobs of one recipe, sent again and again, while all that ended half a second ago is forgotten."""
    settings = settings_of(tmp_path, keep_days=0.5 / DAY)
    with site(settings) as one:
        client, ending = one.client(), threading.Event()
        retention = Retention(settings, one.database, Store(settings.store_url), every=0.01)
        thread = threading.Thread(target=retention.run, args=(ending,))
        thread.start()
        try:
            ids = []
            for _ in range(12):
                job_id = generate(client)["job_id"]
                ids.append(job_id)
                until(lambda job_id=job_id: row_of(one.database, job_id).ended_at, "its end")
                assert row_of(one.database, job_id).status == "completed"
            until(lambda: all(row_of(one.database, job_id).deleted_at for job_id in ids), "all are forgotten")
            assert client.get(f"{PREFIX}/jobs").json()["jobs"] == []
            journals = settings.data / "keys"
            until(lambda: not list(journals.rglob("*.jsonl")), "the journal is gone")
            last = generate(client)["job_id"]
            until(lambda: row_of(one.database, last).status == "completed", "another one")
        finally:
            ending.set()
            thread.join()


def test_a_server_is_told_how_long_to_keep(tmp_path: Path):
    settings = settings_of(tmp_path)
    with Process(settings) as server:
        client = server.site.client()
        job_id = ended(client, generate(client)["job_id"])["job_id"]
        assert server.end(signal.SIGTERM) == 0
        assert list(settings.data.rglob("*.jsonl"))
        with server.site.database.write() as connection:
            connection.execute(jobs.update().values(ended_at=jobs.c.ended_at - 86_400))
    yesterday = time.time() - 86_400
    for path in settings.data.rglob("*"):
        os.utime(path, (yesterday, yesterday))
    with Process(settings, "--keep", "0.5") as server:
        until(lambda: row_of(server.site.database, job_id).deleted_at, "it is forgotten")
        until(lambda: not list(settings.data.rglob("*.jsonl")), "so are its texts")
        until(lambda: "1 jobs are forgotten" in server.log.read_text(), "the log tells of it")


def test_a_look_that_fails_is_not_the_last(tmp_path: Path, database: Database, caplog: pytest.LogCaptureFixture):
    house = House(database, settings_of(tmp_path, keep_days=7))
    old, ending = house.job(8), threading.Event()
    place = Path(house.settings.store_url)
    place.rename(tmp_path / "away")
    place.write_text("in the way")
    retention = Retention(house.settings, database, house.store, every=0.05)
    thread = threading.Thread(target=retention.run, args=(ending,))
    try:
        with caplog.at_level(logging.WARNING, "hf_synth.server"):
            thread.start()
            until(lambda: f"{old} is not forgotten yet" in caplog.text, "it is told of")
        place.unlink()
        (tmp_path / "away").rename(place)
        until(lambda: row_of(database, old).deleted_at, "it is forgotten")
    finally:
        ending.set()
        thread.join()
