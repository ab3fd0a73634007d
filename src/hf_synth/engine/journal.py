"""The journal: append-only JSON lines, one segment per writer, on a local disk.

    <folder>/                 named by the journal identity, mode 0700
        identity.json         what the identity was made of, for people
        lock                  held by the one engine that writes
        0001/                 a generation; `force_redownload` starts the next and keeps this one
            00001.jsonl       a segment: one writer's records

A record is written at once, so a killed process loses nothing it had written; `sync` makes it survive a power
cut. What a crash tore off the end of a segment is cut away by the next writer. Records are read by place, so
memory holds places, not texts.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from hf_synth.engine.records import FORMAT, Record, decode, encode
from hf_synth.engine.segment import Segment, disk_failure, latest_generation, read_line, tidy, whole_lines
from hf_synth.errors import JournalError

_OFFSET_BITS = 44  # of a place; the rest is the number of the segment


class Journal:
    """The newest generation of one journal: read by anyone, written by whoever holds the lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = FileLock(str(folder / "lock"), thread_local=False)
        self._scanned: list[int] = []  # bytes of each segment that `scan` has passed
        self._readers: dict[int, int] = {}
        self._opening = threading.Lock()
        self._writer: Segment | None = None
        self._number = 0
        self.generation = latest_generation(self.folder)

    @property
    def _short(self) -> str:
        return self.folder.name[:12]

    def acquire(self, identity: dict[str, Any], *, fresh: bool = False) -> bool:
        """Become the writer; False if another process is. `fresh` starts a new generation.

        Raises:
            JournalError: the folder cannot be written.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        except OSError as error:
            raise self._failure(error) from None
        try:
            self._open_segment(identity, fresh=fresh)
        except (OSError, JournalError) as error:
            self.release()
            raise (self._failure(error) if isinstance(error, OSError) else error) from None
        return True

    def _open_segment(self, identity: dict[str, Any], *, fresh: bool) -> None:
        self.generation = latest_generation(self.folder)
        if fresh and self.generation.exists():
            self.generation = self.folder / f"{int(self.generation.name) + 1:04d}"
            self._scanned = []
        self.generation.mkdir(mode=0o700, exist_ok=True)
        told = self.folder / "identity.json"
        if not told.exists():
            told.write_text(json.dumps({"format": FORMAT, **identity}, ensure_ascii=False, indent=1), "utf-8")
        self._number = tidy(self.generation)  # numbering is dense from 1: the place of the next in `segments()`
        self._writer = Segment(self.generation / f"{self._number + 1:05d}.jsonl")
        self.append({"type": "format", "format": FORMAT})

    def append(self, record: Record, *, hold: bool = False) -> int:
        """Write one record at once; its place, for `read`.

        `hold` lets the record wait for the next one: for verdicts, which can be made again from the answers.

        Raises:
            JournalError: the disk took no more. What was written before stays whole.
        """
        if self._writer is None:
            raise JournalError(f"The journal {self._short} is not open for writing.")
        try:
            offset = self._writer.append(encode(record), hold=hold)
        except OSError as error:
            raise self._failure(error) from None
        return self._number << _OFFSET_BITS | offset

    def sync(self) -> None:
        """Make everything appended so far survive a power cut. Blocks: call it off the event loop.

        Raises:
            JournalError: the disk failed.
        """
        try:
            if self._writer is not None:
                self._writer.sync()
        except OSError as error:
            raise self._failure(error) from None

    def release(self) -> None:
        """Sync, stop writing and let another process have the lock. Reading goes on."""
        writer, self._writer = self._writer, None
        try:
            if writer is not None:
                writer.close()
        except OSError as error:
            raise self._failure(error) from None
        finally:
            self._lock.release()

    def segments(self) -> list[Path]:
        """The segments of this generation, oldest first."""
        return sorted(self.generation.glob("*.jsonl"))

    def scan(self) -> Iterator[tuple[int, Record]]:
        """Records that no earlier `scan` of this object has passed, with their places, in order of segments.

        Raises:
            JournalError: a line in the middle is damaged, or a newer version wrote the journal.
        """
        self.flush()
        for number, segment in enumerate(self.segments()):
            if len(self._scanned) <= number:
                self._scanned.append(0)
            for offset, line in whole_lines(segment, self._scanned[number]):
                self._scanned[number] = offset + len(line)
                yield number << _OFFSET_BITS | offset, self._checked(line, segment, offset)

    def _checked(self, line: bytes, segment: Path, offset: int) -> Record:
        record = decode(line)
        if record is None:
            raise JournalError(
                f"The journal record at {segment.parent.name}/{segment.name}, byte {offset}, is damaged.",
                hint=f"Delete that line, or the journal: hf-synth journal remove {self._short}.",
            )
        if record["type"] == "format" and record["format"] > FORMAT:
            raise JournalError(
                f"The journal {self._short} has format {record['format']}; this hf-synth reads formats up to {FORMAT}.",
                hint="Upgrade hf-synth, or start a new journal with download_mode='force_redownload'.",
            )
        return record

    def read(self, place: int) -> Record:
        """The record at a place.

        Raises:
            JournalError: the journal was removed or changed meanwhile.
        """
        self.flush()
        line = read_line(self._reader(place >> _OFFSET_BITS), place & ((1 << _OFFSET_BITS) - 1))
        record = decode(line)
        if record is None:
            raise JournalError(f"The journal {self._short} was changed while it was read.")
        return record

    def flush(self) -> None:
        """Write the records that `append` held."""
        writer = self._writer
        if writer is not None:
            try:
                writer.flush()
            except OSError as error:
                raise self._failure(error) from None

    def _reader(self, number: int) -> int:
        with self._opening:
            if number not in self._readers:
                path = self.generation / f"{number + 1:05d}.jsonl"
                try:
                    self._readers[number] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                except OSError as error:
                    raise self._failure(error) from None
            return self._readers[number]

    def close(self) -> None:
        """Release everything this object holds."""
        try:
            self.release()
        finally:
            with self._opening:
                for reader in self._readers.values():
                    os.close(reader)
                self._readers.clear()

    def _failure(self, error: OSError) -> JournalError:
        return disk_failure(self.folder, error)
