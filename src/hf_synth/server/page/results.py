"""What a job made, to look at and to take away."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from hf_synth.server.page.drawing import HEADERS
from hf_synth.server.page.session import Following, Seen
from hf_synth.server.places import REPORT
from hf_synth.server.routes.reports import REPORT_POLICY, paper
from hf_synth.server.routes.results import Wanted, results

router = APIRouter()


@router.get("/jobs/{job_id}/report")
async def report(request: Request, seen: Seen, job_id: str) -> Response:
    """The report of a completed job, which runs nothing and asks for nothing."""
    answer = await paper(request, seen.key, job_id, REPORT)
    answer.headers.update({**HEADERS, "Content-Security-Policy": REPORT_POLICY})
    return answer


@router.get("/jobs/{job_id}/download")
async def download(request: Request, seen: Following, job_id: str, wanted: Annotated[Wanted, Query()]) -> Response:
    """What the API answers, without waiting for rows that are not there yet."""
    answer = await results(request, seen.key, job_id, wanted.model_copy(update={"follow": False}))
    answer.headers.update(HEADERS)
    return answer
