"""The records that travel with a dataset, where its owner agrees: the answers its rows were made of.

With them whoever has the recipe makes the same rows again without a call, and pays for further ones alone. Verdicts
and duplicate signatures do not travel: rows are judged and compared again, so nothing has to be believed. The answers
themselves come from a stranger, so every field is checked.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from hf_synth.engine.records import FORMAT, Record
from hf_synth.errors import JournalError
from hf_synth.types import Role, Stop

_LONGEST = 4 * 1024 * 1024  # bytes of a line
_MOST = 1024**3  # bytes unpacked
_Count = Annotated[int, Field(ge=0, lt=2**40)]
_Money = Annotated[float, Field(ge=0, lt=1e9)]


class _Answer(BaseModel):
    """An answer as it travels; see `engine.records.answer_record`."""

    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)
    type: Literal["answer"]
    name: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[\w.:-]+$")]
    role: Role
    text: str
    stop: Stop
    model: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[\x20-\x7e]+$")]
    usage: Annotated[list[_Count], Field(min_length=6, max_length=6)]
    usd: _Money | None
    at: Annotated[float, Field(ge=0, lt=1e11)]
    detail: str = ""


class _Head(BaseModel):
    """The first line."""

    model_config = ConfigDict(strict=True)
    type: Literal["records"]
    format: int
    journal: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    reached: Annotated[int, Field(ge=-1, lt=2**31)]


@dataclass(frozen=True, slots=True)
class Carried:
    """What a file of records holds.

    Attributes:
        journal: identity of the journal they were taken from.
        reached: the last cell whose answers are likely all there.
        answers: records for a journal. What they cost is noted as paid elsewhere: it is not the reader's money.
    """

    journal: str
    reached: int
    answers: list[Record]


def packed(journal: str, reached: int, records: Iterable[Record]) -> bytes:
    """The answers among the records of a journal, compressed; the same bytes for the same answers."""
    held = io.BytesIO()
    kept = {*_Answer.model_fields}
    with gzip.GzipFile(fileobj=held, mode="wb", mtime=0) as file:
        file.write(_line({"type": "records", "format": FORMAT, "journal": journal, "reached": reached}))
        for record in records:
            if record["type"] == "answer":
                own = {name: record[name] for name in record if name in kept}
                file.write(_line({**own, "usd": record.get("elsewhere", record["usd"])}))
    return held.getvalue()


def _line(record: Record) -> bytes:
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace") + b"\n"


def unpacked(data: bytes, place: str) -> Carried:
    """The records of a file.

    Args:
        data: its bytes.
        place: where it comes from, for messages.

    Raises:
        JournalError: it is no such file, a newer version wrote it, or a record in it is malformed.
    """
    try:
        lines = _lines(data, place)
        head = _Head.model_validate_json(next(lines, b""))
        if head.format > FORMAT:
            raise JournalError(f"{place} was written by a newer hf-synth.", hint="Upgrade hf-synth.")
        answers = [_checked(line, number, place) for number, line in enumerate(lines, 2)]
    except (OSError, EOFError, zlib.error, ValidationError) as error:
        raise JournalError(f"{place} cannot be read as records of hf_synth: {type(error).__name__}.") from None
    return Carried(head.journal, head.reached, answers)


def journal_of(data: bytes) -> str | None:
    """The identity of the journal that a file of records was taken from; `None` where it is no such file."""
    try:
        return _Head.model_validate_json(next(_lines(data, ""), b"")).journal
    except (OSError, EOFError, zlib.error, ValidationError, JournalError):
        return None


def _checked(line: bytes, number: int, place: str) -> Record:
    try:
        answer = _Answer.model_validate_json(line)
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"])) or "it"
        raise JournalError(f"{place}, line {number}: {field} is not what a record of an answer holds.") from None
    record = answer.model_dump()
    if not answer.detail:
        del record["detail"]
    return {**record, "usd": 0.0, "elsewhere": answer.usd}


def _lines(data: bytes, place: str) -> Iterator[bytes]:
    read = 0
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        while line := file.readline(_LONGEST + 1):
            read += len(line)
            if len(line) > _LONGEST or read > _MOST:
                raise JournalError(f"{place} is larger than records can be.")
            yield line
