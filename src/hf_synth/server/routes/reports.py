"""What is told of a job beside its rows: the report on their quality, and the receipt."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from hf_synth.server.accepting import preferred
from hf_synth.server.answers import Refused
from hf_synth.server.auth import Owner
from hf_synth.server.jobs import Job
from hf_synth.server.keys import Key
from hf_synth.server.openapi import problems
from hf_synth.server.openapi_reports import RECEIPTS, REPORTS
from hf_synth.server.places import FIGURES, RECEIPT, REPORT, paper_of, receipt_of
from hf_synth.server.routes.jobs import own_job
from hf_synth.server.services import services_of
from hf_synth.server.shapes import PREFIX
from hf_synth.server.shelf import shelf_of

router = APIRouter(prefix=PREFIX, tags=["results"])
REPORT_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
"""Content-Security-Policy of a report, which runs nothing and asks for nothing."""
_KINDS = {FIGURES: "application/json", REPORT: "text/html; charset=utf-8", RECEIPT: "application/json"}
_NAMES = {FIGURES: "report", REPORT: "report", RECEIPT: "receipt"}
_HEADERS = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_WITHOUT = {
    "report": "A completed job has one, on up to 100,000 rows; GET …/receipt tells what the job took.",
    "receipt": "A job has one once it has ended; one that ended while it waited in the queue has none.",
}
_LOST = "Send the config again, as a new job: what is on record costs nothing."


@router.get(
    "/jobs/{job_id}/report", response_model=None, summary="Read the report", responses={**problems(404, 409), **REPORTS}
)
async def report(request: Request, key: Owner, job_id: str) -> Response:
    """How diverse, balanced and clean the rows of a completed job are, and why others were dropped.

    As JSON, what `hf-synth report --json` prints; as `text/html`, where `Accept` prefers it, the page with plots.
    """
    kinds = {"application/json": FIGURES, "text/html": REPORT}
    name = kinds[preferred(request.headers.get("accept"), [*kinds])]
    answer = await paper(request, key, job_id, name)
    answer.headers["Vary"] = "Accept"
    return answer


@router.get(
    "/jobs/{job_id}/receipt",
    response_model=None,
    summary="Read the receipt",
    responses={**problems(404, 409), **RECEIPTS},
)
async def receipt(request: Request, key: Owner, job_id: str) -> Response:
    """Tokens, US dollars, yield by cause and models served, as `hf-synth status --json` prints them.

    It is written when a job ends, and counts all that is on record for the config by then: also what earlier jobs with
    the same journal took. What this job took by itself is in its `statistics`.
    """
    return await paper(request, key, job_id, RECEIPT)


async def paper(request: Request, key: Key, job_id: str, name: str) -> Response:
    """The report or the receipt of a job of a key's own.

    Raises:
        Refused: there is no such job, or it has none, or has lost it (404); or none yet (409).
    """
    job = await to_thread.run_sync(own_job, request, key, job_id)
    file = receipt_of(job) if name == RECEIPT else name
    if file not in job.files:
        raise _without(job, _NAMES[name])
    try:
        content = await shelf_of(request).run(services_of(request).store.read, paper_of(job, file), 0, job.files[file])
    except FileNotFoundError:
        await to_thread.run_sync(own_job, request, key, job_id)  # it may have been deleted meanwhile
        raise Refused(404, f"The {_NAMES[name]} of job {job.id} is lost from the store.", hint=_LOST) from None
    policy = {"Content-Security-Policy": REPORT_POLICY} if name == REPORT else {}
    return Response(content, headers={**_HEADERS, **policy}, media_type=_KINDS[name])


def _without(job: Job, what: str) -> Refused:
    """The refusal of what a job has not: 409 only where it may come, since clients ask again then."""
    return Refused(404 if job.ended else 409, f"Job {job.id} is {job.status} and has no {what}.", hint=_WITHOUT[what])
