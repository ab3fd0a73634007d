"""What the routes of one server process share."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import cast

from anyio import CapacityLimiter
from fastapi import Request
from itsdangerous import URLSafeTimedSerializer

from hf_synth.server.database import Database
from hf_synth.server.settings import Settings
from hf_synth.server.store import Store
from hf_synth.server.throttle import Streams, Throttle
from hf_synth.server.watch import Watch


@dataclass(frozen=True, slots=True)
class Services:
    """Made once, when the server starts.

    Attributes:
        secret: what links and sessions are signed with.
        explaining: who of those that follow jobs may find out now why one waits: there may be hundreds.
        admitting: who may check a config now: that takes longer than other answers, which must not wait for it.
    """

    settings: Settings
    database: Database
    store: Store
    watch: Watch
    throttle: Throttle
    secret: str
    streams: Streams = field(default_factory=Streams)
    explaining: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))
    admitting: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(2))

    def signer(self, purpose: str) -> URLSafeTimedSerializer:
        """Signs with HMAC-SHA-256 and compares in constant time; a signature holds for one purpose."""
        return URLSafeTimedSerializer(self.secret, salt=purpose, signer_kwargs={"digest_method": hashlib.sha256})


def services_of(request: Request) -> Services:
    """The services of the server that a request came to."""
    return cast("Services", request.app.state.services)
