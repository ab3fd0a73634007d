"""Where the files of a job that has ended stand in the store."""

from __future__ import annotations

from hf_synth.server.jobs import Job

REPORT, FIGURES, RECEIPT = "report.html", "report.json", "receipt.json"
PAPERS = (REPORT, FIGURES, RECEIPT)
"""What is told of a job beside its rows: the report as a page and as values, and what its journal took."""


def number_of(job: Job, split: str) -> str:
    """A split as a part of a path: its number, whatever its name."""
    return f"{list(job.targets).index(split):03d}"


def file_of(job: Job, split: str, ending: str) -> str:
    """The path of a whole file of a completed job."""
    return f"jobs/{job.id}/{number_of(job, split)}{ending}"


def paper_of(job: Job, name: str) -> str:
    """The path of one of `PAPERS`."""
    return f"jobs/{job.id}/{name}"
