"""Addresses that anybody may read one file at for a while: the store's own, or signed by this server."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from itsdangerous import BadData

from hf_synth.server.answers import Refused
from hf_synth.server.database import Database
from hf_synth.server.formats import ENDING, Format
from hf_synth.server.jobs import Job, columns, job_of
from hf_synth.server.places import file_of
from hf_synth.server.services import Services
from hf_synth.server.shapes import PREFIX, ResultsUrl
from hf_synth.server.tables import jobs, keys

_PURPOSE = "file"


@dataclass(frozen=True, slots=True)
class File:
    """A file of a completed job."""

    job: Job
    split: str
    kind: Format

    @property
    def path(self) -> str:
        """Where it stands in the store."""
        return file_of(self.job, self.split, ENDING[self.kind])

    @property
    def size(self) -> int:
        """Its bytes."""
        return self.job.files[f"{self.split}{ENDING[self.kind]}"]


def signed(services: Services, base: str, file: File, seconds: int) -> ResultsUrl:
    """An address of a file that holds for so many seconds; `base` is the address of this server.

    Raises:
        StoreFailed: the store cannot be asked for one.
    """
    ends = int(time.time()) + seconds
    url = services.store.sign(file.path, seconds)
    if url is None:
        payload = {"job": file.job.id, "split": file.split, "kind": file.kind, "ends": ends}
        url = f"{base}{PREFIX}/files/{services.signer(_PURPOSE).dumps(payload)}"
    return ResultsUrl(url=url, expires_at=datetime.fromtimestamp(ends, UTC))


def opened(services: Services, token: str) -> File:
    """The file that a token of `signed` is for.

    Raises:
        Refused: this server did not sign it, or its time is over (403); the job was deleted (404).
    """
    try:
        payload: dict[str, Any] = services.signer(_PURPOSE).loads(token)
    except BadData:
        raise Refused(403, "This link was not made by this server, or was changed on the way.") from None
    if time.time() >= payload["ends"]:
        raise Refused(403, "This link has expired.", hint="Ask for a new one: GET …/results/url.")
    job = _job(services.database, payload["job"])
    if job is None:
        raise Refused(404, "The job that this link was for was deleted, or its key revoked.")
    return File(job, payload["split"], payload["kind"])


def _job(database: Database, job_id: str) -> Job | None:
    """A job, whosever it is: a signature of this server vouches for who asks. Links of a revoked key hold no longer."""
    asked = sa.select(*columns()).join(keys, keys.c.id == jobs.c.key_id)
    asked = asked.where(jobs.c.id == job_id, jobs.c.deleted_at.is_(None), keys.c.revoked_at.is_(None))
    with database.read() as connection:
        row = connection.execute(asked).one_or_none()
    return None if row is None else job_of(row)
