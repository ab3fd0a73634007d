"""A job as it is answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from hf_synth.server.jobs import Job
from hf_synth.server.shapes import shape

BASE = "https://synth.example.com"


def job(**changes: Any) -> Job:
    fields: dict[str, Any] = {
        "id": "job_5f2c9a6f0d3e4b7a8c1d2e3f",
        "key_id": "secret-owner",
        "status": "queued",
        "version": 1,
        "created_at": 1_800_000_000.5,
        "config": {"schema": "instruction_v1"},
        "targets": {"train": 8, "test": 2},
        "estimate": {},
        "statistics": {},
    }
    return Job(**{**fields, **changes})


def test_a_job_that_waits_has_its_goal_and_nothing_else():
    told = shape(job(), BASE)
    assert told.statistics.rows_requested == 10
    assert (told.statistics.rows_accepted, told.statistics.usd) == (0, 0.0)
    assert told.created_at == datetime.fromtimestamp(1_800_000_000.5, UTC)
    assert told.started_at is told.ended_at is told.error is None


def test_links_lead_to_this_server_and_this_job():
    links = shape(job(), BASE).links.model_dump()
    assert links.pop("self") == f"{BASE}/v1/synthetic/jobs/job_5f2c9a6f0d3e4b7a8c1d2e3f"
    assert all(link.startswith(f"{BASE}/v1/synthetic/jobs/job_5f2c9a6f0d3e4b7a8c1d2e3f/") for link in links.values())


def test_an_owner_a_digest_and_a_worker_are_not_told():
    told = shape(job(body_digest="digest-of-body", journal="name-of-journal"), BASE).model_dump_json()
    assert not [word for word in ("secret-owner", "digest-of-body", "name-of-journal") if word in told]


@pytest.mark.parametrize("usd", [0.0, 1.25, None])
def test_a_price_that_is_not_known_stays_unknown(usd):
    assert shape(job(statistics={"usd": usd, "calls": 3}), BASE).statistics.usd == usd
