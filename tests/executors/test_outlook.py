"""What is told of money while a run goes on."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest

from generating import local, recipe, recorded
from hf_synth.errors import BudgetReached
from hf_synth.executors.local import Progress
from servers.model import Model
from servers.openai_server import FakeOpenAI

PRICE = {"price": {"input": 3.0, "output": 15.0}}


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture):
    """What was said of money so far."""
    caplog.set_level(logging.INFO, "hf_synth.cost")
    return lambda: [r.getMessage() for r in caplog.records if r.name == "hf_synth.cost"]


class Watch(logging.Handler):
    """Notes how many requests a server had when something was said."""

    def __init__(self, server: FakeOpenAI) -> None:
        super().__init__()
        self.requests_at: dict[str, int] = {}
        self._server = server

    def emit(self, record: logging.LogRecord) -> None:
        self.requests_at[record.getMessage()] = len(self._server.requests)


def fill(cache: Path, server: FakeOpenAI, rows: int, **changes: Any) -> list[Progress]:
    seen: list[Progress] = []
    config = recipe(server, count=rows, generator=changes.pop("generator", PRICE), **changes)
    local(config, cache).fill({"train": rows}, seen.append)
    return seen


def dollars(line: str) -> list[float]:
    return [float(usd) for usd in re.findall(r"\$([\d.]+\d)", line)]


def test_an_estimate_is_told_at_the_start_and_measured_ones_as_rows_come(tmp_path, told):
    with FakeOpenAI(model=Model(latency=0.2)) as server:
        seen = fill(tmp_path, server, 150, run={"concurrency": 8})
        spent = sum(record["usd"] for record in recorded(recipe(server, count=150), tmp_path))
    first, *measured = told()
    assert first.startswith("Likely $")
    assert "assumed; prices: given by the user" in first
    rows = [int(re.search(r"After (\d+) rows: about", line)[1]) for line in measured]  # type: ignore[index]
    assert len(rows) >= 2
    assert 20 <= rows[0] < rows[1] < 150
    for line in measured:
        total, before, most = dollars(line)
        assert total == pytest.approx(spent, rel=0.25)
        assert f"estimated ${before}" in line
        assert most > total
    assert seen[-1].expected == pytest.approx(spent, rel=0.25)
    assert seen[-1].spent == pytest.approx(spent)


def test_a_run_that_goes_on_is_not_measured_again_before_its_rows_have_doubled(tmp_path, told):
    with FakeOpenAI(model=Model(latency=0.1)) as server:
        changes: dict[str, Any] = {"run": {"concurrency": 8}}
        fill(tmp_path, server, 60, **changes)
        before = len(told())
        fill(tmp_path, server, 75, **changes)
    (line,) = told()[before:]
    assert "measured on " in line
    assert "spent before" in line


def test_what_is_all_on_record_is_not_told_of(tmp_path, told):
    with FakeOpenAI() as server:
        fill(tmp_path, server, 10)
        before = len(told())
        fill(tmp_path, server, 10)
    assert before == 1
    assert len(told()) == 1


def test_nothing_is_told_where_nothing_is_charged(tmp_path, told):
    config = {"schema": "eval_v1", "domain": "x", "count": 30, "models": {"generator": "offline"}}
    local(config, tmp_path).fill({"train": 30})
    assert told() == []


def test_an_unknown_price_is_said_and_no_amount_is_shown(tmp_path, told):
    with FakeOpenAI() as server:
        seen = fill(tmp_path, server, 30, generator={})
    (line,) = told()
    assert line.startswith("Likely ")
    assert "No price is known for openai:test-model" in line
    assert (seen[-1].spent, seen[-1].expected) == (None, None)
    assert "unknown (no price for a model)" in str(seen[-1])


def test_a_cap_that_is_too_low_is_warned_of_before_the_first_call_and_kept(tmp_path, caplog, told):
    with FakeOpenAI() as server:
        watch = Watch(server)
        logging.getLogger("hf_synth").addHandler(watch)
        with pytest.raises(BudgetReached):
            fill(tmp_path, server, 100, run={"max_cost": 0.2})
        logging.getLogger("hf_synth").removeHandler(watch)
    (warning,) = [r.getMessage() for r in caplog.records if "more than the cap" in r.getMessage()]
    assert watch.requests_at[warning] == 0
    assert "cap of $0.20 (run.max_cost or HF_SYNTH_MAX_COST)" in warning
    assert "run.max_cost stops it at $0.20" in told()[0]


def test_a_cap_that_will_do_is_not_warned_of(tmp_path, caplog):
    with FakeOpenAI() as server:
        fill(tmp_path, server, 5, run={"max_cost": 50})
    assert "more than the cap" not in caplog.text


def test_the_end_of_a_run_that_made_calls_is_one_line(tmp_path, caplog):
    caplog.set_level(logging.INFO, "hf_synth")
    with FakeOpenAI() as server:
        fill(tmp_path, server, 10)
        fill(tmp_path, server, 10)
    (line,) = [r.getMessage() for r in caplog.records if "rows are made" in r.getMessage()]
    assert re.fullmatch(r"10 rows are made: \d+ calls, \$0\.\d{4}, \d+ dropped\.", line)


def test_a_new_journal_is_estimated_from_nothing(tmp_path, told):
    with FakeOpenAI() as server:
        fill(tmp_path, server, 30)
        config = recipe(server, count=30, generator=PRICE)
        local(config, tmp_path).fill({"train": 30}, fresh=True)
    assert len([line for line in told() if "(assumed;" in line]) == 2
