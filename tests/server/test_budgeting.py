"""What caps a job: its key's budget, its own config, its operator."""

from __future__ import annotations

import pytest

from hf_synth.config import GenerationConfig
from hf_synth.server.budgeting import Cap
from hf_synth.server.jobs import Job
from serving import OFFLINE


def job(allotted: float | None) -> Job:
    return Job(
        id="job_1",
        key_id="key",
        status="running",
        version=1,
        created_at=0.0,
        config=OFFLINE,
        targets={"train": 6},
        estimate={},
        statistics={},
        allotted=allotted,
    )


@pytest.mark.parametrize(
    ("operator", "named", "allotted", "holds", "by_budget"),
    [
        (None, None, None, None, False),
        (None, 5.0, None, 5.0, False),
        ("1", 1e6, None, 1.0, False),  # what a stranger writes lifts no cap of the operator's
        ("1", None, None, 1.0, False),
        ("9", 5.0, 2.0, 2.5, True),
        ("1", 5.0, 2.0, 1.0, False),
        (None, None, 2.0, 2.5, True),
    ],
)
def test_the_lowest_cap_holds(monkeypatch, operator, named, allotted, holds, by_budget):
    if operator:
        monkeypatch.setenv("HF_SYNTH_MAX_COST", operator)
    config = GenerationConfig(**OFFLINE, run={"max_cost": named})
    cap = Cap(job(allotted), before=0.5)
    assert cap.on(config).run.max_cost == holds
    assert cap.binds(config) is by_budget


def test_what_is_to_cost_nothing_may_spend_no_more_than_was_spent():
    config = GenerationConfig(**OFFLINE)
    assert Cap(job(0.0), before=0.5).on(config).run.max_cost == 0.5
    assert Cap(job(0.0), before=0.0).on(config).run.max_cost == pytest.approx(0.0, abs=1e-6)
