"""Distributed launches (`torchrun`): rank 0 generates, the others wait for what it makes."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

import _hf_synth_autoload

_log = logging.getLogger("hf_synth")
_EVERY = 0.2
_seen: dict[str, float] = {}
_TELL_EVERY = 60.0


def must_wait() -> bool:
    """Whether this process is a rank of a distributed launch other than rank 0."""
    world, rank = os.environ.get("WORLD_SIZE", "1"), os.environ.get("RANK", "0")
    return world.isdigit() and rank.isdigit() and int(world) > 1 and int(rank) > 0


def wait_for_file(path: str, *, fresh: bool) -> None:
    """Wait for rank 0 to finish a file. If rank 0 fails, the launcher ends this process too.

    Args:
        path: the file that rank 0 writes last.
        fresh: one written before this process started, or waited for before, will not do.
    """
    since = max(_hf_synth_autoload.STARTED, _seen.get(path, 0.0)) if fresh else -1.0
    started = told = time.monotonic()
    while (written := _written(path)) is None or written <= since:
        time.sleep(_EVERY)
        now = time.monotonic()
        if now - told >= _TELL_EVERY:
            told = now
            _log.warning("Waiting %.0f s for rank 0 to make %s (it must share this cache).", now - started, path)
    _seen[path] = written


def _written(path: str) -> float | None:
    try:
        return Path(path).stat().st_mtime
    except FileNotFoundError:
        return None
