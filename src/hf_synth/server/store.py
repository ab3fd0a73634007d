"""Where results stand: objects under any URL of fsspec, written whole and read in pieces."""

from __future__ import annotations

import os
import posixpath
import re
import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from fsspec.core import url_to_fs  # pyright: ignore[reportUnknownVariableType]

from hf_synth.errors import ConfigError, HfSynthError

_MARK = "hf_synth.txt"
_TOLD = b"Results of an hf_synth job server, which reads this file to see whether it can reach them.\n"
_LOST = f"its {_MARK} is not there, so its disk is not mounted or it was moved"
_SECRET = re.compile(r"(//)[^/@\s]*@")  # user and password of a URL; the user of an S3 URL is a key


class StoreFailed(HfSynthError):
    """The store did not take or give something."""

    default_hint = "Nothing that was paid for is lost: rows are on record, and are written once the store answers."


class Store:
    """Objects by path.

    Args:
        url: a folder, or any URL of fsspec.
        marked: whether `mark` was called: a folder without the mark is away, such as where a disk is not mounted.

    Raises:
        ConfigError: the protocol is unknown, or needs a package.
    """

    def __init__(self, url: str, *, marked: bool = False) -> None:
        self._given, self.url = url, _shown(url)
        try:
            fs, root = cast("tuple[Any, str]", url_to_fs(url))
        except ImportError as error:
            hint = "Install it beside hf-synth: for s3:// that is pip install s3fs."
            raise ConfigError(f"--store {self.url!r} needs a package: {_said(error)}.", hint=hint) from None
        except Exception as error:  # noqa: BLE001  some connect at once, with errors of their own
            raise ConfigError(
                f"--store {self.url!r} cannot be used: {_said(error)}.",
                hint="Name a folder or a URL of fsspec, such as s3://bucket/folder, and check the credentials.",
            ) from None
        self._fs, self._root = fs, root.rstrip("/")
        protocols: tuple[str, ...] = (fs.protocol,) if isinstance(fs.protocol, str) else tuple(fs.protocol)
        self.local = "file" in protocols
        self._folders = self.local or root.startswith("/")  # a bucket is not made: it costs money
        self._marked = marked and self.local

    def __repr__(self) -> str:
        return f"Store({self.url!r})"

    def place(self, path: str) -> str:
        """The URL of an object, for those who open it themselves; with a password where `--store` has one."""
        return posixpath.join(self._given, path)

    def _at(self, path: str) -> str:
        return posixpath.join(self._root, path)

    @contextmanager
    def _refusing(self, what: str, *, missing: bool = True) -> Generator[None]:
        """Turn what a file system says into an error of ours; with `missing` also that something is not there."""
        if missing:
            self._stand(what)
        try:
            yield
        except Exception as error:  # each SDK below fsspec has errors of its own
            if isinstance(error, FileNotFoundError) and not missing:
                self._stand(what)
                raise
            raise StoreFailed(f"The store {self.url!r} could not {what}: {_said(error)}.") from None

    def _stand(self, what: str) -> None:
        """Refuse what would be done to an empty folder in the place of the store."""
        if self._marked and not os.path.exists(self._at(_MARK)):  # noqa: PTH110  Path.exists raises if a disk fails
            raise StoreFailed(f"The store {self.url!r} could not {what}: {_LOST}.") from None

    def check(self) -> None:
        """Write, read and remove something, before anything depends on it.

        Raises:
            ConfigError: it cannot be written or read.
        """
        path = f"check-{secrets.token_hex(8)}"  # several servers may start at once
        hint = "Check --store: the folder or bucket, and that the credentials may write, read and remove."
        try:
            self.write(path, path.encode())
            given = self.read(path, 0, len(path))
            self.remove(path)
        except StoreFailed as error:
            raise ConfigError(error.message, hint=hint) from None
        except FileNotFoundError:
            given = b""
        if given != path.encode():
            raise ConfigError(f"The store {self.url!r} does not give back what was written.", hint=hint)

    def mark(self) -> None:
        """Put down what `answers` reads."""
        if not self.answers():
            self.write(_MARK, _TOLD)

    def answers(self) -> bool:
        """Whether what stands in the store can be read: a small object does, which was there when the server started.

        One that has lost it is another store, such as the empty folder where a disk is not mounted any more.
        """
        try:
            return self.read(_MARK, 0, len(_TOLD)) == _TOLD
        except (StoreFailed, FileNotFoundError):
            return False

    def names(self, path: str) -> list[str]:
        """All objects below a path, by paths of their own."""
        with self._refusing("be listed"):
            self._fs.invalidate_cache()  # another process wrote since this one looked
            found = cast("list[str]", self._fs.find(self._at(path)))
        return sorted(name.removeprefix(self._root).lstrip("/") for name in found)

    def write(self, path: str, content: bytes) -> None:
        """Write an object whole."""
        with self._refusing("be written"):
            self._make_room(path)
            if self.local:
                with Path(self._at(path)).open("wb") as file:
                    file.write(content)
                    _keep(file)
            else:
                self._fs.pipe_file(self._at(path), content)

    def put(self, path: str, file: Path) -> None:
        """Write an object from a file."""
        with self._refusing("be written"):
            self._make_room(path)
            if not self.local:
                self._fs.put_file(str(file), self._at(path))
                return
            copy = Path(f"{self._at(path)}-{secrets.token_hex(4)}")  # readers of one that stands there keep it whole
            with file.open("rb") as source, copy.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
                _keep(target)
            copy.replace(self._at(path))

    def _make_room(self, path: str) -> None:
        if self._folders:
            self._fs.makedirs(posixpath.dirname(self._at(path)), exist_ok=True)

    def read(self, path: str, start: int, end: int) -> bytes:
        """Bytes `start` to `end` of an object.

        Raises:
            FileNotFoundError: it is not there, or not any more.
        """
        with self._refusing("be read", missing=False):
            return cast("bytes", self._fs.cat_file(self._at(path), start=start, end=end))

    def remove(self, path: str) -> None:
        """Remove an object, or all below a path; what is not there is no error."""
        with self._refusing("remove something"), suppress(FileNotFoundError):
            self._fs.invalidate_cache()  # another process wrote since this one looked
            self._fs.rm(self._at(path), recursive=True)

    def sign(self, path: str, seconds: int) -> str | None:
        """A URL that anybody may read an object with for a while; `None` where the store makes none."""
        if self.local:
            return None
        with self._refusing("sign a link"), suppress(NotImplementedError):
            return cast("str", self._fs.sign(self._at(path), expiration=seconds))
        return None


def _keep(file: Any) -> None:
    """Let the disk have it before the database says where it is."""
    file.flush()
    os.fsync(file.fileno())


def _shown(text: str) -> str:
    return _SECRET.sub(r"\1***@", text)


def _said(error: BaseException) -> str:
    """What an error says, on one line and without passwords; its name where it says nothing."""
    return _shown(" ".join(str(error).split())).rstrip(".")[:300] or type(error).__name__
