"""Choices that are a function of what was asked, and cost next to nothing.

A `random.Random` takes longer to seed than a whole answer may take; one digest, used up like the digits of a
mixed-radix number, gives as many independent choices as an idea needs and is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")
_LOW = 1 << 64
"""Below this, what is left of a digest would make choices uneven: a new one is made."""


class Draw:
    """A stream of choices that depends on nothing but the given texts."""

    __slots__ = ("_bits", "_digest")

    def __init__(self, *texts: str) -> None:
        self._digest = blake2b("\x1f".join(texts).encode("utf-8", "surrogatepass")).digest()
        self._bits = int.from_bytes(self._digest, "big")

    def below(self, limit: int) -> int:
        """A number from 0 up to but not including `limit`."""
        if self._bits < _LOW:
            self._digest = blake2b(self._digest).digest()
            self._bits = int.from_bytes(self._digest, "big")
        self._bits, value = divmod(self._bits, limit)
        return value

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.below(len(options))]

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """Some of the options, each at most once, in random order; all of them if `count` is larger."""
        pool = list(options)
        return [pool.pop(self.below(len(pool))) for _ in range(min(count, len(pool)))]

    def child(self, *texts: str) -> Draw:
        """A stream of its own for a part of the answer, so that parts do not depend on each other's choices."""
        return Draw(self._digest.hex(), *texts)
