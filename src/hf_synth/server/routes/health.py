"""For those who run the server: whether it is well, and its figures. Both without a key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, cast

import sqlalchemy as sa
from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from hf_synth.server.answers import Refused
from hf_synth.server.database import Database
from hf_synth.server.metrics import Metrics
from hf_synth.server.openapi import PROBLEMS, Responses
from hf_synth.server.patience import AWAY

router = APIRouter(tags=["operations"])
_QUICK = 2.0  # seconds in which a database that is well answers
_UNWELL: Responses = {
    503: {**PROBLEMS[503], "description": "The database does not answer, or the worker does not run."}
}


class Health(BaseModel):
    """The server is well."""

    status: Literal["ok"] = "ok"


class Doctor:
    """Looks after a server. However many ask, one of them at a time looks at the database.

    Args:
        database: of the server.
        metrics: see `Metrics`.
        working: whether the worker runs, where there is to be one.
    """

    def __init__(self, database: Database, metrics: Metrics, working: Callable[[], bool] | None) -> None:
        self.metrics = metrics
        self._database, self._working = database, working
        self._looking: asyncio.Task[bool] | None = None

    async def check(self) -> None:
        """Look whether all is well.

        Raises:
            Refused: it is not (503).
        """
        if self._working is not None and not self._working():
            raise Refused(503, "The worker does not run.", hint="It is started again in a moment; see the log.")
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(to_thread.run_sync(self._answers))
        well = False
        with suppress(TimeoutError):
            async with asyncio.timeout(_QUICK):
                well = await asyncio.shield(self._looking)
        if not well:
            raise Refused(503, "The database does not answer.", hint="Jobs go on once it does.")

    def _answers(self) -> bool:
        try:
            with self._database.read() as connection:
                return connection.scalar(sa.select(1)) == 1
        except AWAY:
            return False


def _doctor(request: Request) -> Doctor:
    return cast("Doctor", request.app.state.doctor)


@router.get("/healthz", responses=_UNWELL)
async def healthz(request: Request) -> Health:
    """Whether the database answers and the worker runs. Needs no key."""
    await _doctor(request).check()
    return Health()


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request) -> Response:
    """Figures for Prometheus. Needs no key, and tells nothing of who uses the server."""
    page, kind = _doctor(request).metrics.page(request.headers.get("accept", ""))
    return Response(page, headers={"Content-Type": kind})
