"""What to do while something that is needed is away: try again, for a while."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import exc

from hf_synth.errors import JournalError
from hf_synth.server.store import StoreFailed

_log = logging.getLogger("hf_synth.server")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
_LOOK = 0.1  # seconds between two looks at whether to go on
PATIENCE = 900.0
"""Seconds that a job waits for a store or a database at its end. Nothing is lost where it waits in vain."""

AWAY = (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError)
"""What a database that does not answer raises."""

T = TypeVar("T")


def patiently(
    do: Callable[[], T],
    away: type[Exception] | tuple[type[Exception], ...],
    going_on: Callable[[], object] = lambda: None,
    patience: float = PATIENCE,
) -> T:
    """Do something until it goes well.

    Args:
        do: returns what is wanted.
        away: errors that call for another try; the last one is raised where there is none left.
        going_on: called between tries; what it raises ends them.
        patience: seconds, counted from now.
    """
    end, pause = time.monotonic() + patience, _FIRST_PAUSE
    while True:
        try:
            return do()
        except away as error:
            again = time.monotonic() + pause
            if again > end:
                raise
            _log.warning("%s; another try in %.1f s", said(error), pause)
        while time.monotonic() < again:
            going_on()
            time.sleep(_LOOK)
        pause = min(_LONGEST_PAUSE, 2 * pause)


def where(error: BaseException) -> str:
    """The places that an error came through, for the log; without its words, which may be a row's or a key's."""
    return "".join(traceback.format_tb(error.__traceback__))


def said(error: Exception) -> str:
    """An error for the log: with its words where they can only be ours. Others may quote what was to be written."""
    if isinstance(error, AWAY):
        return f"The database does not answer: {type(getattr(error, 'orig', None) or error).__name__}"
    return str(error) if isinstance(error, JournalError | StoreFailed) else type(error).__name__
