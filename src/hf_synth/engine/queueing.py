"""How much of batch work a provider's queue takes at once, as its refusals tell.

OpenAI bounds the tokens that wait in a model's queue and says no only after a batch was created: what does not fit
fails as a whole. So after a refusal fewer batches go out at once, and smaller ones where not even one fitted.
"""

from __future__ import annotations


class Room:
    """Room in the queue of one line.

    Attributes:
        most: requests a batch may hold now.
        sent: batches sent in this wave.
        refused: requests of each of them that found no room.
    """

    def __init__(self, most: int) -> None:
        self.most = self._most_ever = most
        self.sent = 0
        self._at_once: int | None = None  # batches that go out in one wave
        self.refused: list[int] = []

    @property
    def full(self) -> bool:
        """Whether this wave may send no further batch."""
        return self._at_once is not None and self.sent >= self._at_once

    @property
    def hopeless(self) -> bool:
        """Whether not even a single request found room."""
        return self.sent == len(self.refused) and self.refused == [1]

    def refuse(self, requests: int) -> None:
        """A batch of so many requests found no room."""
        self.refused.append(requests)

    def begin(self) -> None:
        """Begin a wave, with what the last one taught."""
        if self.refused:
            accepted = self.sent - len(self.refused)
            if accepted <= 0:
                self.most = max(1, min(self.refused) // 2)
            self._at_once = max(1, accepted)
        elif self.sent and self.most < self._most_ever:
            self.most = min(2 * self.most, self._most_ever)
        elif self._at_once is not None and self.sent >= self._at_once:
            self._at_once *= 2
        self.sent = 0
        self.refused = []
