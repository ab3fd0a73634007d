"""What a check works out once per config, and needs for every row."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from hf_synth.config import GenerationConfig

T = TypeVar("T")
_KEPT = 4


class Once(Generic[T]):
    """Remembers the latest few. A config cannot be a key, but it never changes; it is held, so its id stays its own.

    Args:
        make: works it out.
    """

    def __init__(self, make: Callable[[GenerationConfig], T]) -> None:
        self._make = make
        self._made: OrderedDict[int, tuple[GenerationConfig, T]] = OrderedDict()

    def __call__(self, config: GenerationConfig) -> T:
        known = self._made.get(id(config))
        if known is None:
            known = config, self._make(config)
            self._made[id(config)] = known
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return known[1]
