"""MinHash sketches of texts: which may be near one another. Imports numpy and rensa, so it is imported late.

The hashes are rensa's (Fast Similarity Sketching, Dahlgaard, Knudsen, Thorup 2017). Measured on 40-word texts:
4 µs a sketch; hashing the 5-grams with numpy takes 5 µs where a list of 250 strings takes 14.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import rensa  # pyright: ignore[reportMissingTypeStubs]

if TYPE_CHECKING:
    from collections.abc import Sequence

GRAM = 5
_WANTED_RECALL = 0.998
_MOST_HASHES = 128
_SEED = 1
_RENSA: Any = rensa
_ODD = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio: Knuth's multiplier


def banding(similarity: float) -> tuple[int, int]:
    """Bands and rows of a band: the most selective ones that miss at most 1 pair in 500 at `similarity`.

    Below a similarity of 0.05 the most bands there are miss more.
    """
    for rows in range(_MOST_HASHES, 0, -1):
        missed = 1 - similarity**rows
        bands = 1 if missed <= 0 else math.ceil(math.log(1 - _WANTED_RECALL) / math.log(missed)) if missed < 1 else 0
        if 0 < bands * rows <= _MOST_HASHES:
            return bands, rows
    return _MOST_HASHES, 1


class Sketcher:
    """Sketches texts for one similarity.

    Args:
        similarity: Jaccard similarity of 5-grams from which texts are near.
    """

    def __init__(self, similarity: float) -> None:
        self._bands, self._rows = banding(similarity)
        self.size = self._bands * self._rows
        powers = np.array([pow(_ODD, n, 1 << 64) for n in range(1, GRAM + self.size + 1)], np.uint64)
        self._weights, self._mixers = powers[:GRAM], powers[GRAM:].reshape(self._bands, self._rows)
        # Four standard deviations below; the estimator's own are smaller (measured 0.038 where this says 0.048).
        self._least = self.size * (similarity - 4 * math.sqrt(similarity * (1 - similarity) / self.size))

    def sketch(self, folded: str, features: int) -> tuple[list[int], bytes]:
        """The band keys of a text, which agree only where `features` do, and its signature of `size` bytes."""
        points = np.frombuffer(folded.ljust(GRAM, "\0").encode("utf-32-le"), "<u4").astype(np.uint64)
        grams = np.convolve(points, self._weights, mode="valid")
        grams ^= grams >> 29
        grams *= self._weights[0]
        grams ^= grams >> 32
        hashed = _RENSA.RMinHash.digest_matrix_from_flat_token_hashes(grams, (0, len(grams)), self.size, _SEED)
        hashes = np.array(hashed.to_rows()[0], np.uint64)
        keys = (hashes.reshape(self._bands, self._rows) * self._mixers).sum(axis=1) + np.uint64(features)
        return (keys >> 4).tolist(), hashes.astype(np.uint8).tobytes()  # an integer below 2^60 takes 32 bytes

    def likely(self, signature: bytes, signatures: bytearray, rows: Sequence[int]) -> list[int]:
        """Those of `rows` of `signatures` that may be near `signature` (b-bit minwise hashing, Li and König 2010)."""
        theirs = np.frombuffer(signatures, np.uint8).reshape(-1, self.size)[rows]
        agree = (theirs == np.frombuffer(signature, np.uint8)).sum(axis=1)
        return [row for row, count in zip(rows, agree.tolist(), strict=True) if count >= self._least]
