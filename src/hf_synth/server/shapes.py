"""What the server answers, for programs and for the OpenAPI document."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from hf_synth.server.jobs import Job

Status = Literal["queued", "running", "completed", "failed", "cancelled"]
PREFIX = "/v1/synthetic"


class Statistics(BaseModel):
    """How a job goes. Calls, tokens and US dollars are what this job took; `null` is not known."""

    rows_requested: int = Field(examples=[100])
    rows_accepted: int = Field(default=0, examples=[42])
    rows_by_split: dict[str, int] = Field(default_factory=dict, examples=[{"train": 42}])
    rows_dropped: int = Field(default=0, examples=[3])
    dropped_by_cause: dict[str, int] = Field(default_factory=dict, examples=[{"duplicate": 2, "language": 1}])
    candidates_judged: int = Field(default=0, examples=[45])
    calls: int = Field(default=0, examples=[57])
    input_tokens: int = Field(default=0, examples=[21840])
    output_tokens: int = Field(default=0, examples=[9120])
    usd: float | None = Field(default=0.0, examples=[0.1459])
    usd_expected: float | None = Field(default=None, description="In all, as measured so far.", examples=[0.34])
    retries: int = 0
    rows_per_minute: float | None = Field(default=None, examples=[312.5])
    seconds_left: float | None = Field(default=None, examples=[11.1])
    waiting_for: str = Field(
        default="",
        description="In words: why a job is still queued, not told in lists; of one that runs, batches at a provider.",
        examples=["a place to run: 3 jobs are before it"],
    )


class Reason(BaseModel):
    """Why a job failed, in the words of the library, with the remedy."""

    type: str = Field(examples=["BudgetReached"])
    title: str = Field(examples=["Budget reached"])
    detail: str
    hint: str = ""
    exit_code: int = Field(description="What the command line would have exited with.", examples=[4])


class Links(BaseModel):
    """Where to go from here."""

    self: str
    results: str
    results_url: str
    report: str
    receipt: str
    events: str
    cancel: str


class JobStatus(BaseModel):
    """A job."""

    job_id: str = Field(examples=["job_5f2c9a6f0d3e4b7a8c1d2e3f"])
    status: Status
    cancel_requested: bool = Field(default=False, description="Whether it stops as soon as the calls in flight end.")
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    config: dict[str, Any]
    estimate: dict[str, Any] = Field(description="Tokens and US dollars, as `hf-synth estimate --json` prints them.")
    statistics: Statistics
    error: Reason | None = None
    links: Links


class JobList(BaseModel):
    """One's own jobs, the newest first; `next` is the address of the next page."""

    jobs: list[JobStatus]
    next: str | None = None


class ResultsUrl(BaseModel):
    """An address that anybody may read the rows at, until `expires_at`."""

    url: str
    expires_at: datetime


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field(default="about:blank", examples=["urn:hf-synth:error:ConfigError"])
    title: str
    status: int
    detail: str
    hint: str = ""


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


_LONG = ("outline", "examples", "guidance")


def shape(job: Job, base: str, *, brief: bool = False) -> JobStatus:
    """A job as it is answered.

    Args:
        job: the job.
        base: the address of the server.
        brief: leave out what may be long of the config: a list has many of them, and events tell them again and again.
    """
    here = f"{base}{PREFIX}/jobs/{job.id}"
    created = _time(job.created_at)
    assert created is not None
    return JobStatus(
        job_id=job.id,
        status=job.status,  # pyright: ignore[reportArgumentType]  # as the database has it
        cancel_requested=job.cancel_requested,
        created_at=created,
        started_at=_time(job.started_at),
        ended_at=_time(job.ended_at),
        config={name: value for name, value in job.config.items() if not (brief and name in _LONG)},
        estimate=job.estimate,
        statistics=Statistics.model_validate({"rows_requested": sum(job.targets.values()), **job.statistics}),
        error=None if job.error is None else Reason(**job.error),
        links=Links(
            self=here,
            results=f"{here}/results",
            results_url=f"{here}/results/url",
            report=f"{here}/report",
            receipt=f"{here}/receipt",
            events=f"{here}/events",
            cancel=f"{here}/cancel",
        ),
    )
