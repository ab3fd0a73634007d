"""Journals and caches of all keys on this disk, as far as they are old."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from hf_synth.executors.local import FOLDER

_JOURNAL = re.compile(r"[0-9a-f]{64}")
_ASIDE = "removed-"
_DATASETS = "hf_synth"
"""Where `datasets` keeps those of this builder, a folder for each config."""


class Disk:
    """What there is for each key.

    Args:
        root: a folder with a cache for each key.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def _caches(self) -> Iterator[Path]:
        yield from (path for path in _inside(self._root) if path.is_dir())

    def journals(self, before: float) -> Iterator[tuple[str, Path]]:
        """Folders of journals that nothing was written to since, each with the id of its key.

        Args:
            before: seconds since the epoch.
        """
        for cache in self._caches():
            for path in _inside(cache / FOLDER):
                if _JOURNAL.fullmatch(path.name) and _used(path) < before:
                    yield cache.name, path

    def rest(self, before: float) -> Iterator[tuple[str, list[Path]]]:
        """All else that nothing was written to since, by key: datasets, and folders for the moment."""
        for cache in self._caches():
            found = [path for path in _inside(cache / FOLDER) if not _JOURNAL.fullmatch(path.name)]
            found += _inside(cache / _DATASETS)
            found += [path for path in _inside(cache) if path.name not in (FOLDER, _DATASETS)]
            if old := [path for path in found if _used(path) < before]:
                yield cache.name, old

    @contextmanager
    def locked(self, journal: Path) -> Generator[bool]:
        """Keep others from writing to a journal while the block runs; whether nobody else does."""
        lock = FileLock(str(journal / "lock"))
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def put_aside(self, key_id: str, path: Path) -> None:
        """Take something out of everybody's way, at once; `tidy` removes it."""
        aside = self._root / key_id / FOLDER
        with suppress(OSError):  # another server on this disk was faster
            aside.mkdir(mode=0o700, exist_ok=True)
            path.rename(aside / f"{_ASIDE}{secrets.token_hex(8)}")

    def tidy(self) -> int:
        """Remove what was put aside; how many things."""
        aside = [path for cache in self._caches() for path in _inside(cache / FOLDER) if path.name.startswith(_ASIDE)]
        for path in aside:
            _remove(path)
        return len(aside)


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _used(path: Path) -> float:
    """When something was last written to what is there; its lock tells of nothing."""
    files = [file for file in path.rglob("*") if file.is_file() and file.name != "lock"] if path.is_dir() else []
    times: list[float] = []
    for file in files or [path]:
        with suppress(OSError):
            times.append(file.lstat().st_mtime)
    return max(times, default=float("inf"))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
