"""Templates, and the headers that go with what is drawn from them.

Texts of users and models are escaped by the template engine; a policy forbids foreign scripts and requests besides.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from hf_synth.server.answers import Refused
from hf_synth.server.page import words

router = APIRouter()
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_STATIC = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
_YEAR = 365 * 86400


def draw(template: str, **values: Any) -> str:
    """A template with values."""
    return _templates().get_template(f"{template}.html.j2").render(**values)


def page(template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A response that is a page. What is no Unicode in a text becomes a question mark."""
    return HTMLResponse(draw(template, **values).encode("utf-8", "replace"), status, HEADERS)


@router.get("/static/{name}")
def static(name: str) -> Response:
    """A file that pages ask for. Its address changes with it, so that it may be kept."""
    if name not in _STATIC:
        raise Refused(404, f"There is nothing named {name[:80]!r} here.")
    kept = {"Cache-Control": f"public, max-age={_YEAR}, immutable"}
    return Response(_files()[name], headers={**HEADERS, **kept}, media_type=_STATIC[name])


@cache
def _files() -> dict[str, bytes]:
    return {name: (files("hf_synth.server.page") / "static" / name).read_bytes() for name in _STATIC}


def _address(name: str) -> str:
    return f"/static/{name}?v={hashlib.sha256(_files()[name]).hexdigest()[:12]}"


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("hf_synth.server.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update({name: getattr(words, name) for name in ("number", "money", "span", "ago", "moment", "size")})
    more: dict[str, Any] = {"address": _address, "causes": words.CAUSES}
    made.globals.update(more)
    return made
