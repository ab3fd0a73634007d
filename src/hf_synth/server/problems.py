"""Errors as problem+json (RFC 9457), in the words of the library."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from hf_synth.errors import (
    BudgetReached,
    ConfigError,
    HfSynthError,
    JournalError,
    ProviderError,
    RecordsNotFound,
)
from hf_synth.server.refusals import BudgetSpent, JobConflict, NotAllowed, QueueFull
from hf_synth.server.store import StoreFailed

MEDIA_TYPE = "application/problem+json"
_STATUS: tuple[tuple[type[HfSynthError], int], ...] = (
    (NotAllowed, 403),
    (QueueFull, 429),
    (BudgetSpent, 402),
    (JobConflict, 409),
    (ConfigError, 422),
    (RecordsNotFound, 404),
    (BudgetReached, 402),
    (ProviderError, 502),
)
INSIDE = (JournalError, StoreFailed)
"""Errors that name places of the server, which are nothing for strangers."""
AWAY_TOLD = "What this server keeps cannot be read or written at the moment."
AGAIN = "What was paid for is on record: send the same again later, to go on from there."
MISTAKE = "Something went wrong in the server. What was paid for is on record: send the same again to go on from there."


def status_of(error: HfSynthError) -> int:
    """The HTTP status of an error that is raised while a request is answered."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def reason(error: BaseException) -> dict[str, Any]:
    """Why a job failed, with the remedy; of a mistake of ours no more than that it was one."""
    if not isinstance(error, HfSynthError):
        return {"type": "Mistake", "title": "Mistake", "detail": MISTAKE, "hint": "", "exit_code": 1}
    name, hint = type(error).__name__, error.hint
    detail = str(error)
    if isinstance(error, INSIDE):
        detail, hint = f"{AWAY_TOLD} {AGAIN}", AGAIN
    return {
        "type": name,
        "title": title(name),
        "detail": detail,
        "hint": hint,
        "exit_code": error.exit_code,
    }


def title(name: str) -> str:
    """`BudgetReached` as `Budget reached`."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
    return words.capitalize()


def problem(status: int, detail: str, *, kind: str = "", hint: str = "", **more: Any) -> dict[str, Any]:
    """The body of an error response."""
    return {
        "type": f"urn:hf-synth:error:{kind}" if kind else "about:blank",
        "title": title(kind) if kind else HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **({"hint": hint} if hint else {}),
        **more,
    }


def problem_of(error: HfSynthError) -> dict[str, Any]:
    """An error of the library as the body of a response."""
    return problem(status_of(error), str(error), kind=type(error).__name__, hint=error.hint)
