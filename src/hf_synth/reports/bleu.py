"""Self-BLEU (Zhu et al. 2018, 1802.01886): how well each text is predicted by all others. Lower is more diverse.

BLEU-4 of each text with all others as references (Papineni et al. 2002), smoothed and with the effective order of
sentences as in sacrebleu, which the tests compare it with. Not by sacrebleu itself: it counts the n-grams of all
references again for every text, which for 400 texts takes minutes. The most that any other text holds of an n-gram is
known from the two highest counts, so that one pass suffices.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

_ORDER = 4
Gram = tuple[str, ...]


def ngrams(words: Sequence[str], order: int) -> Iterator[Gram]:
    """All sequences of `order` words, in order."""
    return zip(*(words[start:] for start in range(order)), strict=False)


def self_bleu(texts: Sequence[Sequence[str]]) -> float | None:
    """The mean over all texts, 0 to 1; `None` for fewer than two.

    Args:
        texts: each as words, none of them empty.
    """
    if len(texts) < 2:
        return None
    matches = [[0] * _ORDER for _ in texts]
    for order in range(1, _ORDER + 1):
        counts = [Counter(ngrams(words, order)) for words in texts]
        first, second = _highest(counts)
        for number, counted in enumerate(counts):
            matches[number][order - 1] = sum(
                min(count, second.get(gram, 0) if count == first[gram] else first[gram])
                for gram, count in counted.items()
            )
    lengths = sorted(map(len, texts))
    return sum(_score(found, len(words), lengths) for found, words in zip(matches, texts, strict=True)) / len(texts)


def _highest(counts: Sequence[Counter[Gram]]) -> tuple[dict[Gram, int], dict[Gram, int]]:
    """The highest and the second highest count of each n-gram in one text: equal where two texts share the highest."""
    first: dict[Gram, int] = {}
    second: dict[Gram, int] = {}
    for counted in counts:
        for gram, count in counted.items():
            before = first.get(gram, 0)
            if count > before:
                first[gram] = count
            if before:
                second[gram] = max(second.get(gram, 0), min(count, before))
    return first, second


def _score(matches: Sequence[int], length: int, lengths: Sequence[int]) -> float:
    if not matches[0]:
        return 0.0
    halving, logs = 1.0, 0.0
    order = min(_ORDER, length)
    for n in range(1, order + 1):
        of = length - n + 1
        if matches[n - 1]:
            logs += math.log(matches[n - 1] / of)
        else:
            halving *= 2
            logs -= math.log(halving * of)
    closest = _closest(length, lengths)
    brevity = 1.0 if length >= closest else math.exp(1 - closest / length)
    return brevity * math.exp(logs / order)


def _closest(length: int, lengths: Sequence[int]) -> int:
    """The length of another text that is closest, the shorter of two. `lengths` are sorted and hold this one, too."""
    at = bisect_left(lengths, length)
    around = [lengths[near] for near in (at - 1, at + 1) if 0 <= near < len(lengths)]
    return min(around, key=lambda other: (abs(other - length), other))
