"""One writer's segment of a journal: bytes in order, written at once, healed after a crash."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from hf_synth.errors import JournalError

_CHUNK = 1 << 16


class Segment:
    """The writing end of a new segment. Safe to use from several threads.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._end = 0  # bytes of the segment, those in `_held` included
        self._held = b""
        self._dirty = False
        self._mutex = threading.Lock()

    def append(self, line: bytes, *, hold: bool) -> int:
        """Write a line; its offset. `hold` lets it wait for the next one.

        Raises:
            OSError: the disk took no more; what was written before stays whole.
        """
        with self._mutex:
            offset = self._end
            self._held += line
            self._end += len(line)
            if not hold or len(self._held) >= _CHUNK:
                self._write()
        return offset

    def flush(self) -> None:
        """Write what is held."""
        with self._mutex:
            self._write()

    def _write(self) -> None:
        if not self._held:
            return
        start = self._end - len(self._held)
        try:
            written = 0
            while written < len(self._held):
                written += os.write(self._file, self._held[written:])
        except OSError:
            os.ftruncate(self._file, start)
            self._end = start
            self._held = b""
            raise
        self._held = b""
        self._dirty = True

    def sync(self) -> None:
        """Make everything appended survive a power cut. Blocks, but holds up no writer."""
        with self._mutex:
            self._write()
            copy = os.dup(self._file) if self._dirty else None
            self._dirty = False
        if copy is not None:
            try:
                os.fsync(copy)
            finally:
                os.close(copy)

    def close(self) -> None:
        """Sync and close."""
        try:
            self.sync()
        finally:
            os.close(self._file)


def tidy(generation: Path) -> int:
    """Heal the segments of a dead writer and remove its files of batches to be; how many segments there are."""
    for left in generation.glob("*.batch"):
        left.unlink()
    segments = sorted(generation.glob("*.jsonl"))
    for segment in segments:
        heal(segment)
    return len(segments)


def heal(path: Path) -> None:
    """Cut what a crash left of a last line. Lines before it are whole: writing is in order."""
    with path.open("r+b") as file:
        end = size = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - _CHUNK)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        if end != size:
            file.truncate(end)


def whole_lines(path: Path, start: int) -> Iterator[tuple[int, bytes]]:
    """Whole lines from an offset on, each with its own; a torn one, or one still being written, ends it."""
    with path.open("rb") as file:
        file.seek(start)
        for line in file:
            if not line.endswith(b"\n"):
                return
            yield start, line
            start += len(line)


def read_line(file: int, offset: int) -> bytes:
    """The line at an offset of an open file; empty where there is none."""
    line = b""
    while not line.endswith(b"\n"):
        block = os.pread(file, _CHUNK, offset + len(line))
        if not block:
            return b""
        newline = block.find(b"\n")
        line += block if newline < 0 else block[: newline + 1]
    return line


def latest_generation(folder: Path) -> Path:
    """The newest generation of a journal; the first one where there is none yet."""
    generations = sorted(path for path in folder.glob("[0-9]" * 4) if path.is_dir())
    return generations[-1] if generations else folder / "0001"


def disk_failure(folder: Path, error: OSError) -> JournalError:
    """What users are told when the disk says no."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    hint = "Free some space and run the same again: nothing paid for was lost." if full else ""
    what = f"The journal in {str(folder)!r} cannot be used: {error.strerror or type(error).__name__}."
    return JournalError(what, hint=hint)
