"""For those who run the server: whether it is well, and its figures. Both without a key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal, cast

import sqlalchemy as sa
from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from hf_synth.server.answers import answer
from hf_synth.server.database import Database
from hf_synth.server.metrics import Metrics
from hf_synth.server.openapi import PROBLEMS, Responses
from hf_synth.server.patience import AWAY
from hf_synth.server.problems import problem
from hf_synth.server.store import Store

router = APIRouter(tags=["operations"])
_QUICK = 2.0  # seconds in which what is well answers
_STORE = 15.0  # seconds for which a look at the store holds: a bucket bills each
_SLOW = 10.0  # seconds in which a store answers that was well before, and only has much to do
_UNWELL: Responses = {
    503: {
        **PROBLEMS[503],
        "description": "The database does not answer, or the worker does not run or is stuck. Which of them is told as "
        "in the answer of a server that is well.",
    }
}
_DEAD = ("The worker does not run, or was not heard of for a minute.", "It is started again; see the log.")
_LOST = ("The database does not answer.", "Jobs go on once it does.")

Standing = Literal["ok", "away"]


class Health(BaseModel):
    """The server answers."""

    status: Literal["ok", "degraded"] = Field(description="`degraded` where results cannot be read for the moment.")
    database: Standing
    worker: Standing | None = Field(description="`null` where this server runs no jobs.")
    store: Standing


class Look:
    """Whether something answers. However many ask, one of them at a time looks, in a thread.

    Args:
        answers: looks.
        fresh: seconds for which what was seen holds.
        slow: seconds that a look may take where the last one went well.
    """

    def __init__(self, answers: Callable[[], bool], fresh: float = 0.0, slow: float = 0.0) -> None:
        self._answers, self._fresh, self._slow = answers, fresh, slow
        self._looking: asyncio.Task[bool] | None = None
        self._began = float("-inf")
        self.up = False
        """What was seen last."""

    async def well(self) -> bool:
        """Whether it answers, after a moment at the most."""
        if self._looking is None or (self._looking.done() and time.monotonic() - self._began >= self._fresh):
            self._began = time.monotonic()
            self._looking = asyncio.create_task(to_thread.run_sync(self._answers))
        looking = self._looking
        with suppress(TimeoutError):
            async with asyncio.timeout(_QUICK):
                self.up = await asyncio.shield(looking)
        if not looking.done() and time.monotonic() - self._began >= self._slow:
            self.up = False
        return self.up


class Doctor:
    """Looks after a server.

    Args:
        database: of the server.
        store: of the server.
        metrics: see `Metrics`; told of the store.
        working: whether the worker runs, where there is to be one.
    """

    def __init__(self, database: Database, store: Store, metrics: Metrics, working: Callable[[], bool] | None) -> None:
        self._database, self._metrics, self._working = database, metrics, working
        self._looks = Look(self._answers), Look(store.answers, _STORE, _SLOW)
        metrics.tell_store(lambda: self._looks[1].up)

    async def check(self) -> Health:
        """Look whether all is well."""
        database, store = await asyncio.gather(*(look.well() for look in self._looks))
        worker = None if self._working is None else _standing(self._working())
        status = "ok" if store else "degraded"
        return Health(status=status, database=_standing(database), worker=worker, store=_standing(store))

    async def page(self, accept: str) -> tuple[bytes, str]:
        """Figures in a format that the scraper takes, and the content type."""
        await self._looks[1].well()
        return await to_thread.run_sync(self._metrics.page, accept)

    def _answers(self) -> bool:
        try:
            with self._database.read() as connection:
                return connection.scalar(sa.select(1)) == 1
        except AWAY:
            return False


def _standing(well: bool) -> Standing:
    return "ok" if well else "away"


def _doctor(request: Request) -> Doctor:
    return cast("Doctor", request.app.state.doctor)


@router.get("/healthz", response_model=Health, responses=_UNWELL)
async def healthz(request: Request) -> Any:
    """Whether the database answers, the worker runs, and results can be read from the store. Needs no key.

    200 also where the store is away, as `degraded`: jobs are taken, run and told of all the same.
    """
    health = await _doctor(request).check()
    told = _DEAD if health.worker == "away" else _LOST if health.database == "away" else None
    if told is None:
        return health
    return answer(503, problem(503, told[0], hint=told[1], **health.model_dump(exclude={"status"})))


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Figures for Prometheus. Needs no key, and tells nothing of who uses the server."""
    page, kind = await _doctor(request).page(request.headers.get("accept", ""))
    return Response(page, headers={"Content-Type": kind})
