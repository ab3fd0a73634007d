"""Requests on their way into a batch: each is written into the journal and as a line of a file, none is held."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from hf_synth.engine.batches import Batches
from hf_synth.engine.journal import Journal
from hf_synth.engine.line import Line
from hf_synth.engine.records import Record
from hf_synth.types import Dialect

ENDING = ".batch"


class Outbox:
    """One batch in the making.

    Args:
        line: whom it goes to.
        role: one of the roles that ask there.
        journal: gets a `sent` record for each request.
        batches: the fold over those records.
    """

    def __init__(self, line: Line, role: str, journal: Journal, batches: Batches) -> None:
        self.line = line
        self.dialect: Dialect = line.dialect
        self.mark = secrets.token_hex(8)
        self.path: Path = journal.generation / f"{self.mark}{ENDING}"
        self.requests = 0
        self.size = 0
        self.usd: float | None = 0.0
        self._role = role
        self._journal = journal
        self._batches = batches
        self._file = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    @property
    def next_id(self) -> str:
        """The custom id of the next request."""
        return f"{self.mark}-{self.requests}"

    def add(self, name: str, role: str, content: bytes, usd: float | None) -> None:
        """Add a request; `content` is its line, under `next_id`, and `usd` what it costs at most."""
        self._file.write(content)
        record = {"type": "sent", "batch": self.mark, "name": name, "role": role, "usd": usd, "size": len(content)}
        self._note(record, hold=True)
        self.requests += 1
        self.size += len(content)
        self.usd = None if usd is None or self.usd is None else self.usd + usd

    def close(self, at: float) -> None:
        """Everything is in: write down that the batch is about to be created."""
        self._file.close()
        endpoint = self.line.endpoint
        self._note(
            {
                "type": "batch",
                "mark": self.mark,
                "role": self._role,
                "provider": endpoint.provider,
                "model": endpoint.model,
                "dialect": self.dialect,
                "requests": self.requests,
                "bytes": self.size,
                "usd": self.usd,
                "at": round(at, 3),
            }
        )

    def discard(self) -> None:
        """Remove the file."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _note(self, record: Record, *, hold: bool = False) -> None:
        self._batches.follow(record, self._journal.append(record, hold=hold))


def number_of(custom_id: str, mark: str) -> int | None:
    """The number of a request in its batch; `None` for the id of a stranger."""
    ours, _, number = custom_id.partition("-")
    return int(number) if ours == mark and number.isascii() and number.isdigit() else None
