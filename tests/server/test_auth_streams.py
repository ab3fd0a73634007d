"""Streams that one key has open: a bound, and every way in which one of them ends."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterator

import httpx
import pytest

from generating import until
from server.page.conftest import Person
from serving import PREFIX, Site, ended, generate, settings_of, site

MOST = 3
SIZE = 16 << 20


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server that runs no job, and has few streams for each key."""
    with site(settings_of(tmp_path_factory.mktemp("few"), most_streams=MOST), working=False) as one:
        yield one


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str, str]]:
    """A server, a key and its completed job, whose file was made too large to be sent before it is read."""
    with site(settings_of(tmp_path_factory.mktemp("made"), most_streams=MOST)) as one:
        key = one.key()
        job_id = ended(one.client(key), generate(one.client(key), count=2)["job_id"])["job_id"]
        with (one.settings.data / "results" / "jobs" / job_id / "000.jsonl").open("r+b") as file:
            file.truncate(SIZE)
        with one.database.write() as connection:
            connection.exec_driver_sql(f"update parts set bytes = {SIZE}")
            connection.exec_driver_sql(f"""update jobs set files = json_set(files, '$."train.jsonl"', {SIZE})""")
        yield one, key, job_id


class Bare:
    """A connection that asks for something and reads its first bytes alone.

    Args:
        site: the server.
        path: what to ask for.
        headers: lines of the request.
    """

    def __init__(self, site: Site, path: str, *headers: str) -> None:
        host, _, port = site.url.removeprefix("http://").partition(":")
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(30)
        self.socket.connect((host, int(port)))
        self.socket.sendall("\r\n".join([f"GET {path} HTTP/1.1", f"Host: {host}", *headers, "", ""]).encode())

    def status(self) -> int:
        return int(self.socket.recv(12).decode().split()[1])

    def vanish(self) -> None:
        """Reset the connection."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def bearer(key: str) -> str:
    return f"Authorization: Bearer {key}"


def opened(site: Site, path: str, *headers: str) -> Bare | None:
    """One that is answered, `None` if it is one too many."""
    one = Bare(site, path, *headers)
    if one.status() in (200, 206):
        return one
    one.vanish()
    return None


def fill(site: Site, path: str, *headers: str) -> list[Bare]:
    """As many as there may be, once there is room for all of them; and one more is refused."""
    found: list[Bare] = []

    def full() -> bool:
        if (one := opened(site, path, *headers)) is not None:
            found.append(one)
        return len(found) == MOST

    until(full, "there is room")
    assert opened(site, path, *headers) is None
    return found


def leave(streams: list[Bare]) -> None:
    for one in streams:
        one.vanish()


def test_one_stream_too_many_is_told_how_many_there_may_be_and_when_to_come_again(few):
    client = few.client()
    job_id = generate(client)["job_id"]
    with contextlib.ExitStack() as stack:
        for _ in range(MOST):
            answer = stack.enter_context(client.stream("GET", f"{PREFIX}/jobs/{job_id}/results"))
            assert answer.status_code == 200
        refused = client.get(f"{PREFIX}/jobs/{job_id}/results")
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        assert refused.headers["content-type"] == "application/problem+json"
        assert f"{MOST} streams of this key are open" in refused.json()["detail"]
        assert "--streams" in refused.json()["detail"]
        assert client.get(f"{PREFIX}/jobs/{job_id}").status_code == 200  # what is no stream
        other = few.client()
        theirs = generate(other)["job_id"]
        assert other.get(f"{PREFIX}/jobs/{theirs}/results?follow=false").status_code == 200


def test_rows_events_and_the_page_count_together(few):
    person = Person(few, few.key()).sign_in()
    client = few.client(person.key)
    job_id = generate(client)["job_id"]
    paths = (f"{PREFIX}/jobs/{job_id}/results", f"{PREFIX}/jobs/{job_id}/events", f"/jobs/{job_id}/live")
    with contextlib.ExitStack() as stack:
        for http, path in zip((client, client, person.http), paths, strict=True):
            assert stack.enter_context(http.stream("GET", path)).status_code == 200
        for http, path in zip((client, client, person.http), paths, strict=True):
            assert http.get(path).status_code == 429, path
        assert person.http.get(f"/jobs/{job_id}/download").status_code == 429
        assert "<h1>" in person.http.get(f"/jobs/{job_id}/live").text
    until(lambda: client.get(f"{PREFIX}/jobs/{job_id}/results?follow=false").status_code == 200, "they are closed")
    person.http.close()


@pytest.mark.parametrize("path", ["results", "results?format=csv", "results?split=train", "events"])
def test_those_who_vanish_while_they_wait_make_room(few, path):
    key = few.key()
    job_id = generate(few.client(key))["job_id"]
    for _ in range(2):
        leave(fill(few, f"{PREFIX}/jobs/{job_id}/{path}", bearer(key)))


def test_those_who_follow_on_the_page_and_vanish_make_room(few):
    person = Person(few, few.key()).sign_in()
    job_id = generate(few.client(person.key))["job_id"]
    for _ in range(2):
        leave(fill(few, f"/jobs/{job_id}/live", f"Cookie: hf_synth={person.http.cookies['hf_synth']}"))
    person.http.close()


@pytest.mark.parametrize("path", ["results", "results?follow=false", "results?split=train&after=0"])
def test_slow_readers_count_until_they_vanish(made, path):
    site, key, job_id = made
    for _ in range(2):
        leave(fill(site, f"{PREFIX}/jobs/{job_id}/{path}", bearer(key)))


def test_slow_readers_of_ranges_count_until_they_vanish(made):
    site, key, job_id = made
    for _ in range(2):
        leave(fill(site, f"{PREFIX}/jobs/{job_id}/results", bearer(key), "Range: bytes=1-"))


def test_readers_of_addresses_count_together_and_apart_from_the_key(made):
    site, key, job_id = made
    client = site.client(key)
    urls = [client.get(f"{PREFIX}/jobs/{job_id}/results/url?expires_in={n}").json()["url"] for n in (100, 200)]
    paths = [url.removeprefix(site.url) for url in urls]
    streams = fill(site, paths[0])
    refused = httpx.get(urls[1])
    assert (refused.status_code, "retry-after" in refused.headers) == (429, True)
    mine = fill(site, f"{PREFIX}/jobs/{job_id}/results", bearer(key))
    leave([*streams, *mine])
    leave(fill(site, paths[1]))


def test_who_vanishes_before_the_first_byte_makes_room(few):
    """A range that is not there yet is waited for before anything is sent."""
    key = few.key()
    path = f"{PREFIX}/jobs/{generate(few.client(key))['job_id']}/results"
    waiting = [Bare(few, path, bearer(key), "Range: bytes=0-") for _ in range(MOST)]
    until(lambda: few.client(key).get(f"{path}?follow=false").status_code == 429, "they wait")
    leave(waiting)
    leave(fill(few, path, bearer(key)))


def test_answers_that_are_no_stream_in_the_end_hold_no_room(made):
    site, key, job_id = made
    client = site.client(key)
    results = f"{PREFIX}/jobs/{job_id}/results"
    etag = client.head(results).headers["etag"]
    asked = [
        (404, lambda: client.get(f"{PREFIX}/jobs/none/results")),
        (422, lambda: client.get(f"{results}?split=none")),
        (422, lambda: client.get(f"{results}?after=x")),
        (406, lambda: client.get(results, headers={"Accept": "image/png"})),
        (416, lambda: client.get(results, headers={"Range": "bytes=99999999999-"})),
        (304, lambda: client.get(results, headers={"If-None-Match": etag})),
        (206, lambda: client.get(results, headers={"Range": "bytes=0-9"})),
        (200, lambda: client.head(results)),
        (200, lambda: client.head(f"{PREFIX}/jobs/{job_id}/events")),
        (404, lambda: client.get(f"{PREFIX}/jobs/none/events")),
        (200, lambda: client.get(f"{PREFIX}/jobs/{job_id}/events")),
    ]
    for status, ask in asked:
        assert [ask().status_code for _ in range(MOST + 1)] == [status] * (MOST + 1)


def test_two_hundred_may_read_one_job_at_once_by_default(tmp_path):
    with site(settings_of(tmp_path), working=False) as one:
        key = one.key()
        path = f"{PREFIX}/jobs/{generate(one.client(key))['job_id']}/results"
        streams = [Bare(one, path, bearer(key)) for _ in range(200)]
        assert {stream.status() for stream in streams} == {200}
        leave(streams)
