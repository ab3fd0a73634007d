from __future__ import annotations

import io
import sys

from cli.commands import OFFLINE, written
from servers.model import Model
from servers.openai_server import FakeOpenAI


def names(hf, *flags) -> list[str]:
    return [journal["name"] for journal in hf.json("journal", "list", *flags)["journals"]]


def test_list_shows_the_journals_of_the_cache(hf):
    assert hf("journal", "list") == 0
    assert (hf.out, hf.err) == ("", "No journals.\n")
    hf("generate", *OFFLINE)
    (journal,) = hf.json("journal", "list")["journals"]
    assert set(journal) == {"name", "schema", "domain", "answers", "usd", "size", "changed"}
    assert (journal["schema"], journal["domain"], journal["usd"]) == ("instruction_v1", "gardens", 0.0)
    assert hf("journal", "list") == 0
    assert hf.out.startswith(
        f"{journal['name'][:12]}  instruction_v1  gardens  {journal['answers']} answers  $0.0000  "
    )


def test_list_looks_into_the_cache_it_is_given(hf, tmp_path):
    hf("generate", *OFFLINE, "--cache-dir", tmp_path / "other")
    assert names(hf) == []
    assert len(names(hf, "--cache-dir", tmp_path / "other")) == 1


def test_an_unknown_cost_is_told_as_unknown(hf, tmp_path):
    with FakeOpenAI(model=Model()) as server:
        hf("preview", written(tmp_path, server), "-n", "1")
    assert hf.json("journal", "list")["journals"][0]["usd"] is None
    hf("journal", "list")
    assert "cost unknown" in hf.out


def test_remove_takes_the_first_digits_and_deletes(hf):
    hf("generate", *OFFLINE)
    (name,) = names(hf)
    assert hf("journal", "remove", name[:8], "--yes") == 0
    assert hf.err == f"Removed {name[:12]}.\n"
    assert names(hf) == []
    assert hf("journal", "remove", name, "--yes") == 1


def test_remove_asks_first(hf, monkeypatch):
    hf("generate", *OFFLINE)
    (name,) = names(hf)
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert hf("journal", "remove", name) == 1
    assert "What was paid for cannot be had back" in hf.err
    assert f"Journal {name[:12]} is kept." in hf.err
    assert names(hf) == [name]
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert hf("journal", "remove", name) == 0
    assert names(hf) == []


def test_what_was_removed_is_paid_again(hf, tmp_path):
    with FakeOpenAI(model=Model()) as server:
        path = written(tmp_path, server)
        hf("preview", path)
        paid = len(server.requests)
        hf("journal", "remove", names(hf)[0], "--yes")
        hf("preview", path)
        assert len(server.requests) == 2 * paid


def test_an_export_imported_into_another_cache_gives_the_same_rows_without_a_call(hf, tmp_path):
    with FakeOpenAI(model=Model(flaws=0.1)) as server:
        path, file = written(tmp_path, server, "eval_v1", count=15), tmp_path / "journal.tar.gz"
        hf("generate", path, "--out", tmp_path / "here.jsonl")
        paid = len(server.requests)
        assert hf("journal", "export", names(hf)[0][:10], file) == 0
        assert hf.out == f"{file}\n"
        assert hf("journal", "import", file, "--cache-dir", tmp_path / "there") == 0
        assert f"{paid} answers added." in hf.err
        assert hf("generate", path, "--cache-dir", tmp_path / "there", "--out", tmp_path / "there.jsonl") == 0
        assert len(server.requests) == paid
        assert (tmp_path / "there.jsonl").read_bytes() == (tmp_path / "here.jsonl").read_bytes()
        assert hf("journal", "import", file, "--cache-dir", tmp_path / "there") == 0
        assert " 0 answers added." in hf.err


def test_a_file_that_is_no_export_is_an_error(hf, tmp_path):
    (tmp_path / "x.tar.gz").write_bytes(b"hello")
    assert hf("journal", "import", tmp_path / "x.tar.gz") == 1
    assert "cannot be read as an export of a journal" in hf.err


def test_an_export_to_a_place_that_is_not_there_is_an_error(hf, tmp_path):
    hf("generate", *OFFLINE)
    assert hf("journal", "export", names(hf)[0], tmp_path / "absent" / "j.tar.gz") == 1
    assert "No such file" in hf.err
