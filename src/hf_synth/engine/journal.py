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

import errno
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from filelock import FileLock, Timeout

from hf_synth.engine.records import FORMAT, Record
from hf_synth.errors import JournalError

_OFFSET_BITS = 44
_CHUNK = 1 << 16


def _encode(record: Record) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"


def _decode(line: bytes) -> Record | None:
    try:
        record = json.loads(line.decode("utf-8", "surrogatepass"))
    except ValueError:
        return None
    return cast("Record", record) if isinstance(record, dict) and "type" in record else None


class Journal:
    """One generation of one journal: read by anyone, written by whoever holds the lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = FileLock(str(folder / "lock"), thread_local=False)
        self._segments: list[Path] = []
        self._scanned: list[int] = []  # bytes of each segment that `scan` has passed
        self._readers: dict[int, int] = {}
        self._writer: int | None = None
        self._end = 0  # bytes of our segment, those in `_held` included
        self._held = b""
        self._dirty = False
        self._mutex = threading.Lock()
        self._generation = self._latest()

    def _latest(self) -> Path:
        generations = sorted(p for p in self.folder.glob("[0-9]" * 4) if p.is_dir()) if self.folder.exists() else []
        return generations[-1] if generations else self.folder / "0001"

    # -- writing ---------------------------------------------------------------------------------------------

    def acquire(self, identity: dict[str, Any], *, fresh: bool = False) -> bool:
        """Become the writer; False if another process is. `fresh` starts a new generation.

        Raises:
            JournalError: the folder cannot be written, or a newer version wrote it.
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
        except OSError as error:
            self.release()
            raise self._failure(error) from None
        return True

    def _open_segment(self, identity: dict[str, Any], *, fresh: bool) -> None:
        self._generation = self._latest()
        if fresh and self._generation.exists():
            self._generation = self.folder / f"{int(self._generation.name) + 1:04d}"
            self._segments, self._scanned = [], []
        self._generation.mkdir(mode=0o700, exist_ok=True)
        told = self.folder / "identity.json"
        if not told.exists():
            told.write_text(json.dumps({"format": FORMAT, **identity}, ensure_ascii=False, indent=1), "utf-8")
        segments = self.segments()
        for segment in segments:
            self._heal(segment)
        last = int(segments[-1].stem) if segments else 0
        path = self._generation / f"{last + 1:05d}.jsonl"
        self._writer = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._end = 0
        self._number = last  # place of the new segment in `segments()`: numbering is dense from 1
        self.append({"type": "format", "format": FORMAT})

    def _heal(self, segment: Path) -> None:
        """Cut what a crash left of a last record. Lines before it are whole: writing is in order."""
        with segment.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            end = size
            while end:
                start = max(0, end - _CHUNK)
                file.seek(start)
                block = file.read(end - start)
                newline = block.rfind(b"\n")
                if newline >= 0:
                    end = start + newline + 1
                    break
                end = start
            if end != size:
                file.truncate(end)

    def append(self, record: Record, *, hold: bool = False) -> int:
        """Write one record at once; its place, for `read`.

        `hold` lets the record wait for the next one: for verdicts, which can be made again from the answers.

        Raises:
            JournalError: the disk took no more. What was written before stays whole.
        """
        line = _encode(record)
        with self._mutex:
            if self._writer is None:
                raise JournalError(f"The journal {self.folder.name[:12]} is not open for writing.")
            place = self._number << _OFFSET_BITS | self._end
            self._held += line
            self._end += len(line)
            if not hold or len(self._held) >= _CHUNK:
                self._flush()
        return place

    def _flush(self) -> None:
        if self._writer is None or not self._held:
            return
        start = self._end - len(self._held)
        try:
            written = 0
            while written < len(self._held):
                written += os.write(self._writer, self._held[written:])
        except OSError as error:
            os.ftruncate(self._writer, start)
            self._end = start
            self._held = b""
            raise self._failure(error) from None
        self._held = b""
        self._dirty = True

    def sync(self) -> None:
        """Make everything appended so far survive a power cut. Blocks: call it off the event loop."""
        with self._mutex:
            self._flush()
            writer, self._dirty, dirty = self._writer, False, self._dirty
            copy = os.dup(writer) if writer is not None and dirty else None
        if copy is not None:
            try:
                os.fsync(copy)
            except OSError as error:
                raise self._failure(error) from None
            finally:
                os.close(copy)

    def release(self) -> None:
        """Sync, stop writing and let another process have the lock. Reading goes on."""
        if self._writer is not None:
            try:
                self.sync()
            finally:
                with self._mutex:
                    os.close(self._writer)
                    self._writer = None
        self._lock.release()

    # -- reading ---------------------------------------------------------------------------------------------

    def segments(self) -> list[Path]:
        """The segments of this generation, oldest first."""
        return sorted(self._generation.glob("*.jsonl"))

    def scan(self) -> Iterator[tuple[int, Record]]:
        """Records that no earlier `scan` of this object has passed, with their places, in order of segments.

        Raises:
            JournalError: a line in the middle is damaged, or a newer version wrote the journal.
        """
        with self._mutex:
            self._flush()
        self._segments = self.segments()
        for number, segment in enumerate(self._segments):
            if len(self._scanned) <= number:
                self._scanned.append(0)
            yield from self._scan_segment(number, segment)

    def _scan_segment(self, number: int, segment: Path) -> Iterator[tuple[int, Record]]:
        with segment.open("rb") as file:
            file.seek(self._scanned[number])
            for line in file:
                start = self._scanned[number]
                if not line.endswith(b"\n"):
                    return  # torn, or still being written
                record = _decode(line)
                if record is None:
                    raise JournalError(
                        f"The journal record at {segment.parent.name}/{segment.name}, byte {start}, is damaged.",
                        hint=f"Delete that line, or the journal: hf-synth journal remove {self.folder.name[:12]}.",
                    )
                if record["type"] == "format" and record["format"] > FORMAT:
                    raise JournalError(
                        f"The journal {self.folder.name[:12]} has format {record['format']}; this hf-synth reads "
                        f"formats up to {FORMAT}.",
                        hint="Upgrade hf-synth, or start a new journal with download_mode='force_redownload'.",
                    )
                self._scanned[number] = start + len(line)
                yield number << _OFFSET_BITS | start, record

    def read(self, place: int) -> Record:
        """The record at a place."""
        number, offset = place >> _OFFSET_BITS, place & ((1 << _OFFSET_BITS) - 1)
        reader = self._reader(number)
        with self._mutex:
            self._flush()
        line = b""
        while not line.endswith(b"\n"):
            block = os.pread(reader, _CHUNK, offset + len(line))
            if not block:
                raise JournalError(f"The journal {self.folder.name[:12]} was changed while it was read.")
            newline = block.find(b"\n")
            line += block if newline < 0 else block[: newline + 1]
        record = _decode(line)
        if record is None:
            raise JournalError(f"The journal {self.folder.name[:12]} was changed while it was read.")
        return record

    def _reader(self, number: int) -> int:
        with self._mutex:
            if number not in self._readers:
                path = self._generation / f"{number + 1:05d}.jsonl"
                self._readers[number] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            return self._readers[number]

    def close(self) -> None:
        """Release everything this object holds."""
        self.release()
        with self._mutex:
            for reader in self._readers.values():
                os.close(reader)
            self._readers.clear()

    def _failure(self, error: OSError) -> JournalError:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        hint = "Free some space and run the same again: nothing paid for was lost." if full else ""
        return JournalError(f"The journal in {str(self.folder)!r} cannot be written: {error.strerror}.", hint=hint)
