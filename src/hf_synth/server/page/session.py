"""Who looks at the page: an API key, signed in for half a day by a cookie that does not hold it."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from itsdangerous import BadData

from hf_synth.server.answers import Refused
from hf_synth.server.auth import streaming, throttled
from hf_synth.server.body import read_body
from hf_synth.server.keys import Key, check_key, key_by_id
from hf_synth.server.page.cookies import FORM, LIFE, SESSION, give, read, take
from hf_synth.server.page.drawing import HEADERS, page
from hf_synth.server.services import services_of
from hf_synth.server.signing_out import end_session, not_ended

router = APIRouter()
_MOST_BYTES = 4096
_OURS = re.compile(r"/(jobs/\w+(/\w+)?)?(\?[\w=&.%+-]*)?", re.ASCII)


class SignedOut(Exception):
    """Nobody is signed in, or not any more: they signed out, or the key was revoked."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who is signed in.

    Attributes:
        token: what their forms carry, so that no other site can send them.
        session: the random id of their session.
    """

    key: Key
    token: str
    session: str


def viewer(request: Request) -> Viewer:
    """The viewer of a request, which counts as one of their key.

    Raises:
        SignedOut: there is none.
        Refused: one request too many.
    """
    cookie = read(request, SESSION)
    key = key_by_id(services_of(request).database, cookie.key_id, not_ended(cookie.session)) if cookie.key_id else None
    if key is None:
        raise SignedOut
    throttled(request, key)
    return Viewer(key, _token(request, cookie.session), cookie.session)


async def following(request: Request, seen: Annotated[Viewer, Depends(viewer)]) -> AsyncGenerator[Viewer]:
    """The same, of a request whose answer may take as long as it likes.

    Raises:
        Refused: one too many are open.
    """
    with streaming(request, seen.key.id):
        yield seen


async def form(request: Request) -> dict[str, str]:
    """The fields of a form that this server made for this session.

    Raises:
        Refused: it is none (403), or too large.
    """
    return await _fields(request, SESSION)


async def _sign_in_form(request: Request) -> dict[str, str]:
    return await _fields(request, FORM)


Seen = Annotated[Viewer, Depends(viewer)]
Following = Annotated[Viewer, Depends(following)]
Form = Annotated[dict[str, str], Depends(form)]


def sign_in_page(request: Request, *, status: int = 200, back: str = "/", told: str = "") -> Response:
    """The form to sign in with, and the cookie that belongs to it."""
    session = read(request, FORM).session or secrets.token_urlsafe(16)
    elsewhere = request.headers.get("sec-fetch-site") == "cross-site"
    answer = page("sign_in", status=status, token=_token(request, session), back=back, told=told, elsewhere=elsewhere)
    give(request, answer, FORM, session)
    return answer


@router.post("/sign-in")
def sign_in(request: Request, fields: Annotated[dict[str, str], Depends(_sign_in_form)]) -> Response:
    """Start a session, a new one each time."""
    back = fields.get("back", "/")
    key = check_key(services_of(request).database, fields.get("key", "").strip())
    if key is None:
        return sign_in_page(request, status=401, back=back, told="This API key is not known here, or was revoked.")
    throttled(request, key)
    _end(request)
    answer = RedirectResponse(back if _OURS.fullmatch(back) else "/", 303, HEADERS)
    give(request, answer, SESSION, secrets.token_urlsafe(16), key.id)
    return answer


@router.post("/sign-out")
def sign_out(request: Request, _: Form) -> Response:
    """End the session, also for whoever has a copy of its cookie, and let the browser forget it."""
    _end(request)
    answer = RedirectResponse("/", 303, HEADERS)
    take(request, answer)
    return answer


def _end(request: Request) -> None:
    """End the session of a request, if it has one."""
    cookie = read(request, SESSION)
    if cookie.key_id:
        end_session(services_of(request).database, cookie.session, cookie.until)


def _token(request: Request, session: str) -> str:
    """A signature that nobody else can make, over what the other side holds in its cookie."""
    return str(services_of(request).signer("token").dumps(session))


async def _fields(request: Request, name: str) -> dict[str, str]:
    _refuse_foreign(request)
    body = await read_body(request, _MOST_BYTES)
    try:
        given = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise Refused(400, "This is no form.") from None
    fields = {field: values[-1] for field, values in given.items()}
    session = read(request, name).session
    try:
        signed = str(services_of(request).signer("token").loads(fields.get("token", ""), max_age=LIFE))
    except BadData:
        signed = ""
    if not session or not hmac.compare_digest(signed.encode(), session.encode()):
        raise Refused(
            403, "This form is not of this session.", hint="Open the page anew and try again. It needs its cookie."
        )
    return fields


def _refuse_foreign(request: Request) -> None:
    """Refuse what a page of another host sends. `null` is what browsers write where referrers are off, as in ours."""
    origin, site = request.headers.get("origin", "null"), request.headers.get("sec-fetch-site", "same-origin")
    public = urlsplit(services_of(request).settings.public_url or "").netloc
    ours = origin == "null" or urlsplit(origin).netloc in (request.headers.get("host"), public)
    if not ours or site not in ("same-origin", "none"):
        raise Refused(403, "This form came from another site.", hint="Open the page here and try again.")
