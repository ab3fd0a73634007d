"""Rows: streamed, ranged, as files, and by links that anybody may use for a while."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from hf_synth.server.answers import Refused
from hf_synth.server.auth import Owner, Reading, streaming
from hf_synth.server.delivery import Selection, bound, deliver
from hf_synth.server.formats import ENDING, MEDIA_TYPE, Format, as_csv, chosen, disposition
from hf_synth.server.jobs import Job
from hf_synth.server.links import File, opened, signed
from hf_synth.server.openapi import problems
from hf_synth.server.openapi_results import FILE, RESULTS
from hf_synth.server.reading import Reader
from hf_synth.server.routes.jobs import base_of, own_job
from hf_synth.server.rows import Index, Part
from hf_synth.server.services import services_of
from hf_synth.server.shapes import PREFIX, ResultsUrl
from hf_synth.server.shelf import shelf_of
from hf_synth.server.streams import Stream

router = APIRouter(prefix=PREFIX, tags=["results"])
_KEEP = {"Cache-Control": "private, no-cache", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}


class Wanted(BaseModel):
    """What is asked for, in the query."""

    split: str | None = Field(default=None, description="One split. By default all, one after the other.")
    after: int = Field(default=0, ge=0, description="So many rows are left out at the beginning, to go on after them.")
    format: Format | None = Field(default=None, description="By default what `Accept` names, else `ndjson`.")
    follow: bool = Field(default=True, description="Wait for the rows that are not there yet.")


class WantedUrl(BaseModel):
    """What an address is asked for, in the query."""

    split: str | None = Field(default=None, description="Needed where there are several.")
    format: Literal["ndjson", "parquet"] = "ndjson"
    expires_in: int = Field(default=3600, ge=60, le=604_800, description="Seconds that the address holds for.")


@router.get("/jobs/{job_id}/results", response_class=StreamingResponse, responses={**problems(404, 422), **RESULTS})
async def results(request: Request, key: Reading, job_id: str, wanted: Annotated[Wanted, Query()]) -> Response:
    """The rows, also while the job runs: the answer ends when the job has.

    An answer that was cut (the job failed, was cancelled or deleted, or the server ended) is short of its last chunk,
    which clients tell as an error. Go on with `after` and the number of rows that came, or with `Range`: the bytes of a
    job never change and keep their places, while it runs as well as later.
    """
    job = await to_thread.run_sync(own_job, request, key, job_id)
    kind = chosen(wanted.format, request.headers.get("accept"))
    if kind == "parquet":
        file = _file(job, wanted.split, kind)
        return await _whole(request, file, {"Vary": "Accept", "X-Job-Status": job.status})
    splits = [_split(job, wanted.split)] if wanted.split is not None else [*job.targets]
    shelf = shelf_of(request)
    reader = Reader(shelf, await shelf.index(job), splits)
    if reader.index.deleted:
        raise Refused(404, f"There is no job {job_id[:80]!r} of this key.")
    name = disposition(job.config["schema"], wanted.split, kind)
    headers = {**_KEEP, "Vary": "Accept", "X-Job-Status": reader.index.status, "Content-Disposition": name}
    what = Selection(MEDIA_TYPE[kind], wanted.split or "", wanted.after, wanted.follow)
    if kind == "ndjson":
        return await deliver(request, reader, what, headers)
    if not wanted.follow:
        await bound(reader, wanted.after)
    rows = reader.chunks(wanted.after if wanted.follow else None)
    lines = as_csv(shelf, rows, head=not wanted.after)
    return Stream(lines, {**headers, "Accept-Ranges": "none"}, what.media_type)


@router.get("/jobs/{job_id}/results/url", response_model=ResultsUrl, responses=problems(404, 409, 422))
def results_url(request: Request, key: Owner, job_id: str, wanted: Annotated[WantedUrl, Query()]) -> ResultsUrl:
    """An address that anybody may read the rows of a completed job at, for a while."""
    job = own_job(request, key, job_id)
    return signed(services_of(request), base_of(request), _file(job, wanted.split, wanted.format), wanted.expires_in)


async def _linked(request: Request, token: str) -> AsyncGenerator[File]:
    """The file of an address. All of those that one key made count together, and apart from its own streams."""
    found = await to_thread.run_sync(opened, services_of(request), token)
    with streaming(request, f"links of {found.job.key_id}"):
        yield found


@router.get("/files/{token}", response_class=StreamingResponse, responses=FILE)
async def file(request: Request, linked: Annotated[File, Depends(_linked)]) -> Response:
    """What an address of `results/url` leads to, where the store has no such addresses itself."""
    return await _whole(request, linked, {})


def _split(job: Job, named: str) -> str:
    if named not in job.targets:
        raise Refused(422, f"This job has no split {named[:80]!r}.", hint=f"It has {', '.join(job.targets)}.")
    return named


def _file(job: Job, named: str | None, kind: Format) -> File:
    """A whole file of a job.

    Raises:
        Refused: it is not told which (422), or there is none (409).
    """
    if named is None and len(job.targets) > 1:
        raise Refused(422, f"This job has several splits: {', '.join(job.targets)}.", hint="Name one: ?split=NAME.")
    split = next(iter(job.targets)) if named is None else _split(job, named)
    if job.status == "completed":
        return File(job, split, kind)
    hint = (
        "GET …/results with format=ndjson or csv gives the rows that there are."
        if job.ended
        else "GET …/results with format=ndjson or csv streams the rows as they are made; files come with the end."
    )
    raise Refused(409, f"Job {job.id} is {job.status}: only a completed one has whole files.", hint=hint)


async def _whole(request: Request, file: File, headers: dict[str, str]) -> Response:
    """A file, with its length and ranges."""
    job, split, kind = file.job, file.split, file.kind
    part = Part(0, 1, 0, file.size, file.path)
    index = Index(job.id, job.status, job.version, {split: 1}, {split: [part]})
    name = disposition(job.config["schema"], split if len(job.targets) > 1 else None, kind)
    own = {**_KEEP, **headers, "Content-Disposition": name}
    what = Selection(MEDIA_TYPE[kind], f"{split}{ENDING[kind]}")
    return await deliver(request, Reader(shelf_of(request), index, [split], fixed=True), what, own)
