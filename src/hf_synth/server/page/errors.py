"""Errors for people: the words that the API has for them, on a page."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, cast

from fastapi import FastAPI, Request, Response

from hf_synth.server.page.drawing import page
from hf_synth.server.page.session import SignedOut, sign_in_page

_Handler = Callable[[Request, Any], Awaitable[Response]]
_KEPT = ("Retry-After", "Connection", "Allow")


def register(app: FastAPI) -> None:
    """Let browsers be told errors on a page, beside what the app tells programs."""
    for kind, told in list(app.exception_handlers.items()):
        app.exception_handlers[kind] = _for_people(cast("_Handler", told))  # pyright: ignore[reportArgumentType]

    @app.exception_handler(SignedOut)
    def signed_out(request: Request, _: SignedOut) -> Response:  # pyright: ignore[reportUnusedFunction]
        back = f"{request.url.path}?{request.url.query}".rstrip("?") if request.method == "GET" else "/"
        return sign_in_page(request, status=401, back=back)


def _for_people(told: _Handler) -> _Handler:
    async def handler(request: Request, error: Any) -> Response:
        answer = await told(request, error)
        if request.url.path.startswith("/v1/") or "text/html" not in request.headers.get("accept", ""):
            return answer
        drawn = page("problem", status=answer.status_code, problem=json.loads(bytes(answer.body)))
        drawn.headers.update({name: answer.headers[name] for name in _KEPT if name in answer.headers})
        return drawn

    return handler
