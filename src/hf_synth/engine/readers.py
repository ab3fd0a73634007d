"""Where readers wait: threads of users on one side, the engine's thread on the other."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Readers:
    """Readers that wait, each for something of its own."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[], bool], threading.Event]] = []

    def wait(self, ready: Callable[[], bool], timeout: float) -> bool:
        """Block until `ready`, which the engine's thread looks at whenever something changed, or for `timeout`."""
        waiter = (ready, threading.Event())
        self._waiting.append(waiter)
        try:
            return ready() or waiter[1].wait(timeout)
        finally:
            self._waiting.remove(waiter)

    def notify(self) -> None:
        """Wake the readers that have what they wait for; waking all at every row would cost more than the row."""
        for event in [event for ready, event in list(self._waiting) if ready()]:
            event.set()
