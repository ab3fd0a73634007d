"""How much the texts of a column differ, by four measures of the literature on a fixed amount of text.

distinct-n (Li et al. 2016, 1510.03055); compression ratio (Shaib et al. 2024, 2403.00553), which they found to tell
most of what slower measures do; self-repetition (Salkar et al. 2022, 2210.08145); self-BLEU (`bleu`).
"""

from __future__ import annotations

import gzip
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hf_synth.reports.bleu import Gram, ngrams, self_bleu
from hf_synth.reports.sample import WORDS, take

_REPEATED = 4  # words in a row that count as a repetition


@dataclass(frozen=True, slots=True)
class Diversity:
    """What a sample of texts gave; `None` where it is too small for a measure.

    Attributes:
        words: size of the sample.
        full: whether it has the fixed size; otherwise the figures compare only with samples of the same size.
        texts: how many texts it holds, the last one cut.
        distinct_1, distinct_2, distinct_3: different n-grams by all n-grams, over 0 to 1. Higher is more diverse.
        compression_ratio: bytes before by bytes after gzip. Lower is more diverse.
        self_repetition: natural logarithm of one plus the number of times that 4-grams of a text stand in other
            texts, the mean over texts. Lower is more diverse.
        self_bleu: BLEU-4 of a text against all others, the mean over texts, 0 to 1. Lower is more diverse.
    """

    words: int
    full: bool
    texts: int
    distinct_1: float | None
    distinct_2: float | None
    distinct_3: float | None
    compression_ratio: float | None
    self_repetition: float | None
    self_bleu: float | None


def diversity(texts: Sequence[str], words: int = WORDS) -> Diversity:
    """All measures, of so many words. The order of the texts makes no difference."""
    sample = take(texts, words)
    return Diversity(
        sample.size,
        sample.full,
        len(sample.texts),
        distinct(sample.words, 1),
        distinct(sample.words, 2),
        distinct(sample.words, 3),
        compression_ratio(sample.texts),
        self_repetition(sample.words),
        self_bleu(sample.words),
    )


def distinct(texts: Sequence[Sequence[str]], order: int) -> float | None:
    """Different n-grams by all n-grams; none reaches from one text into the next."""
    seen: set[Gram] = set()
    number = 0
    for words in texts:
        seen.update(ngrams(words, order))
        number += max(0, len(words) - order + 1)
    return len(seen) / number if number else None


def compression_ratio(texts: Sequence[str]) -> float | None:
    """Bytes of the texts by bytes after gzip, as they are written: a repeated layout counts as repetition."""
    raw = " ".join(texts).encode("utf-8", "replace")
    return len(raw) / len(gzip.compress(raw, mtime=0)) if raw else None


def self_repetition(texts: Sequence[Sequence[str]]) -> float | None:
    """Salkar et al.'s score over 4-grams; `None` for fewer than two texts."""
    if len(texts) < 2:
        return None
    grams = [set(ngrams(words, _REPEATED)) for words in texts]
    holders: Counter[Gram] = Counter(gram for own in grams for gram in own)
    return sum(math.log1p(sum(holders[gram] - 1 for gram in own)) for own in grams) / len(grams)
