"""Jobs: generate, look, list, cancel, delete, follow."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from hf_synth.server.admission import admit, read_config
from hf_synth.server.answers import Refused
from hf_synth.server.auth import Owner, Reading
from hf_synth.server.forgetting import forget
from hf_synth.server.jobs import Job, cancel_job, find_job, list_jobs
from hf_synth.server.keys import Key, key_by_id
from hf_synth.server.openapi import EVENTS, GENERATE, JOB, QUEUED, problems
from hf_synth.server.services import Services, services_of
from hf_synth.server.shapes import PREFIX, JobList, JobStatus, Status, shape
from hf_synth.server.shelf import shelf_of
from hf_synth.server.streams import Stream
from hf_synth.server.waiting import explained

router = APIRouter(prefix=PREFIX, tags=["jobs"])
_HEARTBEAT = 15.0
HEARTBEAT = ": still here\n\n"
"""Of an event stream: tells that both sides are there."""


def base_of(request: Request) -> str:
    """The address of this server, as readers reach it."""
    return (services_of(request).settings.public_url or str(request.base_url)).rstrip("/")


def own_job(request: Request, key: Key, job_id: str) -> Job:
    """A job of a key's own.

    Raises:
        Refused: there is none; whether it is another key's is not told.
    """
    job = find_job(services_of(request).database, key, job_id)
    if job is None:
        raise Refused(404, f"There is no job {job_id[:80]!r} of this key.")
    return job


def seen_job(request: Request, key: Key, job_id: str) -> Job:
    """A job of a key's own; where it waits, with the reason.

    Raises:
        Refused: as for `own_job`.
    """
    services = services_of(request)
    return explained(services.database, own_job(request, key, job_id), services.settings.jobs)


@router.post(
    "/generate",
    status_code=202,
    response_model=JobStatus,
    summary="Queue a job",
    responses={202: QUEUED, **problems(400, 402, 403, 408, 409, 413, 415, 422)},
    openapi_extra=GENERATE,
)
async def generate(
    request: Request,
    response: Response,
    key: Owner,
    idempotency_key: Annotated[str | None, Header(max_length=255, pattern=r"^[\x21-\x7e]+$")] = None,
) -> JobStatus:
    """Queue a job: a run of the config in the body.

    With an `Idempotency-Key` the same body leads to the same job, however often it is sent.
    """
    services = services_of(request)
    body = await read_config(request, services.settings)
    job, new = await to_thread.run_sync(admit, services, key, body, idempotency_key, limiter=services.admitting)
    told = shape(job, base_of(request))
    response.headers["Location"] = told.links.self
    if not new:
        response.headers["Idempotency-Replayed"] = "true"
    return told


@router.get("/jobs", response_model=JobList, summary="List jobs", responses=problems(422))
def jobs(
    request: Request,
    key: Owner,
    status: Annotated[Status | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> JobList:
    """One's own jobs, the newest first, a page at a time; of their configs without outline, examples and guidance."""
    found = list_jobs(services_of(request).database, key, limit=limit + 1, before=place_of(cursor), status=status)
    base = base_of(request)
    following = None
    if len(found) > limit:
        last = found[limit - 1]
        more = f"&status={status}" if status else ""
        following = f"{base}{PREFIX}/jobs?limit={limit}&cursor={cursor_of(last)}{more}"
    return JobList(jobs=[shape(job, base, brief=True) for job in found[:limit]], next=following)


def cursor_of(job: Job) -> str:
    """Where a list goes on after a job."""
    return f"{job.created_at!r}_{job.id}"


def place_of(cursor: str | None) -> tuple[float, str] | None:
    """What `cursor_of` named.

    Raises:
        Refused: it did not.
    """
    if cursor is None:
        return None
    created, _, job_id = cursor.partition("_")
    try:
        return float(created), job_id
    except ValueError:
        raise Refused(422, "cursor is none that a page named.", hint="Leave it out for the first page.") from None


@router.get("/jobs/{job_id}", response_model=JobStatus, summary="Look at a job", responses={200: JOB, **problems(404)})
def job_status(request: Request, key: Owner, job_id: str) -> JobStatus:
    """A job as it stands."""
    return shape(seen_job(request, key, job_id), base_of(request))


@router.post(
    "/jobs/{job_id}/cancel",
    status_code=202,
    response_model=JobStatus,
    summary="Cancel a job",
    responses={202: JOB, **problems(404)},
)
def cancel(request: Request, key: Owner, job_id: str) -> JobStatus:
    """Stop a job. Calls in flight are let end, because they are paid for; the rows so far can be read."""
    cancel_job(services_of(request).database, own_job(request, key, job_id))
    return shape(seen_job(request, key, job_id), base_of(request))


@router.delete("/jobs/{job_id}", status_code=204, summary="Delete a job", responses=problems(404, 409))
async def delete(request: Request, key: Owner, job_id: str) -> Response:
    """Forget a job that has ended, and its results. Answers stay on record: the same config costs nothing again."""
    services, job = services_of(request), await run_in_threadpool(own_job, request, key, job_id)
    await shelf_of(request).run(forget, services.database, services.store, job)
    return Response(status_code=204)


@router.get(
    "/jobs/{job_id}/events",
    response_class=StreamingResponse,
    summary="Follow a job",
    responses={200: EVENTS, **problems(404)},
)
async def events(request: Request, key: Reading, job_id: str) -> Response:
    """Follow a job by server-sent events: `status` with the job whenever it changed, until it has ended.

    Of its config without outline, examples and guidance. Why a job waits is looked at again every 15 s.
    """
    job = await run_in_threadpool(seen_job, request, key, job_id)
    told = _events(services_of(request), key, job, base_of(request))
    return Stream(told, {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}, "text/event-stream")


async def _events(services: Services, key: Key, job: Job, base: str) -> AsyncGenerator[bytes]:
    async for now in follow(services, key, job):
        if now is None:
            yield HEARTBEAT.encode()
            continue
        data: dict[str, Any] = shape(now, base, brief=True).model_dump(mode="json")
        yield f"event: status\nid: {now.version}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


async def follow(services: Services, key: Key, job: Job, *also: Any) -> AsyncGenerator[Job | None]:
    """A job as it stands, and again whenever it changed until it has ended; `None` now and then, to be heard of.

    Why a job waits changes with other jobs, and is looked at now and then. It ends early with the server, for a job or
    a key that is gone, and where something of `also` is so no longer: conditions of a query, see `key_by_id`.
    """
    yield job
    while not job.ended:
        await services.watch.changed(job.id, job.version, _HEARTBEAT)
        asked = (key_by_id, services.database, key.id, *also)
        if services.watch.ending.is_set() or await to_thread.run_sync(*asked) is None:
            return
        now = await to_thread.run_sync(find_job, services.database, key, job.id)
        if now is None:
            return
        now = await to_thread.run_sync(
            explained, services.database, now, services.settings.jobs, limiter=services.explaining
        )
        changed, job = now != job, now
        yield job if changed else None
