"""Connections that are slow on purpose."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from generating import until
from hf_synth.server.protocol import Impatient
from wire import Told, connected, heard

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def app(scope, receive, send):
    """Takes its time where it is asked to, and reads no body."""
    assert scope["type"] == "http"
    if scope["path"] == "/slow":
        await asyncio.sleep(0.8)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server that gives a connection 0.4 s."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, http=Impatient, ws="none", log_config=None, lifespan="off")
        config.timeout_keep_alive = 0.4  # pyright: ignore[reportAttributeAccessIssue]  # whole seconds by its type
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        until(lambda: server.started, "the server starts")
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def closed(connection: socket.socket) -> bool:
    """Whether the other side has closed; waits for what it does."""
    try:
        return connection.recv(1000) == b""
    except ConnectionResetError:
        return True


def test_a_connection_that_sends_nothing_is_closed(url):
    with connected(url) as connection:
        assert closed(connection)


def test_a_head_that_drips_is_not_waited_for(url):
    with connected(url) as connection:
        sent = 0
        try:
            for letter in b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 1000:
                connection.sendall(bytes([letter]))
                sent += 1
                time.sleep(0.05)
        except OSError:
            pass
        assert sent < 100


def test_a_connection_is_used_again_and_closed_when_it_is_idle(url):
    with connected(url) as connection:
        for _ in range(3):
            connection.sendall(REQUEST)
            assert heard(connection).status == 200
            time.sleep(0.25)
        assert closed(connection)


def test_an_answer_may_take_longer_than_a_head(url):
    with connected(url) as connection:
        connection.sendall(REQUEST.replace(b"/", b"/slow", 1))
        assert heard(connection).body == b"ok"


def test_requests_that_come_at_once_are_all_answered(url):
    with connected(url) as connection:
        connection.sendall(REQUEST.replace(b"/", b"/slow", 1) * 2 + REQUEST)
        raw = b""
        while raw.count(b"\r\n\r\nok") < 3:
            raw += connection.recv(1000)
        assert closed(connection)


def test_a_body_that_nobody_reads_does_not_hold_the_connection(url):
    with connected(url) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
        assert heard(connection).status == 200
        sent = 0
        try:
            while sent < 100:
                connection.sendall(b"x")
                sent += 1
                time.sleep(0.05)
        except OSError:
            pass
        assert sent < 100


@pytest.mark.parametrize("raw", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"\x00" * 100 + b"\r\n\r\n"])
def test_what_is_no_http_is_a_problem(url, raw):
    with connected(url) as connection:
        connection.sendall(raw)
        told: Told = heard(connection)
        assert told.problem["status"] == 400
        assert closed(connection)
