"""A line: the live connection of one role, and what it has learnt of the server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from hf_synth.engine.appetite import Appetite
from hf_synth.engine.limiter import Seat
from hf_synth.protocols import Provider
from hf_synth.types import Dialect, Endpoint, Price


@dataclass(slots=True)
class Line:
    """A live connection of one role: whom to call, and how that went so far."""

    endpoint: Endpoint
    provider: Provider
    limiter: Seat
    dialects: tuple[Dialect, ...]
    timeout: float
    price: Callable[[], Awaitable[Price | None]]
    batch_price: Callable[[], Awaitable[Price | None]]
    lowered: int = 0
    """How many dialects the server refused or ignored."""
    proven: bool = False
    """Whether the dialect in use has given a well-formed answer."""
    wave: int | None = None
    """In batch mode, the number of the wave: all answers of one were asked for alike, so it lowers once at most."""
    lowered_in: int = -1
    appetite: Appetite = field(default_factory=Appetite)

    @property
    def dialect(self) -> Dialect:
        return self.dialects[self.lowered]

    async def close(self) -> None:
        """Leave the limiter to others and release the connections."""
        self.limiter.leave()
        await self.provider.close()

    def lower(self, refused: Dialect) -> bool:
        """Use the next dialect; False where none is left. Calls made before the change do not lower again."""
        if refused != self.dialect or self.lowered_in == self.wave:
            return True
        if self.lowered + 1 >= len(self.dialects):
            return False
        self.lowered += 1
        self.lowered_in = -1 if self.wave is None else self.wave
        self.proven = False
        return True
