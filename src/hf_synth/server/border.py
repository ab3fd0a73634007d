"""What all requests pass, outside of every route: nothing that went wrong in here is told in its own words.

Frameworks log an error that nobody caught with its text and that of its causes. An error of a database quotes what
was to be written, so that configs and keys would stand in the log.
"""

from __future__ import annotations

import logging
import re

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hf_synth.server.answers import allowed, answer
from hf_synth.server.patience import where
from hf_synth.server.problems import MISTAKE, problem

_log = logging.getLogger("hf_synth.server")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]*)(?::(\d{0,5}))?")


class Border:
    """Wraps the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if (early := _early(scope)) is not None:
            await early(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001  # whatever it is, its words stay here
            _log.error("%s: %s\n%s", scope["method"], type(error).__name__, where(error))
            if not started:  # else the server closes the connection, because the response is not complete
                request = Request(scope, receive)
                told = scope["app"].exception_handlers.get(Exception)
                response = await told(request, error) if told else answer(500, problem(500, MISTAKE, kind="Mistake"))
                await response(scope, receive, send)


def _early(scope: Scope) -> Response | None:
    """The answer to what needs no route."""
    host = _HOST.fullmatch(Headers(scope=scope).get("host", ""))
    if host is None or int(host[1] or 0) > 65535:
        return answer(400, problem(400, "The Host header names no host."))
    if scope["method"] == "OPTIONS" and (methods := allowed(scope)):
        return Response(status_code=204, headers={"Allow": ", ".join(methods)})
    return None
