from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from generating import load, recipe, recorded
from hf_synth.config import GenerationConfig
from hf_synth.engine.journal import Journal
from hf_synth.errors import JournalError, RecordsNotFound
from hf_synth.executors import journals
from hf_synth.executors.local import Local
from hf_synth.registry import resolve
from servers.model import Model
from servers.openai_server import FakeOpenAI


def made(cache: Path, rows: int = 5, **fields: Any) -> Local:
    """A journal with rows of the offline provider."""
    given = {"schema": "instruction_v1", "domain": "gardens", "count": 9, "models": {"generator": "offline"}, **fields}
    here = Local(resolve(GenerationConfig(**given), {}), cache)
    here.fill({"train": rows})
    return here


def answers(folder: Path) -> dict[str, str]:
    return {r["name"]: r["text"] for _, r in Journal(folder).scan() if r["type"] == "answer"}


def test_journals_are_summed_up_by_name(tmp_path):
    one, other = made(tmp_path), made(tmp_path, schema="eval_v1", domain="parks")
    (tmp_path / ".hf_synth" / "something else").mkdir()
    found = journals.summaries(journals.root(tmp_path))
    assert [summary.name for summary in found] == sorted([one.folder.name, other.folder.name])
    first = next(summary for summary in found if summary.name == one.folder.name)
    assert (first.schema, first.domain, first.usd) == ("instruction_v1", "gardens", 0.0)
    assert first.answers == len(answers(one.folder))
    assert first.size > 1000


def test_a_cache_without_journals_has_none(tmp_path):
    assert journals.summaries(journals.root(tmp_path)) == []
    assert journals.root(Path("~/x")) == Path.home() / "x" / ".hf_synth"


def test_an_unknown_cost_is_none(tmp_path):
    with FakeOpenAI(model=Model()) as server:
        load(recipe(server, count=2), tmp_path)
    assert [summary.usd for summary in journals.summaries(journals.root(tmp_path))] == [None]


def test_a_journal_is_found_by_its_first_digits(tmp_path):
    here = made(tmp_path)
    where = journals.root(tmp_path)
    assert journals.find(where, here.folder.name[:5]) == here.folder
    for name in ("zz", ""):
        with pytest.raises(RecordsNotFound, match="no journal starts with"):
            journals.find(where, name)


def test_digits_that_fit_several_journals_are_refused(tmp_path):
    where = journals.root(tmp_path)
    for name in ("ab" * 32, "ab" + "cd" * 31):
        (where / name).mkdir(parents=True)
    with pytest.raises(RecordsNotFound, match="several journals start with 'ab'"):
        journals.find(where, "ab")
    assert journals.find(where, "abc").name == "ab" + "cd" * 31


def test_removing_deletes_the_folder(tmp_path):
    here = made(tmp_path)
    journals.remove(here.folder)
    assert not here.folder.exists()


def test_a_journal_in_use_is_not_removed_and_takes_no_import(tmp_path):
    here = made(tmp_path)
    journals.export(here.folder, tmp_path / "j.tar.gz")
    writer = Journal(here.folder)
    assert writer.acquire({})
    try:
        with pytest.raises(JournalError, match="A process works on journal"):
            journals.remove(here.folder)
        with pytest.raises(JournalError, match="A process works on journal"):
            journals.import_(tmp_path / "j.tar.gz", journals.root(tmp_path))
    finally:
        writer.close()
    assert len(answers(here.folder)) > 5


def test_an_import_adds_the_answers_that_are_not_on_record(tmp_path):
    here, there = made(tmp_path / "a"), made(tmp_path / "b", rows=2)
    before = answers(there.folder)
    journals.export(here.folder, tmp_path / "j.tar.gz")
    name, added = journals.import_(tmp_path / "j.tar.gz", journals.root(tmp_path / "b"))
    assert name == here.folder.name == there.folder.name
    assert answers(there.folder) == {**answers(here.folder), **before}
    assert added == len(answers(here.folder)) - len(before)
    assert journals.import_(tmp_path / "j.tar.gz", journals.root(tmp_path / "b")) == (name, 0)


def test_an_import_into_another_cache_gives_the_same_rows_without_a_call(tmp_path):
    with FakeOpenAI(model=Model(flaws=0.1)) as server:
        config = recipe(server, "preference_v1", count=8)
        rows = load(config, tmp_path / "a")
        paid = len(server.requests)
        (one,) = journals.summaries(journals.root(tmp_path / "a"))
        journals.export(journals.root(tmp_path / "a") / one.name, tmp_path / "j.tar.gz")
        journals.import_(tmp_path / "j.tar.gz", journals.root(tmp_path / "b"))
        assert load(config, tmp_path / "b") == rows
        assert len(server.requests) == paid
    assert len(recorded(config, tmp_path / "b")) == one.answers


@pytest.mark.parametrize("text", ["one\u2028two", "a\x85b", "\ud83d alone", "x\r\ny\x0b\x1c", "ends in }"])
def test_texts_with_strange_line_ends_and_halves_of_characters_come_through(tmp_path, text):
    here = made(tmp_path)
    writer = Journal(here.folder)
    assert writer.acquire({})
    record = next(r for _, r in Journal(here.folder).scan() if r["type"] == "answer")
    writer.append({**record, "name": "strange", "text": text})
    writer.close()
    journals.export(here.folder, tmp_path / "j.tar.gz")
    journals.import_(tmp_path / "j.tar.gz", journals.root(tmp_path / "b"))
    assert answers(journals.root(tmp_path / "b") / here.folder.name)["strange"] == text


def packed(file: Path, **members: bytes) -> Path:
    with tarfile.open(file, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file


NAME = "ab" * 32
ANSWER = {
    "type": "answer",
    "name": "n",
    "role": "generator",
    "text": "t",
    "stop": "stop",
    "model": "m",
    "usage": [1, 1, 0, 0, 0, 0],
    "usd": 0.0,
    "at": 0.0,
}


def test_a_torn_last_line_is_left_out(tmp_path):
    lines = json.dumps(ANSWER).encode() + b"\n" + json.dumps({**ANSWER, "name": "torn"}).encode()[:-4] + b"{}"
    file = packed(tmp_path / "x.tar.gz", **{f"{NAME}/identity.json": b"{}", f"{NAME}/00001.jsonl": lines})
    assert journals.import_(file, journals.root(tmp_path)) == (NAME, 1)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"readme.txt": b"hello"}, "is not an export"),
        ({f"{NAME}/identity.json": b"{}", "cd" * 32 + "/identity.json": b"{}"}, "is not an export"),
        ({f"{NAME}/00001.jsonl": b""}, "cannot be read as an export"),
        ({f"{NAME}/identity.json": b"no json"}, "cannot be read as an export"),
        ({f"{NAME}/identity.json": b'{"format": 99}'}, "written by a newer hf-synth. Upgrade hf-synth."),
        ({f"{NAME}/identity.json": b"{}", f"{NAME}/1.jsonl": b"no json\n"}, "cannot be read as an export"),
        ({"../" + NAME: b""}, "is not an export"),
    ],
)
def test_a_file_that_is_no_export_is_an_error_and_writes_nothing(tmp_path, members, told):
    with pytest.raises(JournalError, match=told):
        journals.import_(packed(tmp_path / "x.tar.gz", **members), journals.root(tmp_path / "b"))
    assert not (tmp_path / "b").exists()


def test_a_file_that_is_no_archive_or_not_there_is_an_error(tmp_path):
    (tmp_path / "x.tar.gz").write_bytes(b"hello")
    for name in ("x.tar.gz", "absent.tar.gz"):
        with pytest.raises(JournalError, match="cannot be read as an export"):
            journals.import_(tmp_path / name, journals.root(tmp_path / "b"))


def test_an_export_holds_the_newest_generation_alone(tmp_path):
    here = made(tmp_path)
    here.fill({"train": 1}, fresh=True)
    fresh = answers(here.folder)
    journals.export(here.folder, tmp_path / "j.tar.gz")
    journals.import_(tmp_path / "j.tar.gz", journals.root(tmp_path / "b"))
    assert answers(journals.root(tmp_path / "b") / here.folder.name) == fresh
    assert len(list(here.folder.glob("000*"))) == 2


def test_an_export_that_was_cut_off_is_refused_in_one_sentence(tmp_path):
    whole = tmp_path / "whole.tar.gz"
    with tarfile.open(whole, "w:gz") as archive:
        archive.add(__file__, f"{'a' * 64}/identity.json")
    for length in (1, 40, whole.stat().st_size - 10):
        torn = tmp_path / f"{length}.tar.gz"
        torn.write_bytes(whole.read_bytes()[:length])
        with pytest.raises(JournalError, match=r"cannot be read as an export|is not an export"):
            journals.import_(torn, tmp_path / "journals")
