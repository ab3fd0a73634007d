from __future__ import annotations

import httpx
import pytest

from serving import PREFIX, generate


def test_a_browser_is_told_on_a_page_what_is_not_there(person, served):
    for asked in (person().http, person().sign_in().http):
        answer = asked.get("/no/such/page")
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert "Not Found" in answer.text
    assert httpx.get(f"{served.url}/no/such/page").headers["content-type"] == "application/problem+json"


def test_the_api_tells_problems_whoever_asks(served):
    headers = {"Accept": "text/html"}
    for path in ("/nowhere", "/jobs/none"):
        answer = httpx.get(f"{served.url}{PREFIX}{path}", headers=headers)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.status_code in (401, 404)


def test_another_keys_job_is_not_there(person, served):
    theirs = generate(served.client())["job_id"]
    one = person().sign_in()
    for path in ("", "/rows", "/report", "/live", "/delete", "/download?format=csv&split=train"):
        answer = one.http.get(f"/jobs/{theirs}{path}")
        assert answer.status_code == 404, path
        assert "There is no job" in answer.text
    for path in ("/cancel", "/delete"):
        assert one.send(f"/jobs/{theirs}{path}").status_code == 404


@pytest.mark.parametrize("path", ["/?status=x", "/?cursor=x", "/jobs/{}/rows?page=0", "/jobs/{}/rows?page=x"])
def test_what_cannot_be_asked_is_told_on_a_page(person, served, path):
    one = person().sign_in()
    answer = one.http.get(path.format(generate(served.client(one.key))["job_id"]))
    assert answer.status_code == 422
    assert "<h1>" in answer.text


def test_what_an_address_says_is_shown_as_text(person):
    answer = person().sign_in().http.get("/jobs/<script>alert(1)</script>")
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text
