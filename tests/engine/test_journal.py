from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.making import journal_records
from hf_synth.engine.journal import Journal
from hf_synth.errors import JournalError

texts = st.text(max_size=60)


def write(folder: Path, values: list[str], **options: bool) -> list[int]:
    journal = Journal(folder)
    assert journal.acquire({"about": "tests"}, **options)
    places = [journal.append({"type": "answer", "text": value}) for value in values]
    journal.close()
    return places


def texts_of(folder: Path) -> list[str]:
    return [record["text"] for record in journal_records(folder) if record["type"] == "answer"]


@given(st.lists(texts, min_size=1, max_size=8), st.data())
@settings(max_examples=80)
def test_a_torn_end_is_healed_and_every_whole_record_before_it_is_kept(
    tmp_path_factory: pytest.TempPathFactory, values: list[str], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    write(folder, values)
    segment = folder / "0001" / "00001.jsonl"
    whole = segment.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    segment.write_bytes(whole[:cut] + data.draw(st.sampled_from([b"", b"\0\0\0", b'{"type":"ans'])))

    write(folder, ["after"])

    kept = whole[:cut].count(b"\n")
    assert texts_of(folder) == [*values[: max(0, kept - 1)], "after"]


@given(st.lists(texts, min_size=1, max_size=8))
@settings(max_examples=40)
def test_records_are_read_back_by_their_places(tmp_path_factory: pytest.TempPathFactory, values: list[str]) -> None:
    folder = tmp_path_factory.mktemp("journal")
    places = write(folder, values) + write(folder, values[::-1])
    journal = Journal(folder)

    assert [journal.read(place)["text"] for place in places] == values + values[::-1]
    journal.close()


def test_half_a_surrogate_pair_survives(tmp_path: Path) -> None:
    write(tmp_path, ["a \ud83d b"])

    assert texts_of(tmp_path) == ["a \ud83d b"]


def test_a_held_record_is_written_with_the_next_one_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.acquire({})
    journal.append({"type": "answer", "text": "one"})
    held = journal.append({"type": "answer", "text": "two"}, hold=True)
    assert texts_of(tmp_path) == ["one"]
    journal.append({"type": "answer", "text": "three"})

    assert texts_of(tmp_path) == ["one", "two", "three"]
    assert journal.read(held)["text"] == "two"
    journal.close()


def test_a_held_record_can_be_read_at_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.acquire({})
    held = journal.append({"type": "answer", "text": "two"}, hold=True)

    assert journal.read(held)["text"] == "two"
    journal.close()


def test_only_one_writes_and_another_may_when_it_has_closed(tmp_path: Path) -> None:
    first, second = Journal(tmp_path), Journal(tmp_path)
    assert first.acquire({})
    assert not second.acquire({})
    first.close()
    assert second.acquire({})
    second.close()


def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from hf_synth.engine.journal import Journal\n"
        "j = Journal(Path(sys.argv[1])); assert j.acquire({})\n"
        "j.append({'type': 'answer', 'text': 'written before the kill'}); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert killed.returncode == -9

    write(tmp_path, ["after"])
    assert texts_of(tmp_path) == ["written before the kill", "after"]


def test_a_scan_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    writer, reader = Journal(tmp_path), Journal(tmp_path)
    writer.acquire({})
    writer.append({"type": "answer", "text": "one"})
    assert [r["text"] for _, r in reader.scan() if r["type"] == "answer"] == ["one"]
    writer.append({"type": "answer", "text": "two"})
    assert [r["text"] for _, r in reader.scan() if r["type"] == "answer"] == ["two"]
    writer.close()


def test_a_new_generation_starts_empty_and_keeps_the_old_one(tmp_path: Path) -> None:
    write(tmp_path, ["old"])
    write(tmp_path, ["new"], fresh=True)

    assert texts_of(tmp_path) == ["new"]
    assert b"old" in (tmp_path / "0001" / "00001.jsonl").read_bytes()


def test_nobody_else_may_read_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    write(folder, ["secret"])

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "0001" / "00001.jsonl").stat().st_mode) == 0o600


def test_a_damaged_record_in_the_middle_is_an_error_that_names_the_place(tmp_path: Path) -> None:
    write(tmp_path, ["one", "two"])
    segment = tmp_path / "0001" / "00001.jsonl"
    segment.write_bytes(segment.read_bytes().replace(b'"one"}', b'"one"'))

    with pytest.raises(JournalError, match=r"0001/00001\.jsonl, byte \d+, is damaged"):
        journal_records(tmp_path)


def test_a_journal_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    write(tmp_path, ["one"])
    segment = tmp_path / "0001" / "00001.jsonl"
    segment.write_bytes(segment.read_bytes().replace(b'"format":1', b'"format":2'))

    with pytest.raises(JournalError, match=r"has format 2.*Upgrade"):
        journal_records(tmp_path)


def test_a_full_disk_stops_cleanly_and_loses_nothing() -> None:
    code = """
import resource, signal, sys, tempfile
from pathlib import Path
from hf_synth.engine.journal import Journal
from hf_synth.errors import JournalError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder = Path(tempfile.mkdtemp())
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
journal = Journal(folder); journal.acquire({})
written = 0
try:
    for _ in range(100):
        journal.append({"type": "answer", "text": "x" * 300}); written += 1
except JournalError as error:
    print(error)
records = [r for _, r in Journal(folder).scan() if r["type"] == "answer"]
assert len(records) == written > 5, (len(records), written)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "cannot be used" in done.stdout
