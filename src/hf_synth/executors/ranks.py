"""Distributed launches (`torchrun`): rank 0 generates, the others wait for what it makes."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable

_log = logging.getLogger("hf_synth")
_EVERY = 0.2
_TELL_EVERY = 60.0


def must_wait() -> bool:
    """Whether this process is a rank of a distributed launch other than rank 0."""
    world, rank = os.environ.get("WORLD_SIZE", "1"), os.environ.get("RANK", "0")
    return world.isdigit() and rank.isdigit() and int(world) > 1 and int(rank) > 0


def wait_until(ready: Callable[[], bool], what: str) -> None:
    """Wait for rank 0. If it fails, the launcher ends this process too; until then it says what it waits for."""
    started = told = time.monotonic()
    while not ready():
        time.sleep(_EVERY)
        now = time.monotonic()
        if now - told >= _TELL_EVERY:
            told = now
            _log.warning("Waiting %.0f s for rank 0 to make %s (it must share this cache).", now - started, what)
