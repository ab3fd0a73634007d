"""How readers get at rows: one engine for all of a process, another process's records otherwise."""

from __future__ import annotations

import multiprocessing
import threading

import pytest

from generating import local, recipe, until
from hf_synth.engine.journal import Journal
from hf_synth.errors import AuthenticationFailed, JournalError, QuotaExhausted
from hf_synth.executors import hold
from hf_synth.executors.hold import Hold
from servers.base import Answer
from servers.model import Model
from servers.openai_server import FakeOpenAI, error


@pytest.fixture
def server():
    with FakeOpenAI() as running:
        yield running


def held(made, **options):
    return Hold(made.resolved, made.folder, **options)


def rows_from(one: Hold, number: int):
    """Ask until so many rows are there."""
    got = one.get({"train": number}, {"train": number})
    until(lambda: len(one.get({"train": number}, {"train": number}).places["train"]) >= number, "rows")
    return [one.read(place)["row"] for place in got.places["train"][:number]]


def test_readers_of_one_journal_share_an_engine_until_the_last_one_leaves(server, tmp_path):
    made = local(recipe(server), tmp_path)
    with held(made) as one:
        rows = rows_from(one, 3)
        with held(made) as other:
            assert rows_from(other, 3) == rows
            assert len(hold._sessions) == 1
            assert one.tally is other.tally
        assert hold._sessions
    assert not hold._sessions
    journal = Journal(made.folder)
    assert journal.acquire({})
    journal.close()


def test_readers_of_two_journals_have_an_engine_each(server, tmp_path):
    with held(local(recipe(server), tmp_path)) as one, held(local(recipe(server, seed=1), tmp_path)) as other:
        assert rows_from(one, 2) != rows_from(other, 2)
        assert len(hold._sessions) == 2
    assert not hold._sessions


def test_nothing_is_opened_before_rows_are_asked_for(server, tmp_path):
    with held(local(recipe(server), tmp_path)) as one:
        assert (one.tally.calls, one.spent, one.waiting) == (0, 0.0, False)
    assert not server.requests
    assert not [*tmp_path.iterdir()]


def test_where_another_holds_the_lock_its_records_are_followed_until_it_is_gone(server, tmp_path):
    made = local(recipe(server), tmp_path)
    other = Journal(made.folder)
    assert other.acquire({})
    with held(made) as one:
        assert not one.get({"train": 1}, {"train": 1}).accepted
        assert one.waiting
        assert not server.requests
        other.close()
        assert len(rows_from(one, 2)) == 2
        assert not one.waiting


def test_a_new_journal_is_refused_while_the_old_one_is_read_in_this_process(server, tmp_path):
    made = local(recipe(server), tmp_path)
    with held(made) as reading:
        rows_from(reading, 1)
        with held(made, fresh=True) as renewing, pytest.raises(JournalError, match="close the iterators"):
            renewing.get({"train": 1}, {"train": 1})
    with held(made, fresh=True) as renewing:
        rows_from(renewing, 1)
    assert sorted(path.name for path in made.folder.glob("0*")) == ["0001", "0002"]


def test_an_error_reaches_every_reader_with_the_rows_it_leaves_and_is_over_with_the_next(tmp_path):
    answer: list[Answer | None] = [error(429, "no credit", "insufficient_quota")]
    model = Model(rule=lambda number, asked: answer[0] if number > 9 else None)
    with FakeOpenAI(model=model) as server:
        made = local(recipe(server, run={"concurrency": 2}), tmp_path)
        told = []
        with held(made) as one, held(made) as other:
            for reader in (one, other):
                with pytest.raises(QuotaExhausted, match=r"\d rows are made and kept") as raised:
                    rows_from(reader, 20)
                told.append(str(raised.value))
            assert told[0] == told[1]
            assert told[0].count("rows are made") == 1
            answer[0] = None
            with held(made) as third:
                assert len(rows_from(third, 20)) == 20


def test_a_missing_key_leaves_no_lock_and_no_engine(server, tmp_path):
    made = local(recipe(server, generator={"api_key_env": "NOT_SET"}), tmp_path)
    with held(made) as one, pytest.raises(AuthenticationFailed):
        one.get({"train": 1}, {"train": 1})
    assert not hold._sessions
    assert not made.folder.exists()


def test_a_damaged_journal_leaves_no_lock_and_no_engine(server, tmp_path):
    made = local(recipe(server), tmp_path)
    with held(made) as one:
        rows_from(one, 1)
    segment = next(made.folder.glob("0001/*.jsonl"))
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(b"".join([lines[0], b"no json\n", *lines[1:]]))
    with held(made) as one, pytest.raises(JournalError, match="is damaged"):
        one.get({"train": 1}, {"train": 1})
    assert not hold._sessions
    journal = Journal(made.folder)
    assert journal.acquire({})
    journal.close()


def test_readers_in_many_threads_share_an_engine(server, tmp_path):
    made, got = local(recipe(server), tmp_path), []

    def read():
        with held(made) as one:
            got.append(rows_from(one, 5))

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [got[0]] * 6
    assert not hold._sessions


def _sessions_seen(pipe):
    pipe.send(len(hold._sessions))


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_does_not_take_the_engine_of_its_parent_for_its_own(server, tmp_path):
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe()
    with held(local(recipe(server), tmp_path)) as one:
        rows_from(one, 1)
        child = fork.Process(target=_sessions_seen, args=(there,))
        child.start()
        assert here.poll(30)
        assert here.recv() == 0
        child.join(30)
    child.close()
    here.close()
    there.close()
