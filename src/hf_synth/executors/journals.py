"""The journals of a cache as a whole: listed, removed, taken to another machine."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from filelock import FileLock, Timeout

from hf_synth.engine.batches import Batches, batches_of
from hf_synth.engine.journal import Journal
from hf_synth.engine.money import added
from hf_synth.engine.records import FORMAT
from hf_synth.errors import JournalError, RecordsNotFound
from hf_synth.executors.local import FOLDER

_NAME = re.compile(r"[0-9a-f]{64}")
_IDENTITY = "identity.json"


@dataclass(frozen=True, slots=True)
class Summary:
    """A journal. `usd` is US dollars (`None` where a price was not known), `size` bytes, `changed` seconds since
    the epoch.
    """

    name: str
    schema: str
    domain: str
    answers: int
    usd: float | None
    size: int
    changed: float


def root(cache_dir: Path | None) -> Path:
    """The folder of journals in a cache, by default that of `datasets`."""
    if cache_dir is None:
        from datasets import config  # noqa: PLC0415  # half a second, only where no cache is named

        cache_dir = Path(config.HF_DATASETS_CACHE)
    return cache_dir.expanduser() / FOLDER


def _folders(where: Path) -> Iterator[Path]:
    if where.is_dir():
        yield from sorted(path for path in where.iterdir() if _NAME.fullmatch(path.name))


def _identity(folder: Path) -> dict[str, Any]:
    try:
        return json.loads((folder / _IDENTITY).read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def summaries(where: Path) -> list[Summary]:
    """All journals, by name."""
    found: list[Summary] = []
    for folder in _folders(where):
        identity, answers, usd = _identity(folder), 0, cast("float | None", 0.0)
        for _, record in Journal(folder).scan():
            if record["type"] == "answer":
                answers += 1
                usd = added(usd, record["usd"])
        files = [path for path in folder.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
        changed = max((path.stat().st_mtime for path in files), default=0.0)
        schema, domain = str(identity.get("schema", "?")), str(identity.get("domain", "?"))
        found.append(Summary(folder.name, schema, domain, answers, usd, size, changed))
    return found


def find(where: Path, name: str) -> Path:
    """The one journal whose name starts with `name`.

    Raises:
        RecordsNotFound: there is none, or more than one.
    """
    fits = [folder for folder in _folders(where) if name and folder.name.startswith(name)]
    if len(fits) != 1:
        what = "several journals start" if fits else "no journal starts"
        raise RecordsNotFound(f"{what} with {name!r} in {str(where)!r}.", hint="See hf-synth journal list.")
    return fits[0]


def batches(folder: Path) -> Batches:
    """The batches of a journal."""
    return batches_of(Journal(folder))


def remove(folder: Path) -> None:
    """Delete a journal.

    Raises:
        JournalError: a process works on it.
    """
    lock = FileLock(str(folder / "lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise JournalError(
            f"A process works on journal {folder.name[:12]}.", hint="Stop it first, then remove the journal."
        ) from None
    try:
        shutil.rmtree(folder)
    finally:
        lock.release()


def export(folder: Path, file: Path) -> None:
    """Pack the newest generation of a journal."""
    with tarfile.open(file, "w:gz") as archive:
        archive.add(folder / _IDENTITY, f"{folder.name}/{_IDENTITY}")
        for segment in Journal(folder).segments():
            archive.add(segment, f"{folder.name}/{segment.name}")


def import_(file: Path, where: Path) -> tuple[str, int]:
    """Take the answers of an exported journal that are not on record here.

    Verdicts are not taken: the rows are judged again from the answers, which costs nothing.

    Returns:
        The name of the journal and how many answers were added.

    Raises:
        JournalError: the file is no export, a newer version wrote it, or a process works on the journal.
    """
    try:
        with tarfile.open(file, "r:*") as archive:
            names = {Path(member.name).parts[0] for member in archive.getmembers()}
            if len(names) != 1 or not _NAME.fullmatch(name := names.pop()):
                raise JournalError(f"{str(file)!r} is not an export of a journal.")
            identity = json.loads(_text(archive, f"{name}/{_IDENTITY}"))
            if identity.get("format", 0) > FORMAT:
                raise JournalError(f"{str(file)!r} was written by a newer hf-synth.", hint="Upgrade hf-synth.")
            records = [json.loads(line) for line in _lines(archive)]
    except (tarfile.TarError, OSError, KeyError, ValueError, EOFError, zlib.error) as error:
        raise JournalError(f"{str(file)!r} cannot be read as an export of a journal: {error}.") from None
    return name, take(where / name, identity, records, reached_in(records))


def take(folder: Path, identity: dict[str, Any], records: list[dict[str, Any]], reached: int) -> int:
    """Add the answers among `records` that are not on record to a journal, which is made where there is none.

    Args:
        folder: of the journal.
        identity: what its name was made of, for people.
        records: of another journal of the same name.
        reached: the last cell whose answers are likely all there.

    Returns:
        How many answers were added.

    Raises:
        JournalError: a process works on the journal.
    """
    journal = Journal(folder)
    if not journal.acquire({k: v for k, v in identity.items() if k != "format"}):
        raise JournalError(f"A process works on journal {folder.name[:12]}.", hint="Import again when it has ended.")
    try:
        have = {record["name"] for _, record in journal.scan() if record["type"] == "answer"}
        new = [r for r in records if r.get("type") == "answer" and r["name"] not in have]
        for record in new:
            journal.append(record)
        journal.append({"type": "reached", "cell": reached})
    finally:
        journal.close()
    return len(new)


def reached_in(records: Iterable[dict[str, Any]]) -> int:
    """The last cell that was judged where the answers come from: up to there they are likely all there."""
    places = [record.get("place") for record in records if record.get("type") in ("row", "drop")]
    cells = [cast("list[Any]", place)[0] for place in places if isinstance(place, list) and place]
    return max((cell for cell in cells if isinstance(cell, int)), default=-1)


def _text(archive: tarfile.TarFile, name: str) -> str:
    member = archive.extractfile(name)
    if member is None:
        raise KeyError(name)
    return member.read().decode("utf-8", "surrogatepass")  # as the journal wrote it


def _lines(archive: tarfile.TarFile) -> Iterator[str]:
    for member in archive.getmembers():
        if member.isfile() and member.name.endswith(".jsonl"):
            yield from _text(archive, member.name).split("\n")[:-1]  # what follows the last newline is torn
