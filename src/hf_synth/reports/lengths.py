"""Lengths in words: quartiles and a histogram."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hf_synth.quality._text import count_words

_BINS = 20


@dataclass(frozen=True, slots=True)
class Lengths:
    """Words of texts. Where a script has no spaces, two CJK or four south-east Asian characters are a word.

    Attributes:
        texts: how many there are; all else is `None` or empty without any.
        least, lower, median, upper, most: quartiles.
        mean: of all.
        start: where the first bin begins.
        step: words in a bin.
        bins: number of texts by length; the last one holds all that are longer as well.
        open: whether it does hold longer ones.
    """

    texts: int
    least: int | None
    lower: int | None
    median: int | None
    upper: int | None
    most: int | None
    mean: float | None
    start: int
    step: int
    bins: list[int]
    open: bool


def lengths(texts: Sequence[str]) -> Lengths:
    """Of one column."""
    return summary(sorted(map(count_words, texts)))


def summary(counts: Sequence[int]) -> Lengths:
    """Of lengths that are sorted."""
    if not counts:
        return Lengths(0, None, None, None, None, None, None, 0, 1, [], open=False)
    last = len(counts) - 1
    least, lower, median, upper, most = (counts[round(last * part / 4)] for part in range(5))
    usual = counts[round(last * 0.99)]  # the longest hundredth would make all other bins too narrow to see
    step = _step(usual - counts[0])
    start = counts[0] // step * step
    bins = [0] * ((usual - start) // step + 1)
    for count in counts:
        bins[min((count - start) // step, len(bins) - 1)] += 1
    mean, longer = sum(counts) / len(counts), most >= start + step * len(bins)
    return Lengths(len(counts), least, lower, median, upper, most, mean, start, step, bins, open=longer)


def _step(span: int) -> int:
    """1, 2, 5, 10, … words, so that 20 bins or fewer reach over the span."""
    power = 1
    while True:
        for step in (power, 2 * power, 5 * power):
            if span < step * (_BINS - 1):
                return step
        power *= 10
