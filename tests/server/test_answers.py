"""Errors of no route, and of all."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from serving import PREFIX, Site, ended, generate, settings_of, site
from wire import exchange, request


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(settings_of(tmp_path_factory.mktemp("idle")), working=False) as one:
        yield one


@pytest.mark.parametrize(
    "path", ["/nothing", "/docs", "/redoc", f"{PREFIX}/jobs/", f"{PREFIX}/generate/x", "/%00", "/%2e%2e"]
)
def test_a_path_of_nothing_is_a_404(idle, path):
    told = request(idle.url, path, method="GET")
    assert told.status == 404
    assert told.problem["detail"].startswith("There is nothing at '/")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", f"{PREFIX}/generate", "POST, OPTIONS"),
        ("PUT", f"{PREFIX}/jobs/job_1", "DELETE, GET, HEAD, OPTIONS"),
        ("HEAD", f"{PREFIX}/generate", "POST, OPTIONS"),
        ("PATCH", f"{PREFIX}/jobs", "GET, HEAD, OPTIONS"),
        ("POST", "/openapi.json", "GET, HEAD, OPTIONS"),
        ("TRACE", f"{PREFIX}/jobs", "GET, HEAD, OPTIONS"),
        ("BREW", f"{PREFIX}/jobs", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_method_that_there_is_not_is_a_405_that_names_all_there_are(idle, method, path, allowed):
    told = request(idle.url, path, method=method)
    assert told.status == 405
    assert told.headers["allow"] == allowed
    if method != "HEAD":
        assert allowed in told.problem["hint"]


def test_options_tells_the_methods_and_lets_no_other_site_in(idle):
    told = request(idle.url, f"{PREFIX}/generate", method="OPTIONS", Origin="https://elsewhere.example")
    assert (told.status, told.headers["allow"]) == (204, "POST, OPTIONS")
    assert not [name for name in told.headers if name.startswith("access-control")]
    assert request(idle.url, "/nothing", method="OPTIONS").status in (404, 405)


def test_the_document_answers_head(idle):
    told = request(idle.url, "/openapi.json", method="HEAD")
    assert (told.status, told.body) == (200, b"")


@pytest.mark.parametrize("host", ["[", "a b", "x:99999", "x:y", "http://x", "user@x", "[::1]]", "x/y", "é"])
def test_a_host_that_is_none_is_a_400(idle, host):
    assert request(idle.url, "/healthz", method="GET", Host=host).problem["status"] == 400


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:80", "[::1]:8000", "synth.example.com", ""])
def test_a_host_that_is_one_is_answered(idle, host):
    assert request(idle.url, "/openapi.json", method="GET", Host=host).status == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"GET / FTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
    ],
    ids=range(7),
)
def test_what_is_no_http_is_a_problem_as_well(idle, raw):
    assert 400 <= exchange(idle.url, raw).problem["status"] < 500


def test_what_a_query_cannot_be_is_told_with_its_place(idle):
    client = idle.client()
    for query, place in (("limit=0", "query.limit"), ("limit=x", "query.limit"), ("status=done", "query.status")):
        answer = client.get(f"{PREFIX}/jobs?{query}")
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith(f"{place}: Input should be")
    for cursor in ("x", "nan_", "1_%00", "1e999_job_1", "%ff", "-"):
        assert client.get(f"{PREFIX}/jobs?cursor={cursor}").status_code in (200, 422)


@pytest.mark.parametrize("job_id", ["job_1", "%00", "job_" + "0" * 24, "x" * 5000, "%F0%9F%8C%B1", "..", "'--"])
def test_a_job_that_is_not_there_is_a_404_whatever_its_name(idle, job_id):
    client = idle.client()
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("GET", "/events"), ("GET", "/results")):
        answer = client.request(method, httpx.URL(f"{idle.url}{PREFIX}/jobs/{job_id}{path}"))
        assert answer.status_code in (404, 405)
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.content) < 1000


def test_a_store_that_is_away_is_told_without_where_it_is(tmp_path):
    with site(settings_of(tmp_path)) as one:
        client = one.client()
        job_id = ended(client, generate(client, count=1)["job_id"])["job_id"]
        store = one.settings.data / "results"
        store.rename(store.with_name("away"))
        store.write_text("in the way")
        answer = client.delete(f"{PREFIX}/jobs/{job_id}")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert str(tmp_path) not in answer.text
        store.unlink()
        store.with_name("away").rename(store)
        assert client.delete(f"{PREFIX}/jobs/{job_id}").status_code == 204
