"""Many readers at once: slow ones, and those that vanish."""

from __future__ import annotations

import contextlib
import gc
import socket
import struct
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from generating import until
from hf_synth.server.tables import jobs, parts
from serving import PREFIX, Site, ended, generate, settings_of, site

SIZE = 64 << 20
MANY = 50
OPEN = Path("/proc/self/fd")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server for this file alone: what it holds is counted."""
    with site(settings_of(tmp_path_factory.mktemp("alone"))) as one:
        yield one


class Crowd:
    """Bare connections that ask for the same rows. They take next to nothing by themselves."""

    def __init__(self, site: Site, key: str, path: str) -> None:
        host, _, port = site.url.removeprefix("http://").partition(":")
        asked = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
        self.sockets: list[socket.socket] = []
        for _ in range(MANY):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.settimeout(60)
            one.connect((host, int(port)))
            one.sendall(asked)
            self.sockets.append(one)

    def taste(self, size: int = 2000) -> None:
        """Let each take some bytes: all of them are served by then."""
        for one in self.sockets:
            assert one.recv(size).startswith(b"HTTP/1.1 200") or size < 2000
            assert one.recv(1)

    def vanish(self) -> None:
        """Reset all connections."""
        for one in self.sockets:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.close()


def open_files() -> int:
    """Those of this process, without the connections to the database, which are kept in a pool."""
    places: list[str] = []
    for one in OPEN.iterdir():
        with contextlib.suppress(FileNotFoundError):
            places.append(str(one.readlink()))
    return len([place for place in places if "jobs.sqlite3" not in place])


def large(site: Site, key: str) -> str:
    """The path of the results of a completed job, made to be as large as `SIZE`."""
    client = site.client(key)
    job_id = generate(client, count=2)["job_id"]
    ended(client, job_id)
    with (site.settings.data / "results" / "jobs" / job_id / "000.jsonl").open("r+b") as file:
        file.truncate(SIZE)
    with site.database.write() as connection:
        connection.execute(parts.update().where(parts.c.job_id == job_id).values(bytes=SIZE))
    return f"{PREFIX}/jobs/{job_id}/results"


@pytest.mark.skipif(not OPEN.is_dir(), reason="open files are counted by /proc")
def test_slow_readers_hold_little_and_vanished_ones_nothing(alone: Site):
    key = alone.key()
    path = large(alone, key)
    with contextlib.closing(alone.client(key)) as client:
        client.get(f"{path}?follow=false&after=2")
        gc.collect()
        before = open_files()
        tracemalloc.start()
        try:
            empty = tracemalloc.get_traced_memory()[0]
            slow = Crowd(alone, key, path)
            slow.taste()
            held = tracemalloc.get_traced_memory()[0] - empty
            gone = Crowd(alone, key, path)
            gone.taste()
            gone.vanish()
            until(lambda: open_files() <= before + 2 * MANY + 4, "the connections of those who vanished are closed")
            assert held < MANY * 256 * 1024  # a piece each, of the 64 MB that each has asked for
            assert client.get(f"{PREFIX}/jobs").status_code == 200
            slow.taste(1)
            slow.vanish()
            until(lambda: open_files() <= before, "all of them are closed")
            gc.collect()
            assert tracemalloc.get_traced_memory()[0] - empty < 4 << 20
        finally:
            tracemalloc.stop()


@pytest.mark.skipif(not OPEN.is_dir(), reason="open files are counted by /proc")
def test_readers_who_wait_for_rows_and_vanish_wait_no_longer(tmp_path_factory):
    with site(settings_of(tmp_path_factory.mktemp("idle")), working=False) as idle:
        key = idle.key()
        client = idle.client(key)
        job_id = generate(client)["job_id"]
        before = open_files()
        crowd = Crowd(idle, key, f"{PREFIX}/jobs/{job_id}/results")
        for one in crowd.sockets:
            assert one.recv(2000).startswith(b"HTTP/1.1 200")
        crowd.vanish()
        until(lambda: open_files() <= before, "all of them are closed")
        with idle.database.read() as connection:
            assert connection.scalar(jobs.select().with_only_columns(jobs.c.status)) == "queued"
