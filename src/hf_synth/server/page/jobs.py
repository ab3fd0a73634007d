"""One's own jobs: looked at, followed, cancelled, deleted."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from hf_synth.server.forgetting import forget
from hf_synth.server.jobs import Job, cancel_job, list_jobs
from hf_synth.server.openapi import GENERATE
from hf_synth.server.page.drawing import HEADERS, draw, page
from hf_synth.server.page.session import Following, Form, Seen, SignedOut, Viewer, sign_in_page, viewer
from hf_synth.server.places import REPORT, is_paper
from hf_synth.server.routes.jobs import HEARTBEAT, base_of, cursor_of, follow, own_job, place_of, seen_job
from hf_synth.server.services import Services, services_of
from hf_synth.server.shapes import PREFIX, Status, shape
from hf_synth.server.signing_out import not_ended

router = APIRouter()
_AT_ONCE = 25


@router.get("/")
def home(
    request: Request,
    status: Annotated[Status | Literal["all"], Query()] = "all",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """One's own jobs, the newest first; for who is signed out, the form to sign in."""
    try:
        seen = viewer(request)
    except SignedOut:
        return sign_in_page(request)
    wanted = None if status == "all" else status
    found = list_jobs(
        services_of(request).database, seen.key, limit=_AT_ONCE + 1, before=place_of(cursor), status=wanted
    )
    base = base_of(request)
    return page(
        "jobs",
        viewer=seen,
        jobs=[(shape(job, base), _expected(job)) for job in found[:_AT_ONCE]],
        wanted=wanted,
        cursor=cursor,
        following=cursor_of(found[_AT_ONCE - 1]) if len(found) > _AT_ONCE else None,
        address_to_send=f"{base}{PREFIX}/generate",
        example=json.dumps(_example(), indent=2),
    )


def _example() -> Any:
    """The config that the document of the API shows."""
    return GENERATE["requestBody"]["content"]["application/json"]["examples"]["instructions"]["value"]


@router.get("/jobs/{job_id}")
def job(request: Request, seen: Seen, job_id: str) -> Response:
    """A job as it stands."""
    found = seen_job(request, seen.key, job_id)
    return page(
        "job", viewer=seen, config=json.dumps(found.config, ensure_ascii=False, indent=2), **_drawn(found, seen)
    )


@router.get("/jobs/{job_id}/live")
async def live(request: Request, seen: Following, job_id: str) -> StreamingResponse:
    """What the page of a job shows of it, again whenever it changed, as server-sent events."""
    found = await run_in_threadpool(seen_job, request, seen.key, job_id)
    return StreamingResponse(
        _events(services_of(request), seen, found),
        media_type="text/event-stream",
        headers={**HEADERS, "X-Accel-Buffering": "no"},
    )


async def _events(services: Services, seen: Viewer, found: Job) -> AsyncGenerator[bytes]:
    async for now in follow(services, seen.key, found, not_ended(seen.session)):
        if now is None:
            yield HEARTBEAT.encode()
        else:
            text = draw("job_parts", **_drawn(now, seen)).replace("\r", "&#13;")
            lines = "".join(f"data: {line}\n" for line in text.split("\n"))
            yield f"event: job\n{lines}\n".encode("utf-8", "replace")


def _drawn(found: Job, seen: Viewer) -> dict[str, Any]:
    """What the templates of a job take."""
    return {
        "job": shape(found, ""),
        "token": seen.token,
        "ended": found.ended,
        "expected": _expected(found),
        "splits": list(found.targets),
        "files": {name: many for name, many in found.files.items() if not is_paper(name)},
        "reported": REPORT in found.files,
    }


def _expected(found: Job) -> float | None:
    """US dollars in all: as measured so far, or as was estimated."""
    measured: float | None = found.statistics.get("usd_expected")
    likely: dict[str, Any] = found.estimate.get("likely") or {}
    return likely.get("cost") if measured is None else measured


@router.post("/jobs/{job_id}/cancel")
def cancel(request: Request, seen: Seen, _: Form, job_id: str) -> Response:
    """Stop a job."""
    cancel_job(services_of(request).database, own_job(request, seen.key, job_id))
    return RedirectResponse(f"/jobs/{job_id}", 303, HEADERS)


@router.get("/jobs/{job_id}/delete")
def ask_to_delete(request: Request, seen: Seen, job_id: str) -> Response:
    """Ask whether it is meant."""
    return page("delete", viewer=seen, **_drawn(own_job(request, seen.key, job_id), seen))


@router.post("/jobs/{job_id}/delete")
def delete(request: Request, seen: Seen, _: Form, job_id: str) -> Response:
    """Forget a job that has ended, and its results."""
    services, found = services_of(request), own_job(request, seen.key, job_id)
    forget(services.database, services.store, found)
    return RedirectResponse("/", 303, HEADERS)
