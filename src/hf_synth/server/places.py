"""Where the files of a job that has ended stand in the store."""

from __future__ import annotations

import re
import secrets

from hf_synth.server.jobs import Job

REPORT, FIGURES, RECEIPT = "report.html", "report.json", "receipt.json"
"""What is told of a job beside its rows: the report as a page and as values, and what its journal took."""
_RECEIPTS = re.compile(r"receipt(-[0-9a-f]{8})?\.json")


def number_of(job: Job, split: str) -> str:
    """A split as a part of a path: its number, whatever its name."""
    return f"{list(job.targets).index(split):03d}"


def file_of(job: Job, split: str, ending: str) -> str:
    """The path of a whole file of a completed job."""
    return f"jobs/{job.id}/{number_of(job, split)}{ending}"


def paper_of(job: Job, name: str) -> str:
    """The path of a report or a receipt."""
    return f"jobs/{job.id}/{name}"


def early_receipt() -> str:
    """A new name for the receipt of a job that ends early: a worker that lost the job may write one as well."""
    return f"receipt-{secrets.token_hex(4)}.json"


def receipt_of(job: Job) -> str:
    """The name of a job's receipt among its files, or the one that a completed job gives it."""
    return next(filter(_RECEIPTS.fullmatch, job.files), RECEIPT)


def is_paper(name: str) -> bool:
    """Whether a file of a job is no file of rows."""
    return name in (REPORT, FIGURES) or _RECEIPTS.fullmatch(name) is not None
