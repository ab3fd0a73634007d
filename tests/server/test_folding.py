"""Figures of a job, folded over a journal that may be older than the job."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generating import WHOLE, recipe
from hf_synth.config import GenerationConfig
from hf_synth.executors.local import Local, Progress
from hf_synth.registry import resolve
from hf_synth.server.folding import Fold
from servers.model import Model
from servers.openai_server import FakeOpenAI


@pytest.fixture
def model() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(model=Model(flaws=0.3)) as running:
        yield running


def wanted(model: FakeOpenAI, cache: Path, count: int, **changes: Any) -> Local:
    priced = {"generator": {"price": {"input": 1.0, "output": 4.0}}, "outline": WHOLE}
    return Local(resolve(GenerationConfig(**recipe(model, count=count, **priced, **changes)), os.environ), cache)


def fill(local: Local) -> Progress:
    last: list[Progress] = []
    local.fill(local.resolved.targets, last.append)
    return last[-1]


def test_a_job_is_told_its_own_calls_and_dollars_and_all_rows_of_its_journal(model, tmp_path):
    fill(wanted(model, tmp_path, 10))
    before = len(model.answered)
    large = wanted(model, tmp_path, 24, splits={"train": 18, "test": 6})
    fold = Fold(large, None)
    assert fold.before["calls"] == before
    spent = fold.before["usd"]
    told = fold.statistics(None)
    assert (told["calls"], told["usd"], told["rows_per_minute"], told["seconds_left"]) == (0, 0.0, None, None)
    progress = fill(large)
    fold.follow()
    told = fold.statistics(progress)
    assert told["calls"] == len(model.answered) - before > 0
    assert told["usd"] == pytest.approx((told["input_tokens"] + 4 * told["output_tokens"]) / 1e6)
    assert told["usd"] >= progress.spent - spent > 0
    assert told["usd_expected"] == pytest.approx(progress.expected - spent)
    assert (told["rows_requested"], told["rows_accepted"]) == (24, 24)
    assert told["rows_by_split"] == {"train": 18, "test": 6}
    assert told["rows_dropped"] == sum(told["dropped_by_cause"].values()) > 0
    assert told["candidates_judged"] >= 24 + told["rows_dropped"]
    assert told["seconds_left"] == 0.0
    assert told["rows_per_minute"] == fold.statistics(progress)["rows_per_minute"] > 0
    again = Fold(large, fold.before)
    assert again.statistics(None)["calls"] == told["calls"]
    assert again.usd == pytest.approx(fold.usd)


def test_time_is_left_while_rows_are_missing_and_the_job_has_not_ended(model, tmp_path):
    fold = Fold(wanted(model, tmp_path, 20), None)
    fill(wanted(model, tmp_path, 10))
    fold.follow()
    assert fold.statistics(None)["rows_accepted"] >= 10
    assert fold.statistics(None)["seconds_left"] > 0
    assert fold.statistics(None, ended=True)["seconds_left"] is None


def test_what_was_spent_and_lost_with_another_disk_still_counts(model, tmp_path):
    local = wanted(model, tmp_path, 10)
    fill(local)
    fold = Fold(local, {"calls": 0, "input_tokens": 0, "output_tokens": 0, "usd": 0.0})
    spent = fold.usd
    assert spent is not None
    fold.lost(spent / 2)
    assert fold.usd == spent
    fold.lost(spent + 0.5)
    assert fold.usd == pytest.approx(spent + 0.5)
    assert Fold(local, fold.before).usd == pytest.approx(spent + 0.5)


def test_reading_a_long_journal_can_be_ended(model, tmp_path):
    local = wanted(model, tmp_path, 4)
    fill(local)

    def end() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        Fold(local, None, end)


def test_a_batch_that_is_out_counts_as_spent_for_the_budget(model, tmp_path):
    local = wanted(model, tmp_path, 4)
    fill(local)
    fold = Fold(local, None)
    journal = local.journal()
    assert journal.acquire(dict(local.resolved.identity))
    sent = {"mark": "m", "provider": "openai", "model": "test-model", "requests": 9, "at": time.time(), "usd": 8.0}
    journal.append({"type": "batch", **sent})
    journal.close()
    fold.follow()
    assert fold.usd == pytest.approx(8.0)
    assert fold.statistics(None)["usd"] == 0.0, "nothing is answered yet"
    assert fold.statistics(None, ended=True)["usd"] == pytest.approx(8.0), "who cancels it may be charged"
    later = Fold(local, None)
    assert later.usd == 0.0
