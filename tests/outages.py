"""A way to a server that can be shut and opened again, for tests of what happens while it is away."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self


class Door:
    """A port on loopback that leads to another address. A context manager.

    Args:
        to: a port on loopback, or the path of a socket.
    """

    def __init__(self, to: int | str) -> None:
        self._to = to
        self._open = True
        self._through: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shut()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def shut(self) -> None:
        """Cut all connections, and new ones as soon as they are made."""
        self._open = False
        for one in [*self._through]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def open(self) -> None:
        """Let connections through again."""
        self._open = True

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                one, _ = self._listening.accept()
                threading.Thread(target=self._lead, args=(one,), daemon=True).start()

    def _lead(self, outside: socket.socket) -> None:
        with outside, suppress(OSError), self._there() as inside:
            pair = (outside, inside)
            self._through.update(pair)
            if self._open:
                back = threading.Thread(target=_pump, args=(inside, outside), daemon=True)
                back.start()
                _pump(outside, inside)
                back.join()
            self._through.difference_update(pair)

    def _there(self) -> socket.socket:
        if isinstance(self._to, int):
            return socket.create_connection(("127.0.0.1", self._to))
        inside = socket.socket(socket.AF_UNIX)
        inside.connect(self._to)
        return inside


def _pump(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(1 << 16):
            other.sendall(data)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)
