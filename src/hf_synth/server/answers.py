"""How errors leave the server: problem+json, whatever raised them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Scope

from hf_synth.errors import HfSynthError
from hf_synth.server.patience import AWAY, said
from hf_synth.server.problems import AWAY_TOLD, INSIDE, MEDIA_TYPE, MISTAKE, problem, problem_of, status_of
from hf_synth.server.refusals import QueueFull

_log = logging.getLogger("hf_synth.server")


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, detail: str, *, hint: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.detail, self.hint, self.headers = status, detail, hint, dict(headers or {})


def answer(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A problem as a response."""
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


def register(app: FastAPI) -> None:
    """Let an app tell all its errors so."""

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        return answer(error.status, problem(error.status, error.detail, hint=error.hint), error.headers)

    @app.exception_handler(HfSynthError)
    async def ours(_: Request, error: HfSynthError) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        headers = {"Retry-After": str(error.retry_after)} if isinstance(error, QueueFull) else {}
        return answer(status_of(error), problem_of(error), headers)

    async def away(_: Request, error: Exception) -> JSONResponse:
        _log.warning("%s", said(error))  # which may name places of this server: nothing for strangers
        told = problem(503, AWAY_TOLD, hint="Try again in a while.")
        return answer(503, told, {"Retry-After": "30"})

    for kind in (*INSIDE, *AWAY):
        app.add_exception_handler(kind, away)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        if error.status_code == 405:
            return _wrong_method(request)
        if error.status_code == 404:
            told = f"There is nothing at {request.url.path[:80]!r}."
            return answer(404, problem(404, told, hint="/openapi.json lists what there is."))
        return answer(error.status_code, problem(error.status_code, str(error.detail)), error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        return answer(422, problem(422, told))

    @app.exception_handler(Exception)
    async def mistake(_: Request, __: Exception) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        return answer(500, problem(500, MISTAKE, kind="Mistake"))  # `border.Border` logs it, and calls this


def allowed(scope: Scope) -> list[str]:
    """The methods that there are for a path, of all routes together: the router tells those of the first alone."""
    routes = scope["app"].router.routes
    found = [
        method
        for method in ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    return [*found, "OPTIONS"] if found else []


def _wrong_method(request: Request) -> JSONResponse:
    methods = ", ".join(allowed(request.scope))
    told = f"{request.method} is nothing to do with {request.url.path[:80]!r}."
    return answer(405, problem(405, told, hint=f"It takes {methods}."), {"Allow": methods})
