"""Where answers are on record: a 64-bit digest of each name to its place, about 130 bytes an answer."""

from __future__ import annotations

from hashlib import blake2b

from hf_synth.engine.journal import Journal
from hf_synth.engine.records import read_answer
from hf_synth.types import Answer


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

    def add(self, name: str, place: int) -> None:
        """Remember an answer found by a scan; the first of a name counts."""
        self._places.setdefault(_key(name), place)

    def note(self, name: str, place: int) -> None:
        """Take note of an answer just written."""
        if self.keep:
            self.add(name, place)

    def find(self, name: str) -> Answer | None:
        """The answer on record under a name."""
        place = self._places.get(_key(name))
        if place is None:
            return None
        answer = read_answer(self._journal.read(place))
        return answer if answer.name == name else None
