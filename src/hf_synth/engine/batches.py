"""The batches on record: a fold over the journal that tells which are out, and where their requests are written down.

A batch is out from its `batch` record on, which is written before it is created, until its `batch_end`.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from pathlib import Path

from hf_synth.engine.journal import Journal
from hf_synth.engine.records import Record
from hf_synth.types import Dialect, Role

_CANCELLED = "cancelled"  # beside the segments: the lock, and with it the right to write records, may be another's


@dataclass(slots=True)
class Sent:
    """A batch.

    Attributes:
        mark: our name for it, 16 hexadecimal digits; its custom ids are `mark-number`.
        places: of the `sent` records of its requests, by number: eight bytes each.
        role: one whose line it was sent through.
        dialect: in which its structured answers were asked for.
        at: when it was about to be created, seconds since the epoch; 0 while it is still being written down.
        id: the provider's name for it, `None` where its creation was not noted.
        done: requests that were finished when it was looked at last.
    """

    mark: str
    places: array[int] = field(default_factory=lambda: array("Q"))
    role: Role = "generator"
    dialect: Dialect = "json_schema"
    at: float = 0.0
    id: str | None = None
    done: int = 0

    @property
    def requests(self) -> int:
        return len(self.places)


class Batches:
    """All batches of a journal."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        """Ids of the provider's, of ended ones too."""
        self._by_mark: dict[str, Sent] = {}

    def follow(self, record: Record, place: int) -> None:
        """Take a record."""
        match record["type"]:
            case "sent":
                self._by_mark.setdefault(record["batch"], Sent(record["batch"])).places.append(place)
            case "batch":
                sent = self._by_mark[record["mark"]]
                sent.role, sent.dialect, sent.at = record["role"], record["dialect"], record["at"]
            case "batch_id":
                self._by_mark[record["mark"]].id = record["id"]
                self.known.add(record["id"])
            case "batch_end":
                self._by_mark.pop(record["mark"], None)
            case _:
                pass

    def forget(self, mark: str) -> None:
        """Drop a batch that is not sent after all."""
        self._by_mark.pop(mark, None)

    @property
    def out(self) -> list[Sent]:
        """Those that are out, oldest first; what was only being written down when a process died was never sent."""
        return [sent for sent in list(self._by_mark.values()) if sent.at]  # a copy: readers sit in other threads

    @property
    def done(self) -> int:
        """Requests that were finished in them when they were looked at last."""
        return sum(sent.done for sent in self.out)

    def __str__(self) -> str:
        """As in `2 batches with 5,000 requests`."""
        out = self.out
        requests = sum(sent.requests for sent in out)
        return f"{len(out)} batch{'es' * (len(out) != 1)} with {requests:,} request{'s' * (requests != 1)}"


def batches_of(journal: Journal) -> Batches:
    """The batches on record in a journal, read from disk."""
    batches = Batches()
    for place, record in journal.scan():
        batches.follow(record, place)
    return batches


def end_record(mark: str, word: str, answered: int, at: float, *, lost: bool = False) -> Record:
    """A batch is over. `lost`: what became of its open requests is not known, so they count as paid for."""
    return {"type": "batch_end", "mark": mark, "word": word, "answered": answered, "at": round(at, 3), "lost": lost}


def announce_cancel(folder: Path) -> None:
    """Let the process that works on the journal in a folder know that its batches are cancelled."""
    (folder / _CANCELLED).touch()


def cancelled_at(folder: Path) -> float:
    """When that was announced last, seconds since the epoch; 0 if it never was."""
    try:
        return (folder / _CANCELLED).stat().st_mtime
    except FileNotFoundError:
        return 0.0
