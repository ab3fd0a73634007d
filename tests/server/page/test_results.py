from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from generating import THREE
from serving import PREFIX, ended, generate


@pytest.fixture(scope="module")
def made(served):
    """A key, and its completed job of three splits."""
    key = served.key()
    client = served.client(key)
    job_id = generate(client, count=30, splits=THREE)["job_id"]
    assert ended(client, job_id)["status"] == "completed"
    return key, job_id


@pytest.mark.parametrize("kind", ["ndjson", "csv", "parquet"])
@pytest.mark.parametrize("split", ["train", "test"])
def test_a_download_is_what_the_api_answers(person, served, made, kind, split):
    key, job_id = made
    theirs = served.client(key).get(f"{PREFIX}/jobs/{job_id}/results", params={"format": kind, "split": split})
    ours = person(key).sign_in().http.get(f"/jobs/{job_id}/download?format={kind}&split={split}")
    assert ours.status_code == theirs.status_code == 200
    assert len(ours.content) > 0
    assert ours.content == theirs.content
    for name in ("content-type", "content-disposition"):
        assert ours.headers[name] == theirs.headers[name]
    assert ours.headers["cache-control"] == "no-store"
    assert ours.headers["x-content-type-options"] == "nosniff"


def test_every_link_to_a_file_leads_to_one(person, made):
    key, job_id = made
    http = person(key).sign_in().http
    links = re.findall(r'href="(/jobs/\w+/download[^"]+)"', http.get(f"/jobs/{job_id}").text)
    assert len(links) == 9
    assert len({http.get(unescape(link)).content for link in links}) == 9


def test_the_report_is_the_stored_one_and_can_do_nothing(person, served, made):
    key, job_id = made
    answer = person(key).sign_in().http.get(f"/jobs/{job_id}/report")
    assert answer.status_code == 200
    assert "Report on a dataset of schema instruction_v1" in answer.text
    policy = answer.headers["content-security-policy"].split("; ")
    assert policy[0] == "sandbox"
    assert "default-src 'none'" in policy
    assert not any(rule.startswith("script-src") for rule in policy)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", ["report", "download?format=csv&split=train"])
def test_nothing_is_handed_out_without_a_session(served, made, path):
    key, job_id = made
    answer = httpx.get(f"{served.url}/jobs/{job_id}/{path}", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 401


def test_what_is_no_file_is_told_on_a_page(person, made):
    key, job_id = made
    http = person(key).sign_in().http
    assert http.get(f"/jobs/{job_id}/download?format=csv&split=other").status_code == 422
    assert http.get(f"/jobs/{job_id}/download?format=exe&split=train").status_code == 422
