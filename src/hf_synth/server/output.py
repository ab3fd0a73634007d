"""Where the rows of a job go while it runs: objects with some of them each, until `whole` replaces those."""

from __future__ import annotations

import secrets
import time
from array import array
from collections.abc import Iterator, Mapping
from typing import Any

from hf_synth.lines import json_line
from hf_synth.server.folding import Fold
from hf_synth.server.jobs import Job
from hf_synth.server.places import number_of
from hf_synth.server.store import Store

_PART_ROWS = 1000
_PART_BYTES = 1 << 20
_SOONEST, _LATEST, _SHARE = 1.0, 15.0, 0.05
"""Seconds between two parts: more the longer a job runs, so that a day's work is some thousand objects, not 86,400."""

Part = dict[str, Any]
"""A row of the table `parts`, without the job."""


class Parts:
    """Writes the rows of a job to the store as they are made, in order.

    Args:
        store: takes the objects.
        job: whose rows.
        known: the parts that are there.
    """

    # Paths are of one writer alone: one that lost the job without knowing it yet writes over nothing of the next one's.

    def __init__(self, store: Store, job: Job, known: list[Part]) -> None:
        self._store, self._job = store, job
        self._rows = dict.fromkeys(job.targets, 0)
        self._bytes = dict.fromkeys(job.targets, 0)
        for part in known:
            self._rows[part["split"]] += part["rows"]
            self._bytes[part["split"]] += part["bytes"]
        self._began = self._last = time.monotonic()
        self._writer = secrets.token_hex(4)

    def due(self) -> bool:
        """Whether it is time for further parts."""
        now = time.monotonic()
        return now - self._last >= min(_LATEST, max(_SOONEST, _SHARE * (now - self._began)))

    def write(self, fold: Fold, upto: Mapping[str, int]) -> list[Part]:
        """Write all rows that are not there yet, of each split up to a number; the parts they went into.

        Raises:
            StoreFailed: the store did not take them; the next call begins where this one did.
        """
        self._last = time.monotonic()
        written = [part for split in self._job.targets for part in self._of(split, fold, upto[split])]
        for part in written:
            self._rows[part["split"]] += part["rows"]
            self._bytes[part["split"]] += part["bytes"]
        return written

    def _of(self, split: str, fold: Fold, upto: int) -> Iterator[Part]:
        row, byte = self._rows[split], self._bytes[split]
        places = fold.standing.rows.places[split][row : min(upto, self._job.targets[split])]
        for text, number in _filled(places, fold):
            path = f"jobs/{self._job.id}/parts/{number_of(self._job, split)}-{row:09d}-{self._writer}.jsonl"
            self._store.write(path, text)
            yield {
                "split": split, "first_row": row, "rows": number, "first_byte": byte, "bytes": len(text), "path": path
            }  # fmt: skip
            row, byte = row + number, byte + len(text)


def _filled(places: array[int], fold: Fold) -> Iterator[tuple[bytes, int]]:
    """Rows as lines, some of them at a time, with how many they are."""
    from hf_synth.features import shown  # noqa: PLC0415  # with it comes datasets, in two seconds: jobs begin before

    lines: list[bytes] = []
    size = 0
    for place in places:
        lines.append(json_line(shown(fold.resolved.schema, fold.resolved.config.view, fold.row(place))))
        size += len(lines[-1])
        if len(lines) >= _PART_ROWS or size >= _PART_BYTES:
            yield b"".join(lines), len(lines)
            lines, size = [], 0
    if lines:
        yield b"".join(lines), len(lines)
