"""A worker's pulse: a byte at each turn of its loop, down a pipe, by which its server knows that it is not stuck."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

_TURN = 1.0  # seconds that one look adds at most: where both processes were stopped meanwhile, neither is stuck
_READ = 1 << 16


class Pulse:
    """The worker's end.

    Args:
        file: a descriptor to write to.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        os.set_inheritable(file, False)
        os.set_blocking(file, False)  # nobody may read for long

    def beat(self) -> None:
        """Be heard of."""
        with suppress(OSError):  # that the server is gone is told by standard input
            os.write(self._file, b".")


class Listener:
    """The server's end; a context manager.

    Attributes:
        theirs: the descriptor for the worker, until `given`.
        silence: seconds for which nothing was heard, when `listen` was last called.
    """

    def __init__(self) -> None:
        self._ours, self.theirs = os.pipe()
        os.set_blocking(self._ours, False)
        self._looked = time.monotonic()
        self.silence = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._ours)

    def given(self) -> None:
        """Close the worker's end here: it has its own, or could not be started."""
        os.close(self.theirs)

    def listen(self) -> float:
        """Take what has come; `silence`. To be called about as often as the worker beats."""
        now = time.monotonic()
        turn, self._looked = min(_TURN, now - self._looked), now
        self.silence = 0.0 if self._heard() else self.silence + turn
        return self.silence

    def _heard(self) -> bool:
        try:
            return bool(os.read(self._ours, _READ))
        except BlockingIOError:
            return False
