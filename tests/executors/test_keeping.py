"""Journals that outlive their disk. A disk that is lost is a folder that is deleted."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from generating import Child, load, local, recipe, recorded, times_paid, until
from hf_synth.errors import JournalError
from hf_synth.executors.keeping import copied, kept
from servers.model import Model
from servers.openai_server import FakeOpenAI

OFTEN = 0.05


@pytest.fixture
def server():
    with FakeOpenAI(model=Model()) as running:
        yield running


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def load_kept(config: dict[str, Any], cache: Path, place: str, every: float = OFTEN) -> Any:
    with kept(place, local(config, cache).folder, every):
        return load(config, cache)


def copies(place: Path) -> list[Path]:
    return sorted(place.glob("*.tar.gz"))


def held(place: Path, config: dict[str, Any], scratch: Path) -> int:
    """Answers in the newest copy; 0 while it is being replaced."""
    from hf_synth.executors.journals import import_

    shutil.rmtree(scratch, ignore_errors=True)
    try:
        import_(copies(place)[-1], scratch / ".hf_synth")
    except (JournalError, IndexError, EOFError):
        return 0
    return len(recorded(config, scratch))


@pytest.mark.parametrize("schema", ["instruction_v1", "preference_v1"])
def test_a_disk_that_is_lost_again_and_again_costs_nothing_that_was_copied(server, tmp_path, place, schema):
    config = recipe(server, schema, 20, run={"concurrency": 4})
    for number, answers in enumerate((0, 7, 6)):
        disk = tmp_path / f"disk-{number}"
        server.allowed = len(server.requests) + answers
        with Child(tmp_path, load_kept, config, disk, str(place)) as child:
            until(lambda: len(server.requests) > server.allowed and server.in_flight == server.held, "calls in flight")
            until(lambda: held(place, config, tmp_path / "scratch") == len(server.answered), "a copy of all answers")
            child.kill()
        shutil.rmtree(disk)
    server.allowed = float("inf")
    rows = load_kept(config, tmp_path / "last", str(place))
    assert set(times_paid(server).values()) == {1}
    assert rows == load(recipe(server, schema, 20), tmp_path / "calm")
    assert len(copies(place)) == 1


def load_for_long(config: dict[str, Any], cache: Path, place: str) -> Any:
    return load_kept(config, cache, place, 1000)


def test_at_sigterm_what_there_is_goes_at_once_and_what_is_in_flight_when_it_has_come(server, tmp_path, place):
    config = recipe(server, count=20, run={"concurrency": 4})
    server.allowed = 9
    with Child(tmp_path, load_for_long, config, tmp_path / "disk", str(place)) as child:
        until(lambda: server.held == 4 and len(recorded(config, tmp_path / "disk")) == 9, "calls in flight")
        assert not copies(place)
        os.kill(child._process.pid or 0, signal.SIGTERM)
        until(lambda: held(place, config, tmp_path / "scratch") == 9, "a copy at once")
        server.allowed = float("inf")
        assert child.error().startswith("KeyboardInterrupt")
    assert held(place, config, tmp_path / "scratch") == len(server.answered) == 13


def test_a_copy_that_is_not_whole_is_passed_over_for_the_one_before(server, tmp_path, place, caplog):
    config = recipe(server, count=10)
    load_kept(config, tmp_path / "one", str(place))
    paid, (whole,) = len(server.requests), copies(place)
    torn = whole.with_name(whole.name.replace("-1", "-9", 1))
    torn.write_bytes(whole.read_bytes()[:-2000])
    load_kept(config, tmp_path / "two", str(place))
    assert len(server.requests) == paid
    assert f"{torn.name} is not whole" in caplog.text
    assert torn.exists()  # what cannot be read is not ours to delete


def test_answers_of_two_machines_come_together(server, tmp_path, place):
    config = recipe(server, count=10)
    load_kept(config, tmp_path / "one", str(place))
    load(config | {"count": 20}, tmp_path / "one")  # further ones, which are not kept
    load_kept(config | {"count": 20}, tmp_path / "two", str(place))
    load_kept(config | {"count": 30}, tmp_path / "two", str(place))
    paid = len(server.requests)
    load_kept(config | {"count": 30}, tmp_path / "one", str(place))
    assert len(server.requests) == paid
    assert len(copies(place)) == 1


def test_batches_that_are_out_are_found_by_another_machine(server, tmp_path, place):
    config = recipe(server, count=10, run={"mode": "batch", "poll_seconds": 0.02})
    server.batches.held = True
    with Child(tmp_path, load_kept, config, tmp_path / "disk", str(place)) as child:
        until(lambda: recorded(config, tmp_path / "disk", "batch_id"), "a batch out")
        size = sum(file.stat().st_size for file in (tmp_path / "disk").rglob("*.jsonl"))
        until(lambda: arrived(place, size, tmp_path / "scratch"), "a copy of that")
        child.kill()
    shutil.rmtree(tmp_path / "disk")
    server.batches.held = False
    load_kept(config, tmp_path / "other", str(place))
    assert set(times_paid(server).values()) == {1}


def arrived(place: Path, size: int, scratch: Path) -> bool:
    """Whether the newest copy holds so many bytes of records."""
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        shutil.unpack_archive(copies(place)[-1], scratch, "gztar")
    except (OSError, IndexError, EOFError, shutil.ReadError):
        return False
    return sum(file.stat().st_size for file in scratch.rglob("*.jsonl")) >= size


def test_a_place_that_cannot_be_written_is_told_before_anything_is_paid_for(server, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="Answers cannot be kept there"):
        load_kept(recipe(server), tmp_path / "disk", str(tmp_path / "file" / "kept"))
    with pytest.raises(JournalError, match="nowhere"):
        load_kept(recipe(server), tmp_path / "disk", "nowhere://kept")
    assert not server.requests


def test_what_has_not_grown_is_not_copied_and_journals_of_others_are_let_alone(server, tmp_path, place):
    config, other = recipe(server, count=5), recipe(server, count=5, seed=1)
    load_kept(config, tmp_path / "disk", str(place))
    load_kept(other, tmp_path / "disk", str(place))
    before = copies(place)
    assert len(before) == 2
    with kept(str(place), tmp_path / "none" / "0", OFTEN):
        pass
    assert copies(place) == before


def test_without_a_place_sigterm_alone_is_another(tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), kept(None, tmp_path / "none"):
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before
    assert not [*tmp_path.iterdir()]


def test_a_repo_of_the_hub_is_a_place(hub, server, tmp_path):
    hub.put("user/kept", {"README.md": b"Kept answers"}, private=True)
    config = recipe(server, count=10)
    load_kept(config, tmp_path / "one", "hf://datasets/user/kept/journals", 1000)
    paid = len(server.requests)
    load_kept(config, tmp_path / "two", "hf://datasets/user/kept/journals", 1000)
    assert len(server.requests) == paid
    assert len([path for path in hub.files("user/kept") if path.endswith(".tar.gz")]) == 1


def test_in_threads_that_are_not_the_main_one_journals_are_copied_and_no_signal_is_touched(server, tmp_path, place):
    before, seen = signal.getsignal(signal.SIGTERM), []

    def job(config: dict[str, Any], disk: Path) -> None:
        with copied(str(place), local(config, disk).folder, 1000):
            seen.append(signal.getsignal(signal.SIGTERM))
            local(config, disk).fill({"train": 10})

    configs, paid = [recipe(server, count=10, seed=seed) for seed in (1, 2)], list[int]()
    for disk in (tmp_path / "one", tmp_path / "two"):  # of which the second finds all that the first was answered
        threads = [threading.Thread(target=job, args=(config, disk)) for config in configs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        paid.append(len(server.requests))
    assert seen == [before] * 4
    assert len(copies(place)) == 2
    assert paid[0] == paid[1] > 10


def test_a_copy_is_taken_at_once_where_one_is_wanted(server, tmp_path, place):
    config, wake = recipe(server, count=10), threading.Event()
    with copied(str(place), local(config, tmp_path / "disk").folder, 1000, wake):
        load(config, tmp_path / "disk")
        assert not copies(place)
        wake.set()
        until(lambda: copies(place), "a copy")
