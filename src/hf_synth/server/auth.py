"""Who asks: `Authorization: Bearer KEY`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from hf_synth.server.answers import Refused
from hf_synth.server.keys import Key, check_key
from hf_synth.server.services import services_of

_bearer = HTTPBearer(auto_error=False, description="An API key, as `hf-synth keys create NAME` prints it.")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="hf_synth"'}
_FULL = 10  # seconds to wait for a stream to end


def signed_in(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None) -> Key:
    """The key of a request.

    Raises:
        Refused: there is none (401), or it asks too often (429).
    """
    services = services_of(request)
    if given is None:
        raise Refused(401, "This needs an API key: send Authorization: Bearer KEY.", headers=_CHALLENGE)
    key = check_key(services.database, given.credentials)
    if key is None:
        raise Refused(401, "This API key is not known here, or was revoked.", headers=_CHALLENGE)
    throttled(request, key)
    return key


def throttled(request: Request, key: Key) -> None:
    """Count a request of a key.

    Raises:
        Refused: it is one too many.
    """
    wait = services_of(request).throttle.wait(key)
    if wait:
        raise Refused(
            429,
            f"This key may send {key.requests_per_minute} requests in a minute.",
            hint=f"Wait {wait} s.",
            headers={"Retry-After": str(wait)},
        )


@contextmanager
def streaming(request: Request, whose: str) -> Generator[None]:
    """Around the answer to a request that may take as long as its reader likes: count it as open.

    Raises:
        Refused: it is one too many.
    """
    services = services_of(request)
    with services.streams.one(whose, services.settings.most_streams) as may:
        if not may:
            raise Refused(
                429,
                f"{services.settings.most_streams:,} streams of this key are open at this server (--streams): it has "
                "room for no more.",
                hint=f"Close one, or wait {_FULL} s for one to end.",
                headers={"Retry-After": str(_FULL)},
            )
        yield


Owner = Annotated[Key, Depends(signed_in)]
"""The key that asks, for the signature of a route."""


async def _reading(request: Request, key: Owner) -> AsyncGenerator[Key]:
    with streaming(request, key.id):  # the framework goes on behind `yield` when the answer has ended, however it did
        yield key


Reading = Annotated[Key, Depends(_reading)]
"""The same, for a route whose answer is a stream: too many of them are refused."""
