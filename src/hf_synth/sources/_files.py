"""Which local files a `Source` names, of what kind they are, and whether they changed."""

from __future__ import annotations

import glob
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from os.path import commonpath
from pathlib import Path, PurePath
from typing import Any

from hf_synth.config.source import Source
from hf_synth.errors import ConfigError

TEXTS = (".txt", ".text", ".md", ".markdown", ".mdx", ".rst")
_BUILDERS = {".json": "json", ".jsonl": "json", ".ndjson": "json", ".csv": "csv", ".tsv": "csv"} | {
    ".parquet": "parquet",
    ".arrow": "arrow",
}
_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4")
_BESIDE = ("readme", "license", "licence", "changelog", "notice", "citation", "contributing")
"""Texts that stand beside the files of a dataset and are no part of it."""
_SETTLED = 2 * 10**9  # nanoseconds after which a file cannot have been changed again with the same time of change


def local(path: str | None) -> Path | None:
    """A path that exists here; `None` for anything else, such as a dataset of the Hub."""
    try:
        found = Path(path).expanduser() if path else None
        return found if found is not None and found.exists() else None
    except (OSError, RuntimeError):  # a name that is too long; a home that there is not
        return None


def ending_of(path: PurePath) -> str:
    """The ending that tells the format, of a compressed file that before the last."""
    name = path.name.lower()
    for ending in _COMPRESSED:
        name = name.removesuffix(ending)
    return PurePath(name).suffix


def builder(path: PurePath) -> str | None:
    """What `datasets` reads a file with, by its ending; `None` for what is not data."""
    return _BUILDERS.get(ending_of(path))


def named(source: Source) -> list[Path]:
    """Local files that a source names, patterns resolved; of a folder all that is in it and not hidden."""
    root = local(source.path)
    if source.data_files:
        base = root if root is not None and root.is_dir() else Path()
        return list(dict.fromkeys(found for pattern in patterns(source) for found in _matching(base, pattern)))
    if root is None or root.is_file():
        return [] if root is None else [root]
    inside = (path for path in root.rglob("*") if not any(p.startswith(".") for p in path.relative_to(root).parts))
    return sorted(path for path in inside if path.is_file())


def patterns(source: Source) -> list[str]:
    """`data_files` of the splits that are read, one by one."""
    splits = [part.partition("[")[0].strip() for part in source.split.split("+")]
    return list(_flat(source.data_files, splits))


def _flat(value: Any, splits: list[str]) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for split in splits:
            yield from _flat(value.get(split), splits)  # pyright: ignore[reportUnknownArgumentType]
    else:
        yield from value or ()


def _matching(base: Path, pattern: str) -> list[Path]:
    with suppress(RuntimeError):  # a home that there is not
        pattern = str(Path(pattern).expanduser()) if pattern.startswith("~") else pattern
    with suppress(OSError):
        if (base / pattern).is_file():  # with a bracket in its name, perhaps
            return [base / pattern]
    found = glob.glob(pattern, root_dir=base, recursive=True)  # noqa: PTH207  that of pathlib refuses `**.md`
    return sorted(base / name for name in found if (base / name).is_file())


def text_files(source: Source, place: str) -> list[tuple[str, Path]]:
    """Files of text with the names that identify them; none where the source is data.

    Raises:
        ConfigError: both kinds stand there, or the source says of texts what only data has.
    """
    root, files = local(source.path), named(source)
    chosen = bool(source.data_files) or (root is not None and root.is_file())
    data = [path for path in files if builder(path)]
    texts = [path for path in files if path.suffix.lower() in TEXTS or (chosen and path not in data)]
    loose = [path for path in texts if path.stem.casefold() not in _BESIDE]
    if data and loose:
        raise ConfigError(
            f"Config: {place}: there is text ({loose[0].name}) and data ({data[0].name}) in it. "
            "Name the files that are meant in data_files."
        )
    if data or not texts:
        return []
    _refuse_fields(source, place)
    above = root if root is not None and root.is_dir() else Path(commonpath([path.parent for path in texts]))
    return [(path.relative_to(above).as_posix() if path.is_relative_to(above) else path.name, path) for path in texts]


def _refuse_fields(source: Source, place: str) -> None:
    split = None if isinstance(source.data_files, Mapping) or source.split == "train" else source.split
    column = None if source.column == "text" else source.column
    for field, value in (("split", split), ("column", column), ("name", source.name)):
        if value is not None:
            raise ConfigError(f"Config: {place}.{field}: files of text have none: leave {value!r} out.")


def signature(source: Source) -> tuple[Any, ...]:
    """What changes when files of a source do, without reading them; never the same of files that were just changed."""
    signed: list[tuple[str, int, int, int]] = []
    changed = 0
    for path in named(source):
        with suppress(OSError):  # gone meanwhile: reading tells
            stat = path.stat()
            changed = max(changed, stat.st_mtime_ns)
            signed.append((str(path), stat.st_ino, stat.st_size, stat.st_mtime_ns))
    now = time.time_ns()
    return (*signed, now if 0 <= now - changed < _SETTLED else 0)
