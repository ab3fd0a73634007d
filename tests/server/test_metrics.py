"""Figures for Prometheus, scraped from a server and read as Prometheus reads them."""

from __future__ import annotations

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from serving import OFFLINE, PREFIX, Site, ended, generate


def scraped(served: Site) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = httpx.get(f"{served.url}/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.fixture(scope="module")
def job(served: Site) -> dict:
    client = served.client(served.key("secret name"))
    job = ended(client, generate(client, {**OFFLINE, "domain": "secret domain"})["job_id"])
    client.get(f"{PREFIX}/jobs/{job['job_id']}/results")
    client.get(f"{PREFIX}/jobs/job_none")
    client.get("/no/such/secret")
    client.request("SECRET", "/healthz")
    return job


def test_requests_are_counted_by_route_and_status(served, job):
    told = scraped(served)

    def number(method: str, route: str, status: int) -> float:
        labels = (("method", method), ("route", route), ("status", str(status)))
        return told[("hf_synth_requests_total", labels)]

    assert number("POST", f"{PREFIX}/generate", 202) == 1
    assert number("GET", f"{PREFIX}/jobs/{{job_id}}", 404) == 1
    assert number("GET", f"{PREFIX}/jobs/{{job_id}}/results", 200) == 1
    assert number("GET", "other", 404) == 1
    assert told[("hf_synth_request_seconds_count", (("route", f"{PREFIX}/generate"),))] == 1
    assert told[("hf_synth_open_requests", ())] == 1


def test_jobs_are_told_as_the_database_has_them(served, job):
    told = scraped(served)
    by_status = {labels[0][1]: value for (name, labels), value in told.items() if name == "hf_synth_jobs"}
    assert set(by_status) == {"queued", "running", "completed", "failed", "cancelled"}
    assert told[("hf_synth_database_up", ())] == 1
    assert told[("hf_synth_queue_oldest_seconds", ())] == 0
    assert told[("hf_synth_rows_accepted_total", ())] >= 0
    assert told[("hf_synth_spent_usd_total", ())] == 0


def test_nothing_tells_who_uses_the_server_or_for_what(served, job):
    text = httpx.get(f"{served.url}/metrics").text
    assert "secret" not in text.lower()
    assert job["job_id"] not in text


def test_the_newer_format_is_spoken_where_it_is_asked_for(served, job):
    kind = "application/openmetrics-text; version=1.0.0"
    answer = httpx.get(f"{served.url}/metrics", headers={"Accept": kind})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    names = {family.name for family in read_openmetrics(answer.text)}
    assert {"hf_synth_requests", "hf_synth_jobs", "hf_synth_spent_usd"} <= names
