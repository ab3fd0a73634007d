"""Which accepted texts a new one is too near to, by the switch of the check `duplicate`.

Whatever the switch, equal texts are refused, and so are near-duplicates of a row in another split: a test set that
shares its prompts with the training set measures nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from hf_synth.config.quality import Mode
from hf_synth.protocols import DuplicateIndex
from hf_synth.quality._near import NAME, EqualTexts, NearDuplicates

LEAKAGE = "leakage"
"""The cause of drops of near-duplicates across splits, where those within a split are kept."""


class Neighbours:
    """See `protocols.Neighbours`.

    Args:
        mode: of the check `duplicate`; `None` where it is off.
        similarity: Jaccard similarity from which texts are near-duplicates.
        splits: names of all splits.
    """

    def __init__(self, mode: Mode | None, similarity: float, splits: Sequence[str]) -> None:
        self._mode = mode
        self._all: DuplicateIndex = NearDuplicates(similarity) if mode == "drop" else EqualTexts()
        apart = mode != "drop" and (len(splits) > 1 or mode == "flag")
        self._by_split = {split: NearDuplicates(similarity) for split in splits} if apart else {}

    def find(self, text: str, split: str) -> tuple[Mode, str, str] | None:
        """See `protocols.Neighbours`."""
        twin = self._all.find(text)
        if twin is not None:
            return "drop", NAME, f"too near to accepted row {twin} in plan order"
        for other, index in self._by_split.items():
            if other != split and (twin := index.find(text)) is not None:
                return "drop", LEAKAGE, f"too near to row {twin} of split {other!r}"
        if self._mode == "flag" and (twin := self._by_split[split].find(text)) is not None:
            return "flag", NAME, f"near to row {twin} of its split"
        return None

    def add(self, text: str, split: str) -> None:
        """See `protocols.Neighbours`."""
        self._all.add(text)
        if split in self._by_split:
            self._by_split[split].add(text)
