"""HTTP as bytes, for what no client would send."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Told:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """The problem that it is."""
        assert self.headers["content-type"] == "application/problem+json", self
        told = json.loads(self.body)
        assert told["status"] == self.status
        assert {"type", "title", "detail"} <= told.keys()
        return told


def connected(url: str) -> socket.socket:
    """A connection to a server."""
    at = urlsplit(url)
    return socket.create_connection((str(at.hostname), at.port or 80), timeout=30)


def heard(connection: socket.socket, method: str = "GET") -> Told:
    """The next answer on a connection."""
    answer = HTTPResponse(connection, method=method)
    answer.begin()
    return Told(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


def exchange(url: str, *sent: bytes, method: str = "GET") -> Told:
    """Send bytes as they are; what is answered."""
    with connected(url) as connection:
        for part in sent:
            connection.sendall(part)
        return heard(connection, method)


def request(
    url: str, path: str, key: str = "", body: bytes | Iterable[bytes] = b"", method: str = "POST", **headers: str
) -> Told:
    """A request with exactly these headers (`_` stands for `-`); a body in parts is sent in chunks."""
    lines = {"Host": urlsplit(url).netloc, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if key:
        lines["Authorization"] = f"Bearer {key}"
    if isinstance(body, bytes):
        lines.setdefault("Content-Length", str(len(body)))
        sent = [body]
    else:
        lines["Transfer-Encoding"] = "chunked"
        sent = [b"%x\r\n%s\r\n" % (len(part), part) for part in body] + [b"0\r\n\r\n"]
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    with connected(url) as connection:
        connection.sendall(head.encode("latin-1"))
        try:
            for part in sent:
                connection.sendall(part)
        except OSError:  # it has answered, and hears no more
            pass
        return heard(connection, method)
