from __future__ import annotations

import pytest

from cli.commands import Screen, written
from generating import Child, leave_batch, load, recorded, until
from hf_synth.config.read import read_recipe
from servers.openai_server import FakeOpenAI

BATCH = {"mode": "batch", "poll_seconds": 0.02}


@pytest.fixture
def screen(capsys):
    return Screen(capsys)


@pytest.fixture
def server():
    with FakeOpenAI() as running:
        yield running


@pytest.fixture
def left(server, cache, tmp_path):
    """A recipe with one batch out, whose process was killed."""
    path = written(tmp_path, server, run=BATCH)
    leave_batch(server, read_recipe(path), cache, tmp_path)
    return path


def test_cancel_ends_the_batches_of_a_recipe(screen, server, left):
    assert screen("cancel", left) == 0

    assert server.batches.cancels == ["batch_1"]
    assert screen.out.startswith("batch_1  cancelled  2 requests, since 20")


def test_cancel_tells_scripts_what_it_cancelled(screen, left):
    (told,) = screen.json("cancel", left)["batches"]

    assert (told["id"], told["requests"], told["became"]) == ("batch_1", 2, "cancelled")


def test_without_batches_there_is_nothing_to_cancel(screen, server, cache, tmp_path):
    assert screen("cancel", written(tmp_path, server, run=BATCH)) == 0

    assert screen.err == "No batch of this config is out.\n"
    assert not server.requests


def test_status_shows_batches_that_are_out_and_how_to_go_on(screen, left):
    assert screen("status", left) == 0

    assert "batch_1" in screen.out
    assert "hf-synth cancel" in screen.out


def test_generate_goes_on_where_a_killed_process_left_batches(screen, server, left, tmp_path):
    server.batches.held = False

    assert screen("generate", left, "--out", tmp_path / "rows.jsonl") == 0
    assert len((tmp_path / "rows.jsonl").read_text().splitlines()) == 6
    assert len(server.batches.answered) == 2 + 6


def test_live_generation_says_that_batches_are_out(screen, server, left):
    assert screen("generate", left, "--mode", "live") == 1

    assert "1 batch with 2 requests of this config still run" in screen.err


def test_the_last_requests_can_be_made_live(screen, server, cache, tmp_path):
    assert screen("generate", written(tmp_path, server, run=BATCH), "--finish-live", "50") == 0

    assert not server.batches.made
    assert len(server.answered) == 1 + 2 + 6


def test_removing_a_journal_warns_of_batches_that_are_out(screen, left, cache):
    (name,) = [path.name for path in (cache / ".hf_synth").iterdir()]

    assert screen("journal", "remove", name[:8]) == 1  # it is kept: nobody said yes

    assert "the results of 1 batch with 2 requests at the provider will be lost" in screen.err


def test_a_batch_that_is_not_found_is_not_called_cancelled(screen, server, cache, tmp_path):
    path = written(tmp_path, server, run=BATCH)
    server.allowed = 1  # the outline: the upload gets no answer, so there is no batch
    with Child(tmp_path, load, read_recipe(path), cache) as child:
        until(lambda: recorded(read_recipe(path), cache, "batch"), "the intent")
        child.kill()
    server.allowed = float("inf")

    assert screen("cancel", path) == 1
    assert "not found" in screen.out
    assert "may run all the same" in screen.err


def test_forget_keeps_what_the_provider_still_knows(screen, server, left):
    (told,) = screen.json("cancel", left, "--forget")["batches"]
    assert told["became"] == "kept"

    server.batches.made.clear()
    (told,) = screen.json("cancel", left, "--forget")["batches"]
    assert told["became"] == "given up"
    assert screen("cancel", left) == 0
    assert screen.err == "No batch of this config is out.\n"
