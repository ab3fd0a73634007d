"""The limiters of this process: one for each provider, address, model and key, shared by all sessions.

An owner (one of several whose jobs run here) shares them fairly with the others (`engine/limiter.py`). The lowest of
the rates that its jobs give bounds the owner, at each limiter, and slows nobody else.

Used in the engine's loop alone, so nothing here needs a lock. A limiter is dropped when its last user leaves.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from hashlib import blake2b

from hf_synth.config.model import Run
from hf_synth.engine.limiter import Limiter, Seat
from hf_synth.types import Endpoint

Whose = tuple[str, str, str, str]
"""Provider, address, model, and a digest of the key that no other process can make."""

_limiters: dict[Whose, Limiter] = {}
_salt = secrets.token_bytes(16)


def _whose(endpoint: Endpoint, key: str | None) -> Whose:
    digest = "" if key is None else blake2b(key.encode(), key=_salt, digest_size=16).hexdigest()
    return endpoint.provider, (endpoint.base_url or "").rstrip("/"), endpoint.model, digest


@contextmanager
def seats(run: Run, owner: str = "") -> Generator[Callable[[Endpoint, str | None], Seat]]:
    """Take seats for a session: one at each limiter that its roles need, given up again where that fails.

    Roles that ask the same model share a seat, and so the bound on calls at once.

    Args:
        run: its bound on calls at once, and its rates.
        owner: whose the session is; empty where a process has but one.
    """
    taken: dict[Whose, Seat] = {}

    def seat(endpoint: Endpoint, key: str | None) -> Seat:
        whose = _whose(endpoint, key)
        if whose not in taken:
            limiter = _limiters.get(whose)
            if limiter is None:
                limiter = _limiters[whose] = Limiter(unused=partial(_limiters.pop, whose))
            taken[whose] = limiter.seat(run.concurrency, run.requests_per_minute, run.tokens_per_minute, owner)
        return taken[whose]

    try:
        yield seat
    except BaseException:
        for one in taken.values():
            one.leave()
        raise


os.register_at_fork(after_in_child=_limiters.clear)
