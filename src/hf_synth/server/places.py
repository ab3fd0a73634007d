"""Where the files of a completed job stand in the store."""

from __future__ import annotations

from hf_synth.server.jobs import Job

REPORT = "report.html"


def number_of(job: Job, split: str) -> str:
    """A split as a part of a path: its number, whatever its name."""
    return f"{list(job.targets).index(split):03d}"


def file_of(job: Job, split: str, ending: str) -> str:
    """The path of a whole file of a completed job."""
    return f"jobs/{job.id}/{number_of(job, split)}{ending}"


def report_of(job: Job) -> str:
    """The path of a completed job's report."""
    return f"jobs/{job.id}/{REPORT}"
