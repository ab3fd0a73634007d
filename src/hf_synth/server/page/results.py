"""What a job made, to look at and to take away."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from hf_synth.server.answers import Refused
from hf_synth.server.page.drawing import HEADERS
from hf_synth.server.page.session import Seen
from hf_synth.server.places import REPORT, report_of
from hf_synth.server.routes.jobs import own_job
from hf_synth.server.routes.results import Wanted, results
from hf_synth.server.services import services_of

router = APIRouter()
_REPORT_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)


@router.get("/jobs/{job_id}/report")
def report(request: Request, seen: Seen, job_id: str) -> Response:
    """The report of a completed job, which runs nothing and asks for nothing."""
    found = own_job(request, seen.key, job_id)
    if REPORT not in found.files:
        raise Refused(404, "This job has no report.", hint="There is one once a job is completed.")
    try:
        text = services_of(request).store.read(report_of(found), 0, found.files[REPORT])
    except FileNotFoundError:
        raise Refused(404, "The job was deleted just now.") from None
    headers = {**HEADERS, "Content-Security-Policy": _REPORT_POLICY}
    return Response(text, headers=headers, media_type="text/html; charset=utf-8")


@router.get("/jobs/{job_id}/download")
async def download(request: Request, seen: Seen, job_id: str, wanted: Annotated[Wanted, Query()]) -> Response:
    """What the API answers, without waiting for rows that are not there yet."""
    answer = await results(request, seen.key, job_id, wanted.model_copy(update={"follow": False}))
    answer.headers.update(HEADERS)
    return answer
