"""What `--out` names, looked at before anything is paid for: a file or directory of any file system of fsspec."""

from __future__ import annotations

import json
import os
import posixpath
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from hf_synth.errors import ConfigError, HfSynthError

ENDINGS = (".parquet", ".jsonl", ".csv")
_READ_ONLY = ("data", "gist", "git", "github", "http", "https", "libarchive", "tar")
_HUB_FOLDERS = ("datasets", "spaces", "buckets")
_SPLIT = re.compile(r"\w+(\.\w+)*")  # as datasets has it; it also keeps "..", from a file we read, out of paths


@dataclass(frozen=True, slots=True)
class Target:
    """Where rows go.

    Attributes:
        out: what the user typed.
        ending: one of `ENDINGS`; empty for a directory.
        fs: the file system of fsspec, which has no types.
        path: the place in it.
    """

    out: str
    ending: str
    fs: Any
    path: str

    @classmethod
    def of(cls, out: str) -> Target:
        """Read a path or an fsspec URL.

        Raises:
            ConfigError: another ending, or a protocol that is unknown, can only be read or needs a package.
        """
        ending = posixpath.splitext(out)[1]
        if ending and ending not in ENDINGS:
            hint = "A directory whose name has a dot is written with a slash at its end."
            said = f"--out {shown(out)} ends in {ending!r}: use .parquet, .jsonl, .csv or a directory."
            raise ConfigError(said, hint=hint)
        fs, path = _reach(out)
        return cls(out, ending, fs, path.rstrip("/"))

    def check(self) -> None:
        """Look at the place.

        Raises:
            ConfigError: nobody may write there, or something else is there.
        """
        with self.refusing("cannot be reached", "Check the address and the credentials; no call has been made yet."):
            self.fs.invalidate_cache()
            self._check_ground()
            if self.ending and self.fs.isdir(self.path):
                raise self._refusal("is a directory", "Name a file in it.")
            if not self.ending:
                self.saved_before()

    def saved_before(self) -> list[str]:
        """The split folders of a dataset that hf_synth saved in this directory; none where there is nothing.

        Raises:
            ConfigError: something else is there.
        """
        other = self._refusal("holds something that hf-synth did not save there", "Name a new directory.")
        if self.fs.isfile(self.path):
            raise other
        inside: list[str] = self.fs.ls(self.path, detail=False) if self.fs.exists(self.path) else []
        if all(posixpath.basename(name.rstrip("/")).startswith(".") for name in inside):
            return []
        try:
            splits = self._json("dataset_dict.json")["splits"]
            folders = [f"{self.path}/{split}" for split in splits if _SPLIT.fullmatch(split)]
            infos = [f"{split}/dataset_info.json" for split in splits if _SPLIT.fullmatch(split)]
            # a run that was killed while it saved has left no info
            done = [info for info in infos if self.fs.exists(f"{self.path}/{info}")]
            ours = all(self._json(info).get("builder_name") == "hf_synth" for info in done)
        except (FileNotFoundError, ValueError, TypeError, LookupError, AttributeError):
            raise other from None
        if not ours:
            raise other
        return [folder for folder in folders if self.fs.isdir(folder)]

    @contextmanager
    def refusing(self, what: str, hint: str, kind: type[HfSynthError] = ConfigError) -> Generator[None]:
        """Turn what a file system says into one of our errors."""
        try:
            yield
        except HfSynthError:
            raise
        except Exception as error:  # each SDK below fsspec has errors of its own, and few are OSErrors
            raise kind(f"--out {shown(self.out)} {what}: {_said(error)}.", hint=hint) from error

    def _refusal(self, what: str, hint: str) -> ConfigError:
        return ConfigError(f"--out {shown(self.out)} {what}.", hint=hint)

    def _json(self, name: str) -> Any:
        return json.loads(self.fs.cat_file(f"{self.path}/{name}"))

    def _check_ground(self) -> None:
        """Whether there is something to write to. Folders are made on the way, buckets are not: they cost money."""
        protocols = (self.fs.protocol,) if isinstance(self.fs.protocol, str) else self.fs.protocol
        if "file" in protocols:
            ground = Path(self.path).parent if self.ending else Path(self.path)
            while not ground.exists():
                ground = ground.parent
            if not ground.is_dir():
                raise self._refusal(f"cannot be: {ground} is no directory", "Name another place.")
            if not os.access(ground, os.W_OK | os.X_OK):
                raise self._refusal(f"cannot be: you may not write in {ground}", "Name another place.")
        elif not self.path.startswith("/"):
            parts = self.path.split("/")
            depth = 1 if "hf" not in protocols else 2 + (parts[0] in _HUB_FOLDERS)
            bucket = "/".join(parts[:depth])
            try:
                self.fs.info(bucket)
            except FileNotFoundError:
                raise self._refusal(f"cannot be: {bucket!r} does not exist", "Create it, or name another.") from None


def _reach(out: str) -> tuple[Any, str]:
    from fsspec.core import (  # noqa: PLC0415  # a tenth of a second that other commands need not wait for
        split_protocol,  # pyright: ignore[reportUnknownVariableType]
        url_to_fs,  # pyright: ignore[reportUnknownVariableType]
    )
    from fsspec.registry import known_implementations  # noqa: PLC0415

    protocol = cast("tuple[str | None, str]", split_protocol(out))[0]
    if protocol in _READ_ONLY:
        hint = "Name a local path or a URL that can be written, such as s3://bucket/rows.parquet."
        raise ConfigError(f"--out {shown(out)} cannot be: {protocol} addresses can only be read.", hint=hint)
    try:
        return cast("tuple[Any, str]", url_to_fs(out))
    except ImportError as error:
        module = str(getattr(error.__cause__, "name", None))
        packages = {str(one["class"]).partition(".")[0] for one in known_implementations.values()}
        hint = f"Run: pip install {module.replace('_', '-')}" if module in packages else ""
        raise ConfigError(f"--out {shown(out)} needs a package that is missing: {_said(error)}.", hint=hint) from error
    except Exception as error:  # as above: some file systems connect at once
        hint = "Check the address: it is a local path or a URL of fsspec, such as s3://bucket/rows.parquet."
        raise ConfigError(f"--out {shown(out)} cannot be reached: {_said(error)}.", hint=hint) from error


def shown(out: str) -> str:
    """A path or URL as it may be printed: quoted, without a password."""
    return repr(re.sub(r"(//[^/@:]*):[^/@]*@", r"\1:…@", out))


def _said(error: BaseException) -> str:
    """What an error says, on one line; its name where it says nothing."""
    return " ".join(str(error).split()).rstrip(".")[:300] or type(error).__name__
