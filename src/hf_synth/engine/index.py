"""Where answers are on record: a 64-bit digest of each name to its place, about 130 bytes an answer."""

from __future__ import annotations

from hashlib import blake2b

from hf_synth.engine.journal import Journal
from hf_synth.engine.records import Record, read_answer
from hf_synth.errors import RequestRefused
from hf_synth.types import Answer

_FOUND = ("answer", "refused")


def _key(name: str) -> int:
    return int.from_bytes(blake2b(name.encode("utf-8"), digest_size=8).digest(), "big")


class AnswerIndex:
    """Finds answers by name.

    What a run writes it does not read again, so `keep` is off while one run alone uses the journal: memory then
    does not grow with the answers of this process.
    """

    def __init__(self, journal: Journal) -> None:
        self.keep = False
        self._journal = journal
        self._places: dict[int, int] = {}

    def follow(self, record: Record, place: int) -> None:
        """Take a record found by a scan; the first of a name counts."""
        if record["type"] in _FOUND:
            self._places.setdefault(_key(record["name"]), place)

    def note(self, name: str, place: int) -> None:
        """Take note of an answer or refusal just written."""
        if self.keep:
            self._places.setdefault(_key(name), place)

    def has(self, name: str) -> bool:
        """Whether something is on record under a name."""
        return _key(name) in self._places

    def find(self, name: str) -> Answer | None:
        """The answer on record under a name.

        Raises:
            RequestRefused: the provider did not take the question.
        """
        place = self._places.get(_key(name))
        record = self._journal.read(place) if place is not None else None
        if record is None or record["name"] != name:
            return None
        if record["type"] == "refused":
            raise RequestRefused(record["detail"], cause=record["cause"])
        return read_answer(record)
