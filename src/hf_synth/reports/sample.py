"""A fixed amount of text out of a dataset: measures of diversity compare only between equal amounts.

All of them fall or rise with the length of what is measured (Shaib et al. 2024, 2403.00553), so they are taken from so
many words, whatever the size of the dataset.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from hf_synth.quality._text import NO_SPACES, normalise

WORDS = 10_000
"""Words that measures of diversity are taken from: about 400 instructions."""

_UNSPACED = re.compile(f"([{NO_SPACES}])")
_MOST = 400_000  # characters that are looked at of one text: more than `WORDS` words


@dataclass(frozen=True, slots=True)
class Sample:
    """Texts of a dataset, cut to a fixed number of words.

    Attributes:
        texts: as they are, the last one cut.
        words: of each text, folded as for the near-duplicate check; characters in scripts without spaces.
        size: words in all.
        full: whether the dataset had as many as were asked for.
    """

    texts: tuple[str, ...]
    words: tuple[list[str], ...]
    size: int
    full: bool


def words_of(text: str) -> list[str]:
    """The words of a text without case and punctuation; each character is one where a script has no spaces."""
    folded = normalise(text[:_MOST])
    return folded.split() if folded.isascii() else _UNSPACED.sub(r" \1 ", folded).split()


def spread(texts: Sequence[str]) -> list[int]:
    """Numbers of the texts in an order that depends on the texts alone, not on where they stand.

    Any beginning of it is a random sample of the dataset, the same one after rows were shuffled. A text that stands
    there twice has two places of its own in that order, so that a sample repeats itself as the dataset does.
    """
    seen: Counter[bytes] = Counter()
    keys = array("Q")
    for text in texts:
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        seen[digest] += 1
        if seen[digest] > 1:
            digest = blake2b(digest + str(seen[digest]).encode(), digest_size=8).digest()
        keys.append(int.from_bytes(digest, "big"))
    return sorted(range(len(keys)), key=keys.__getitem__)


def take(texts: Sequence[str], size: int = WORDS) -> Sample:
    """So many words of the texts, or all of them where there are fewer."""
    taken: list[str] = []
    words: list[list[str]] = []
    left = size
    for number in spread(texts):
        if not left:
            break
        text = texts[number][:_MOST]
        found = words_of(text)
        if len(found) > left:
            text = text[: max(1, len(text) * left // len(found))]  # about there: words were folded
            found = found[:left]
        if found:
            taken.append(text)
            words.append(found)
            left -= len(found)
    return Sample(tuple(taken), tuple(words), size - left, not left)
