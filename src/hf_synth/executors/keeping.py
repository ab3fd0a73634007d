"""A journal that outlives its disk: brought from another place before a run, and taken there while it goes on.

A journal needs a disk that takes locks and appends. Buckets have neither, nor have most mounts of them: they take whole
files. So a copy is a whole file under a name of its own, and older ones are removed once it is there.
"""

from __future__ import annotations

import logging
import shutil
import signal
import tarfile
import threading
import time
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from fsspec.core import url_to_fs  # pyright: ignore[reportUnknownVariableType]

from hf_synth.errors import HfSynthError, JournalError
from hf_synth.executors.journals import export, import_

_log = logging.getLogger("hf_synth.copies")
_DUTY = 20  # packing and sending take at most about one twentieth of the time
_TOLD = b"Answers of language models that were paid for, kept by hf_synth: hf-synth journal import FILE.\n"


@contextmanager
def kept(place: str | None, journal: Path, every: float = 60.0) -> Generator[None]:
    """As `copied`, and a copy is taken at SIGTERM, too.

    SIGTERM is a KeyboardInterrupt meanwhile, so that calls in flight may end. To be used in the main thread.

    Args:
        place: a folder, or any URL of fsspec; with `None` nothing is copied.
        journal: see `copied`.
        every: see `copied`.

    Raises:
        JournalError: see `copied`.
    """
    wake = threading.Event()

    def stop(*_: object) -> None:
        wake.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        with nullcontext() if place is None else copied(place, journal, every, wake):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def copied(
    place: str,
    journal: Path,
    every: float = 60.0,
    wake: threading.Event | None = None,
    told: Callable[[float], object] = lambda _: None,
) -> Generator[None]:
    """Bring a journal from a place, and take it there while the block runs: at times and at its end.

    However the process ends, no more is lost with its disk than what was answered since the last copy. Signals are let
    alone, so it may be used in any thread; but for one journal by one machine at a time: two would both pay.

    Args:
        place: a folder, or any URL of fsspec.
        journal: its folder on a disk, there or not. Where it is there, answers that came in elsewhere are added.
        every: seconds between two copies; more where they take long. What has not grown is not copied.
        wake: set by whoever wants a copy at once.
        told: called after each copy that was taken meanwhile, with the time (`time.monotonic`) when it was begun: what
            was written before is in it.

    Raises:
        JournalError: before the block: the place cannot be read or written, or a process works on the journal. After
            it: the last copy could not be taken; the journal is on the disk.
    """
    with _refusing():
        copies = _Copies(place, journal)
        copies.bring()
    with copies.taken(wake or threading.Event(), every, told):
        yield


@contextmanager
def _refusing() -> Generator[None]:
    try:
        yield
    except HfSynthError:
        raise
    except Exception as error:  # each SDK below fsspec has errors of its own
        said = " ".join(str(error).split())[:300] or type(error).__name__
        raise JournalError(
            f"Answers cannot be kept there: {said}", hint="Check the place and the credentials."
        ) from error


class _Copies:
    """The copies of one journal at one place."""

    def __init__(self, place: str, journal: Path) -> None:
        self._fs, self._at = cast("tuple[Any, str]", url_to_fs(place))
        self._journal = journal
        self._ours: list[str] = []  # those whose answers are in the journal
        self._size = 0

    def bring(self) -> None:
        """Unpack the newest whole copy, or add the answers of all to the journal there is.

        What another version of the journal knows beside answers (batches that are out, money set aside) comes along
        only where there is no journal yet.
        """
        self._fs.makedirs(self._at, exist_ok=True)
        self._fs.pipe_file(f"{self._at}/README.txt", _TOLD)  # whether one may write is known now, and not in an hour
        root = self._journal.parent
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = cast("list[str]", self._fs.ls(self._at, detail=False))
        mine = [name for name in names if name.rpartition("/")[2].startswith(f"{self._journal.name}-")]
        for copy in sorted(mine, reverse=True):
            with TemporaryDirectory(dir=root) as folder:
                packed, unpacked = Path(folder, "packed"), Path(folder, "unpacked")
                self._fs.get_file(copy, str(packed))
                try:
                    _unpack(packed, unpacked)
                except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
                    _log.warning("%s is not whole and is passed over: %s", copy, error)
                    continue
                if self._journal.exists():
                    import_(packed, root)
                else:
                    unpacked.rename(self._journal)
            self._ours.append(copy)

    @contextmanager
    def taken(self, wake: threading.Event, every: float, told: Callable[[float], object]) -> Generator[None]:
        """Take copies from a thread while the block runs, and a last one after it."""
        ended = threading.Event()

        def watch() -> None:
            pause = every
            while not ended.is_set():
                wake.wait(pause)
                wake.clear()
                began = time.monotonic()
                try:
                    self.take()
                    told(began)
                except Exception as error:  # noqa: BLE001  each SDK below fsspec has errors of its own
                    _log.warning("No copy could be taken to %s: %s. The next one may.", self._at, error)
                pause = max(every, _DUTY * (time.monotonic() - began))

        thread = threading.Thread(target=watch, name="hf_synth-copies", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            wake.set()
            thread.join()
            with _refusing():
                self.take()

    def take(self) -> None:
        """Send a copy if the journal has grown, then remove those whose answers are in it."""
        size = sum(file.stat().st_size for file in self._journal.rglob("*.jsonl"))
        if size == self._size:
            return
        copy = f"{self._at}/{self._journal.name}-{time.time_ns()}.tar.gz"
        with TemporaryDirectory() as folder:
            packed = Path(folder, "copy")
            export(self._journal, packed)
            self._fs.put_file(str(packed), copy)
        for old in self._ours:
            with suppress(FileNotFoundError):
                self._fs.rm(old)
        self._ours, self._size = [copy], size


def _unpack(packed: Path, folder: Path) -> None:
    """An export as a journal: by the last parts of names alone, so that nothing gets anywhere else."""
    segments = folder / "0001"
    segments.mkdir(mode=0o700, parents=True)
    with tarfile.open(packed) as archive:
        for member in archive:
            name, content = Path(member.name).name, archive.extractfile(member)
            if content is not None:
                with (segments if name.endswith(".jsonl") else folder).joinpath(name).open("xb") as file:
                    shutil.copyfileobj(content, file)
