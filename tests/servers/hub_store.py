"""Dataset repositories in memory, kept as git keeps them: a commit is a snapshot, and is named by what it holds."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

MAIN = "refs/heads/main"
LARGE = ("*.arrow", "*.bin", "*.gz", "*.parquet", "*.png", "*.zip")
MOST = 10 * 2**20
"""From so many bytes on, any file is a large one."""


class Refused(Exception):
    """What the Hub answers with an error. Clients choose the type of theirs by `code`."""

    def __init__(self, status: int, message: str, code: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = {**(headers or {}), "X-Error-Message": message} | ({"X-Error-Code": code} if code else {})


@dataclass(frozen=True)
class Blob:
    """A file. Of a large one, git holds but a pointer to what Git LFS keeps."""

    content: bytes
    large: bool = False

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def pointer(self) -> bytes:
        spec = "https://git-lfs.github.com/spec/v1"
        return f"version {spec}\noid sha256:{self.sha256}\nsize {len(self.content)}\n".encode()

    @cached_property
    def oid(self) -> str:
        kept = self.pointer if self.large else self.content
        return hashlib.sha1(b"blob %d\0" % len(kept) + kept).hexdigest()

    @property
    def etag(self) -> str:
        return self.sha256 if self.large else self.oid

    def told(self) -> dict[str, Any]:
        """As the API tells of it."""
        told = {"type": "file", "size": len(self.content), "oid": self.oid}
        lfs = {"oid": self.sha256, "size": len(self.content), "pointerSize": len(self.pointer)}
        return told | {"lfs": lfs} if self.large else told


Changes = Iterable[tuple[str, Blob | None]]
"""What a commit does to paths, in order. None deletes a file, or a folder where the path ends with a slash."""


def is_large(path: str, size: int) -> bool:
    return size >= MOST or any(fnmatch(path, pattern) for pattern in LARGE)


def blobs(files: Mapping[str, bytes | None]) -> Changes:
    """Files of someone who lets the Hub decide which are large."""
    for path, content in files.items():
        yield path, None if content is None else Blob(content, is_large(path, len(content)))


@dataclass(frozen=True, eq=False)
class Commit:
    title: str
    author: str
    files: Mapping[str, Blob]
    parent: Commit | None = None
    message: str = ""

    @cached_property
    def date(self) -> str:
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    @cached_property
    def oid(self) -> str:
        before = self.parent.oid if self.parent else ""
        return _named(before, self.title, self.message, self.author, self.date, self.tree(""))

    def history(self) -> Iterator[Commit]:
        """This commit and those before it, newest first."""
        commit: Commit | None = self
        while commit:
            yield commit
            commit = commit.parent

    def within(self, path: str) -> dict[str, Blob]:
        """The file at a path, or all files in that folder."""
        folder = f"{path}/" if path else ""
        return {name: blob for name, blob in self.files.items() if name == path or name.startswith(folder)}

    def tree(self, path: str) -> str:
        """A name for what is at a path."""
        return _named(*(f"{name} {blob.oid}" for name, blob in sorted(self.within(path).items())))

    def paths(self, path: str, recursive: bool) -> list[str]:
        """Files and folders below a folder; of a file, itself."""
        if path in self.files:
            return [path]
        files = [PurePosixPath(file) for file in self.within(path)]
        found = {str(part) for file in files for part in (file, *file.parents)} - {"."}
        below = [name for name in found if name.startswith(f"{path}/" if path else "")]
        return sorted(name for name in below if recursive or str(PurePosixPath(name).parent) == (path or "."))

    def told(self, path: str, expand: bool) -> dict[str, Any]:
        """As the API tells of a file or a folder; `expand` adds the commit that changed it last."""
        blob = self.files.get(path)
        told = blob.told() if blob else {"type": "directory", "size": 0, "oid": self.tree(path)}
        if expand:
            last = next(c for c in self.history() if c.parent is None or c.parent.tree(path) != c.tree(path))
            told["lastCommit"] = {"id": last.oid, "title": last.title, "date": last.date}
        return told | {"path": path}


def _named(*said: str) -> str:
    return hashlib.sha1("\0".join(said).encode()).hexdigest()


class Repo:
    """A dataset repository. `refs` are branches, tags and pull requests, by their full names."""

    def __init__(self, name: str, private: bool = False) -> None:
        self.name, self.private, self.owner = name, private, name.partition("/")[0]
        attributes = "".join(f"{pattern} filter=lfs diff=lfs merge=lfs -text\n" for pattern in LARGE)
        first = Commit("initial commit", self.owner, {".gitattributes": Blob(attributes.encode())})
        self.refs = {MAIN: first}
        self._all = {first.oid: first}
        self._lock = threading.RLock()

    def ref(self, revision: str) -> str:
        """The full name of a branch, a tag or a pull request; empty if there is none."""
        names = (revision, f"refs/heads/{revision}", f"refs/tags/{revision}")
        return next((name for name in names if name in self.refs), "")

    def at(self, revision: str) -> Commit:
        """The commit of a ref, or one by its name of at least seven digits.

        Raises:
            Refused: there is none.
        """
        if ref := self.ref(revision):
            return self.refs[ref]
        for oid, commit in self._all.items():
            if len(revision) >= 7 and oid.startswith(revision):
                return commit
        raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")

    def commit(
        self, revision: str, changes: Changes, title: str, author: str, *, message: str = "", parent: str = ""
    ) -> Commit:
        """Add a commit to a branch or a pull request; `parent` is the commit that it must be at.

        Raises:
            Refused: it is elsewhere, is no branch, or lacks what is to be deleted.
        """
        with self._lock:
            head, ref = self.at(revision), self.ref(revision)
            if not ref.startswith(("refs/heads/", "refs/pr/")):
                raise Refused(400, f"{revision} is neither a branch nor a pull request")
            if not head.oid.startswith(parent):
                raise Refused(412, "A commit has happened since. Please refresh and try again.")
            return self._add(ref, head, changes, title, author, message)

    def pull(self, base: Commit, changes: Changes, title: str, author: str, message: str) -> tuple[Commit, int]:
        """Open a pull request with a commit on top of another. Returns that commit, and the number."""
        with self._lock:
            number = 1 + sum(ref.startswith("refs/pr/") for ref in self.refs)
            return self._add(f"refs/pr/{number}", base, changes, title, author, message), number

    def _add(self, ref: str, head: Commit, changes: Changes, title: str, author: str, message: str) -> Commit:
        files = dict(head.files)
        for path, blob in changes:
            if blob is not None:
                files[path] = blob
                continue
            gone = [name for name in files if name == path or (path.endswith("/") and name.startswith(path))]
            if not gone:
                raise Refused(404, "A file with this name doesn't exist", "EntryNotFound")
            for name in gone:
                del files[name]
        commit = Commit(title, author, files, head, message)
        self._all[commit.oid] = self.refs[ref] = commit
        return commit
