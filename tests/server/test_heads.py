"""HEAD is answered as GET is, without content."""

from __future__ import annotations

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from hf_synth.server.heads import with_heads
from serving import PREFIX, Site, ended, generate


@pytest.fixture(scope="module")
def made(served: Site):
    client = served.client()
    job_id = generate(client)["job_id"]
    ended(client, job_id)
    return client, job_id


PATHS = [
    "jobs",
    "jobs?limit=1",
    "jobs/{}",
    "jobs/{}/report",
    "jobs/{}/receipt",
    "jobs/{}/results",
    "jobs/{}/results/url",
]


@pytest.mark.parametrize("path", PATHS)
def test_the_headers_are_those_of_get(made, path):
    client, job_id = made
    there, told = (client.request(method, f"{PREFIX}/{path.format(job_id)}") for method in ("GET", "HEAD"))
    assert (told.status_code, told.content) == (200, b"")
    changing = {"date", "content-length"} if path.endswith("url") else {"date"}  # signatures differ by the second
    assert {name: value for name, value in told.headers.items() if name not in changing} == {
        name: value for name, value in there.headers.items() if name not in changing
    }
    assert int(told.headers.get("content-length", 1)) > 0


def test_events_are_not_waited_for(served):
    client = served.client()
    job_id = generate(client, count=2000)["job_id"]
    told = client.head(f"{PREFIX}/jobs/{job_id}/events")
    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["content-type"].startswith("text/event-stream")
    client.post(f"{PREFIX}/jobs/{job_id}/cancel")


@pytest.mark.parametrize("path", PATHS[2:])
def test_what_get_refuses_head_does_too(served, made, path):
    _, job_id = made
    other = served.client()
    assert other.head(f"{PREFIX}/{path.format(job_id)}").status_code == 404
    other.headers.pop("authorization")
    answer = other.head(f"{PREFIX}/{path.format(job_id)}")
    assert (answer.status_code, answer.content) == (401, b"")


def test_head_is_told_where_methods_are(made):
    client, job_id = made
    assert client.options(f"{PREFIX}/jobs/{job_id}").headers["allow"] == "DELETE, GET, HEAD, OPTIONS"
    assert client.put(f"{PREFIX}/jobs/{job_id}/receipt").headers["allow"] == "GET, HEAD, OPTIONS"
    assert client.head(f"{PREFIX}/generate").status_code == 405
    assert client.head("/healthz").status_code == 200


def test_a_router_gets_each_of_them_once():
    router = APIRouter(prefix="/a")

    @router.get("/b")
    def b() -> str:
        return ""

    for _ in range(2):
        with_heads(router)
    routes = [route for route in router.routes if isinstance(route, APIRoute)]
    assert [(route.path, route.methods) for route in routes] == [("/a/b", {"GET"}), ("/a/b", {"HEAD"})]
