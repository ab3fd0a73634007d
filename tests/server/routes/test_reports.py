"""Reports and receipts over REST, beside what the library tells of the same config."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import hf_synth
from databases import row_of
from generating import THREE
from hf_synth.config import GenerationConfig
from hf_synth.engine.receipt import Receipt
from hf_synth.executors.local import Local
from hf_synth.registry import resolve
from hf_synth.server import queue
from hf_synth.server.folding import Fold
from hf_synth.server.jobs import Job
from hf_synth.server.store import Store
from hf_synth.server.telling import Telling
from server.held import held
from serving import OFFLINE, PREFIX, Site, ended, generate, look, settings_of, site

COUNT = 30


@pytest.fixture(scope="module")
def made(served: Site):
    """A client, and its completed job of three splits."""
    client = served.client()
    job_id = generate(client, count=COUNT, splits=THREE)["job_id"]
    assert ended(client, job_id)["status"] == "completed"
    return client, job_id


@pytest.fixture(scope="module")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server whose jobs may name a model of their own."""
    with site(settings_of(tmp_path_factory.mktemp("open"), allow=("base_url",))) as one:
        yield one


def cache_of(site: Site, client):
    return site.settings.root_of(client.headers["authorization"].split("_")[1])


def plain(values):
    """As it arrives: JSON has no tuples."""
    return json.loads(json.dumps(values))


def test_the_report_is_what_the_library_reports_on_the_same_config(served, made):
    client, job_id = made
    answer = client.get(look(client, job_id)["links"]["report"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    told = answer.json()
    theirs = hf_synth.report({**OFFLINE, "count": COUNT, "splits": THREE}, cache_dir=cache_of(served, client))
    assert told == plain(theirs.to_dict())
    assert told["rows"] == COUNT
    assert told["diversity"]


def test_the_report_is_a_page_for_those_who_prefer_one_and_can_do_nothing(made):
    client, job_id = made
    path = f"{PREFIX}/jobs/{job_id}/report"
    page = client.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Report on a dataset of schema instruction_v1" in page.text
    policy = page.headers["content-security-policy"].split("; ")
    assert policy[0] == "sandbox"
    assert "default-src 'none'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    for accept, kind in (("*/*", "application/json"), ("text/html;q=0.5, application/*", "application/json")):
        answer = client.get(path, headers={"Accept": accept})
        assert (answer.headers["content-type"], answer.headers["vary"]) == (kind, "Accept")
        assert "content-security-policy" not in answer.headers
    refused = client.get(path, headers={"Accept": "image/png"})
    assert (refused.status_code, refused.headers["content-type"]) == (406, "application/problem+json")


def test_the_receipt_is_that_of_the_library_for_the_same_config(served, made):
    client, job_id = made
    answer = client.get(look(client, job_id)["links"]["receipt"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    config = {**OFFLINE, "count": COUNT, "splits": THREE}
    assert answer.json() == plain(hf_synth.receipt(config, cache_dir=cache_of(served, client)).to_dict())
    told = Receipt.from_dict(answer.json())
    assert (told.rows, told.usd) == (COUNT, 0.0)
    assert told.calls[0].model
    assert sum(line.calls for line in told.calls) == look(client, job_id)["statistics"]["calls"]


def test_a_receipt_counts_what_is_on_record_for_the_journal(served, made):
    client, job_id = made
    again = generate(client, count=COUNT, splits=THREE)["job_id"]
    assert ended(client, again)["statistics"]["calls"] == 0
    first, second = (client.get(f"{PREFIX}/jobs/{one}/receipt").json() for one in (job_id, again))
    assert second["calls"] == first["calls"] != []


@pytest.mark.parametrize("what", ["report", "receipt"])
def test_neither_is_there_before_the_end(open_site, what):
    with held(open_site, count=4) as job:
        job.until(lambda: job.status == "running")
        answer = job.client.get(f"{PREFIX}/jobs/{job.job_id}/{what}")
        assert answer.status_code == 409
        assert f"is running and has no {what}" in answer.json()["detail"]


def test_a_cancelled_job_has_a_receipt_of_what_it_took_and_no_report(open_site):
    with held(open_site, count=120) as job:
        job.rows(2)
        job.cancel()
        told = job.client.get(f"{PREFIX}/jobs/{job.job_id}/receipt").json()
        figures = look(job.client, job.job_id)["statistics"]
        assert told["rows"] == figures["rows_accepted"] > 0
        assert sum(line["calls"] for line in told["calls"]) == figures["calls"] > 0
        assert sum(told["dropped"].values()) == figures["rows_dropped"]
        assert job.client.get(f"{PREFIX}/jobs/{job.job_id}/report").status_code == 404
        theirs = hf_synth.receipt(look(job.client, job.job_id)["config"], cache_dir=cache_of(open_site, job.client))
        assert told == plain(theirs.to_dict())
        assert job.client.delete(f"{PREFIX}/jobs/{job.job_id}").status_code == 204
        assert job.client.get(f"{PREFIX}/jobs/{job.job_id}/receipt").status_code == 404
        assert not [*(open_site.settings.data / "results").rglob(f"{job.job_id}/*")]


def test_a_job_that_never_ran_has_neither(tmp_path):
    with site(settings_of(tmp_path), working=False) as idle:
        client = idle.client()
        job_id = generate(client)["job_id"]
        client.post(f"{PREFIX}/jobs/{job_id}/cancel")
        statuses = [client.get(f"{PREFIX}/jobs/{job_id}/{what}").status_code for what in ("report", "receipt")]
        assert statuses == [404, 404]


def test_what_is_lost_from_the_store_is_told_with_how_to_have_it_again(served):
    client = served.client()
    job_id = ended(client, generate(client, count=1)["job_id"])["job_id"]
    folder = Path(served.settings.store_url) / "jobs" / job_id
    for what in ("report", "receipt"):
        (folder / f"{what}.json").unlink()
        answer = client.get(f"{PREFIX}/jobs/{job_id}/{what}")
        assert answer.status_code == 404
        assert answer.json()["detail"] == f"The {what} of job {job_id} is lost from the store."
        assert "Send the config again" in answer.json()["hint"]
    assert client.delete(f"{PREFIX}/jobs/{job_id}").status_code == 204
    assert "There is no job" in client.get(f"{PREFIX}/jobs/{job_id}/report").json()["detail"]


@pytest.mark.parametrize("completed", [True, False])
def test_what_a_worker_writes_that_lost_the_job_changes_no_receipt(open_site, tmp_path, completed):
    """It has a journal of its own, with nothing in it: its receipt is another one."""
    with held(open_site, count=40) as job:
        job.rows(2)
        if completed:
            job.finish()
        else:
            job.cancel()
        before = job.client.get(f"{PREFIX}/jobs/{job.job_id}/receipt").json()
        assert before["rows"] > 0
        row = row_of(open_site.database, job.job_id)
        local = Local(resolve(GenerationConfig(**row.config), os.environ), tmp_path)
        lost = Job(job.job_id, row.key_id, "running", 1, 0.0, row.config, row.targets, {}, {})
        store = Store(open_site.settings.store_url, marked=True)
        late = Telling(open_site.database, store, "another", lost, Fold(local, None), None).receipt()
        ((name, size),) = late["files"].items()
        assert json.loads(store.read(f"jobs/{job.job_id}/{name}", 0, size))["rows"] == 0
        assert not queue.update(open_site.database, "another", job.job_id, late)
        assert job.client.get(f"{PREFIX}/jobs/{job.job_id}/receipt").json() == before


@pytest.mark.parametrize("what", ["report", "receipt"])
def test_those_of_others_are_not_there(served, made, what):
    _, job_id = made
    other = served.client()
    assert other.get(f"{PREFIX}/jobs/{job_id}/{what}").status_code == 404
    assert other.get(f"{PREFIX}/jobs/job_{'0' * 24}/{what}").status_code == 404
    other.headers.pop("authorization")
    assert other.get(f"{PREFIX}/jobs/{job_id}/{what}").status_code == 401


def test_the_receipt_does_not_tell_which_keys_the_server_has(open_site, monkeypatch):
    """The library advises its owner to take another critic where a key for one is set."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "x")
    with held(open_site, "preference_v1", count=2) as job:
        job.finish()
        config = look(job.client, job.job_id)["config"]
        theirs = hf_synth.receipt(config, cache_dir=cache_of(open_site, job.client))
        told = job.client.get(f"{PREFIX}/jobs/{job.job_id}/receipt")
        assert "ANTHROPIC_API_KEY" in str(theirs)
        assert "API_KEY" not in told.text
        assert told.json()["calls"] == plain(theirs.to_dict())["calls"]
