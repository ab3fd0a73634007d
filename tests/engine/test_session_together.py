"""Sessions of one process: they share a thread and its loop, and nothing that one of them does holds up another."""

from __future__ import annotations

import asyncio
import random
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.making import Oracle, config_of, journal_records, make_rows, parts
from generating import until
from hf_synth.engine import loop
from hf_synth.engine.journal import Journal
from hf_synth.engine.records import Record
from hf_synth.engine.rows import Rows
from hf_synth.engine.session import Session
from hf_synth.errors import JournalError


def folder() -> Path:
    return Path(tempfile.mkdtemp())


def opened(oracle: Oracle, kind: type[Journal] = Journal, **options: Any) -> Session:
    """A session that is not started."""
    journal = kind(folder())
    assert journal.acquire({})
    return Session(journal, parts(oracle, **options), Rows("s", ["train"]), grace=20.0)


def tasks() -> int:
    """How many tasks live in the engine's loop."""
    assert loop._engine is not None
    return asyncio.run_coroutine_threadsafe(_tasks(), loop._engine.loop).result(10)


async def _tasks() -> int:
    return len(asyncio.all_tasks()) - 1  # this one


def endless(session: Session) -> Any:
    """Let a session work; its run."""
    run = session.run(config_of(), "s")
    session.want(run, {"train": 10**6}, 10**7)
    return run


def waiting() -> Oracle:
    """A provider that never answers."""
    return Oracle(gate=asyncio.Event())


class Held(Journal):
    """A journal that takes long to read."""

    gate = threading.Event()

    def scan(self) -> Iterator[tuple[int, Record]]:
        yield from super().scan()
        assert self.gate.wait(30)


def test_one_that_reads_a_long_journal_holds_up_no_other() -> None:
    slow = opened(Oracle(), Held)
    starting = threading.Thread(target=slow.start)
    starting.start()
    try:
        assert len(make_rows(folder(), config_of(), Oracle(), {"train": 40})["train"]) == 40
        assert starting.is_alive()
    finally:
        Held.gate.set()
        starting.join()
        slow.close()


def test_many_at_once_each_make_the_rows_they_would_make_alone() -> None:
    alone = make_rows(folder(), config_of(), Oracle(), {"train": 60})
    made: list[Any] = []

    def work(seed: int) -> None:
        stormy = Oracle(weather=random.Random(seed))
        made.append(make_rows(folder(), config_of(), stormy, {"train": 60}))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [alone] * 8


def test_one_that_ends_leaves_no_task_behind_and_the_others_working() -> None:
    staying, leaving = opened(Oracle()), opened(waiting())
    staying.start()
    before = tasks()
    leaving.start()
    endless(leaving)
    until(lambda: tasks() > before + 1, "calls are made")
    leaving.hurry()
    leaving.close()
    assert tasks() == before
    run = endless(staying)
    until(lambda: len(run.rows.places["train"]) > 100, "rows")
    staying.close()
    assert loop._engine is None


def test_one_that_cannot_start_disturbs_no_other() -> None:
    staying, broken = opened(Oracle()), opened(Oracle())
    staying.start()
    before = tasks()
    path = next(broken.journal.folder.glob("0001/*.jsonl"))
    path.write_bytes(path.read_bytes() + b"no json\n{}\n")
    with pytest.raises(JournalError, match="damaged"):
        broken.start()
    assert tasks() == before
    staying.close()


def test_what_was_made_is_on_record_when_it_has_closed() -> None:
    session = opened(Oracle())
    session.start()
    run = endless(session)
    until(lambda: len(run.rows.places["train"]) > 50, "rows")
    session.close()
    records = journal_records(session.journal.folder)

    assert records[-1]["type"] == "end"
    assert sum(record["type"] == "row" for record in records) == len(run.rows.places["train"])
    assert not session.journal.acquire({}) or session.journal.release() is None
