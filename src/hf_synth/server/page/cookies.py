"""What a browser keeps of a session: signed, out of reach for scripts, sites and neighbours."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request, Response
from itsdangerous import BadData

from hf_synth.server.services import services_of

LIFE = 12 * 3600
"""Seconds that a session lasts."""
SESSION, FORM = "hf_synth", "hf_synth_form"
"""Two cookies: a form of somebody who is signed out must not take the place of a session, which browsers keep back when
a link of another site leads here."""


@dataclass(frozen=True, slots=True)
class Cookie:
    """What a cookie of ours says; nothing where it is none, or too old.

    Attributes:
        session: a random id.
        key_id: of the key that is signed in.
        until: when it expires, seconds since the epoch.
    """

    session: str = ""
    key_id: str = ""
    until: float = 0.0


def secure(request: Request) -> bool:
    """Whether readers come by HTTPS, as far as this server can tell."""
    public = services_of(request).settings.public_url or ""
    return request.url.scheme == "https" or public.startswith("https:")


def named(request: Request, name: str) -> str:
    """With a prefix that keeps neighbours below the same domain from setting the cookie."""
    return f"__Host-{name}" if secure(request) else name


def give(request: Request, answer: Response, name: str, session: str, key_id: str = "") -> None:
    """Let the browser keep a session."""
    value = str(services_of(request).signer(name).dumps([session, key_id]))
    answer.set_cookie(
        named(request, name),
        value,
        max_age=LIFE,
        path="/",
        secure=secure(request),
        httponly=True,
        samesite="strict",
    )


def take(request: Request, answer: Response) -> None:
    """Let the browser forget all of it."""
    for name in (SESSION, FORM):
        answer.delete_cookie(named(request, name), secure=secure(request), httponly=True, samesite="strict")


def read(request: Request, name: str) -> Cookie:
    """What the browser keeps."""
    given = request.cookies.get(named(request, name), "")
    signer = services_of(request).signer(name)
    try:
        (session, key_id), signed_at = signer.loads(given, max_age=LIFE, return_timestamp=True)
    except BadData:
        return Cookie()
    return Cookie(session, key_id, signed_at.timestamp() + LIFE)
