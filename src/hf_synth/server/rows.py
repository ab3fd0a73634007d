"""Which object of the store holds which byte and which row of a job: arithmetic on the table `parts`.

A job's splits, one after the other in the order of its config, are one row of bytes. A split is left once it has all
its rows, or the job has ended; so a byte keeps its place while the job runs, when parts become whole files, and after.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hf_synth.server.database import Database
from hf_synth.server.jobs import ENDED
from hf_synth.server.tables import jobs, parts


@dataclass(frozen=True, slots=True)
class Part:
    """An object with some rows of a split; see the table `parts`."""

    first_row: int
    rows: int
    first_byte: int
    bytes: int
    path: str


@dataclass(frozen=True, slots=True)
class Row:
    """Where a row is to be found: `skip` lines behind the byte `offset` of the job's rows, at which `part` begins."""

    offset: int
    part: Part | None = None
    skip: int = 0


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Index:
    """The rows of a job that are there.

    Attributes:
        version: of the job, when it was looked at.
        targets: rows that are wanted by split, in order.
        parts: what there is by split, in order and without gaps.
    """

    job_id: str
    status: str
    version: int
    targets: Mapping[str, int]
    parts: Mapping[str, Sequence[Part]]
    deleted: bool = False

    @property
    def ended(self) -> bool:
        """Whether no more rows will come."""
        return self.status in ENDED

    def over(self, splits: Sequence[str]) -> bool:
        """Whether no more rows of these splits will come: all of the job's are only over when it has ended."""
        return self.ended or (len(splits) < len(self.targets) and all(self._full(split) for split in splits))

    def rows_of(self, split: str) -> int:
        """Rows of a split that are there."""
        last = self._last(split)
        return last.first_row + last.rows if last else 0

    def bytes_of(self, split: str) -> int:
        """Bytes of a split that are there."""
        last = self._last(split)
        return last.first_byte + last.bytes if last else 0

    def size(self, splits: Sequence[str]) -> int:
        """Bytes that are there without a gap, of splits one after the other."""
        return sum(self.bytes_of(split) for split in self._reached(splits))

    def find(self, splits: Sequence[str], offset: int) -> tuple[Part, int] | None:
        """The part with a byte of splits one after the other, and its place there; `None` while it is not there."""
        for split in self._reached(splits):
            if offset < self.bytes_of(split):
                part = self.parts[split][bisect_right(self.parts[split], offset, key=lambda part: part.first_byte) - 1]
                return part, offset - part.first_byte
            offset -= self.bytes_of(split)
        return None

    def find_row(self, splits: Sequence[str], row: int) -> Row | None:
        """Where a row of splits one after the other begins; `None` while that is not known.

        Of rows that will never be, it is the end.
        """
        base = 0
        for split in self._reached(splits):
            if row < self.rows_of(split):
                part = self.parts[split][bisect_right(self.parts[split], row, key=lambda part: part.first_row) - 1]
                return Row(base + part.first_byte, part, row - part.first_row)
            row -= self.rows_of(split)
            base += self.bytes_of(split)
        return Row(base) if not row or self.over(splits) else None

    def _last(self, split: str) -> Part | None:
        there = self.parts.get(split)
        return there[-1] if there else None

    def _full(self, split: str) -> bool:
        return self.rows_of(split) >= self.targets[split]

    def _reached(self, splits: Sequence[str]) -> Iterator[str]:
        for split in splits:
            yield split
            if not self.ended and not self._full(split):
                return


def load_index(database: Database, job_id: str, targets: Mapping[str, int], known: Index | None = None) -> Index:
    """Look where the rows of a job are.

    Args:
        database: the database.
        job_id: the job.
        targets: of the job.
        known: what is known of it; while the job runs, parts are only added, and those alone are read.
    """
    grown = known is not None and not known.ended
    rows = _ask(database, job_id, {split: known.rows_of(split) for split in targets} if known and grown else None)
    if not rows or rows[0].deleted_at is not None:
        return Index(job_id, "cancelled", rows[0].version if rows else -1, targets, {}, deleted=True)
    if grown and rows[0].status == "completed":  # whole files have taken the place of all parts
        return load_index(database, job_id, targets)
    found: dict[str, list[Part]] = {
        split: [*known.parts.get(split, ())] if known and grown else [] for split in targets
    }
    for row in rows:
        if row.split is not None:
            found[row.split].append(Part(row.first_row, row.rows, row.first_byte, row.bytes, row.path))
    return Index(job_id, rows[0].status, rows[0].version, targets, found)


def _ask(database: Database, job_id: str, known: Mapping[str, int] | None) -> Sequence[sa.Row[Any]]:
    """A job with its parts, in one statement: both as they are at one moment."""
    mine = parts.c.job_id == jobs.c.id
    if known is not None:
        new = [sa.and_(parts.c.split == split, parts.c.first_row >= row) for split, row in known.items()]
        mine = sa.and_(mine, sa.or_(*new))
    asked = (
        sa.select(jobs.c.status, jobs.c.version, jobs.c.deleted_at, *(parts.c[name] for name in _COLUMNS))
        .select_from(jobs.outerjoin(parts, mine))
        .where(jobs.c.id == job_id)
        .order_by(parts.c.first_row)
    )
    with database.read() as connection:
        return connection.execute(asked).all()


_COLUMNS = ("split", "first_row", "rows", "first_byte", "bytes", "path")
