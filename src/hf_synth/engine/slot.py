"""What a call holds while it is made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slot:
    """The right to make one call.

    Attributes:
        began: when the call began, by the loop's clock.
        beside: how many calls were in flight then, with this one.
        age: of the law then.
        tokens: what it is expected to take.
    """

    began: float
    beside: int
    age: int
    tokens: float
