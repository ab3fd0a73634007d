"""What a server's error answer means, told from its status and body alone.

Services agree on little: the same fault comes as a code here and only as a sentence there. This is the one place
that knows these sentences; each was measured or read in a server's source.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from hf_synth.providers._json import items, table

Fault = Literal[
    "auth", "quota", "rate", "overloaded", "model", "endpoint", "shape", "invalid", "unavailable",
    "context_length", "content_filter", "too_large", "unprocessable",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """An error body read: its message, its codes and types in lower case, and the parameter it blames."""

    message: str = ""
    codes: tuple[str, ...] = ()
    param: str = ""

    @property
    def all(self) -> str:
        """Everything, in lower case, for looking up sentences."""
        return " ".join((*self.codes, self.param, self.message)).lower()


_RULES: tuple[tuple[Fault, tuple[int, ...], str], ...] = (
    (
        "quota",
        (400, 402, 403, 429),
        (
            r"insufficient_quota|billing_hard_limit|billing_not_active|spend_limit_reached|billing_error"
            r"|credit balance is too low|insufficient (credits|balance|funds)"
        ),
    ),
    (
        "auth",
        (400, 422),
        r"no_db_connection|invalid.api.key|incorrect api key|api key (not valid|expired)|authentication.error",
    ),
    ("too_large", (429,), r"request too large"),
    ("rate", (400,), r"enqueued token"),
    ("overloaded", (500, 502, 503), r"overloaded|no capacity|at capacity"),
    (
        "context_length",
        (400, 413, 422, 500),
        (
            r"context_length_exceeded|exceed_context_size|context[ _]?(length|window|size|limit)|maximum model length"
            r"|prompt is too long|input is too long|too many (input )?tokens|`?inputs`? (tokens|must have less than)"
        ),
    ),
    (
        "content_filter",
        (400, 403, 422),
        (
            r"content_filter|content_policy|content filter|content management policy|responsibleaipolicy"
            r"|invalid_prompt|(input|prompt) was flagged|moderation"
        ),
    ),
    ("model", (400, 403, 404, 410, 422), r"model_(not_found|not_supported|decommissioned)|invalid model name"),
    ("model", (404, 410), r"\bmodels?\b"),
    (
        "model",
        (400, 422),
        (
            r"not a valid model|unknown model"
            r"|\bmodel\b.{0,160}\b(does not exist|not found|has been (deprecated|retired))"
        ),
    ),
)
_SHAPE = re.compile(r"response_format|json_schema|json_object|output_config|structured.output|grammar|schema")
_SHAPE_500 = re.compile(r"validation error|response_format|json_schema|grammar|schema")
_OTHER_PARAMETER = re.compile(r"effort|max_(completion_)?tokens|temperature|top_[pk]|seed|penalty|verbosity")
_BY_STATUS: dict[int, Fault] = {
    401: "auth", 402: "quota", 403: "auth", 404: "endpoint", 405: "endpoint", 407: "auth", 408: "unavailable",
    409: "unavailable", 410: "endpoint", 413: "too_large", 422: "unprocessable", 425: "unavailable", 429: "rate",
    529: "overloaded",
}  # fmt: skip
_BY_TYPE = {
    "rate_limit_error": 429, "rate_limit_exceeded": 429, "insufficient_quota": 429, "authentication_error": 401,
    "invalid_api_key": 401, "permission_error": 403, "billing_error": 402, "overloaded_error": 529,
    "not_found_error": 404, "invalid_request_error": 400, "request_too_large": 413,
}  # fmt: skip


def read(content: bytes) -> Said:
    """Read an error body in any of the forms seen; a body that is no JSON is its own message."""
    text = content.decode("utf-8", "replace")
    try:
        body: Any = json.loads(text)
    except (ValueError, RecursionError):
        return Said(re.sub(r"<[^>]*>", " ", text))
    return told(body)


def told(body: Any) -> Said:
    """As `read`, for a body that is parsed: `{"error": {…}}`, `{"error": "…"}`, `{"detail": …}`, a list of one."""
    body = next(iter(items(body)), body)
    whole = table(body)
    if not whole:
        return Said(str(body))
    error: Any = whole.get("error") or whole
    inner = table(error)
    if not inner:
        return Said(str(error), _codes(whole))
    message = inner.get("message") or inner.get("detail") or inner.get("error_description") or ""
    if not isinstance(message, str):
        message = json.dumps(message, ensure_ascii=False, default=str)
    nested = (_codes(table(inner.get(name))) for name in ("details", "innererror", "metadata"))
    codes = _codes(inner) + tuple(chain.from_iterable(nested))
    return Said(message, codes, str(inner.get("param") or ""))


def _codes(error: Mapping[str, Any]) -> tuple[str, ...]:
    values = (error.get(name) for name in ("code", "type", "error_type", "error_code"))
    return tuple(str(value).lower() for value in values if isinstance(value, str | int) and value != "")


def classify(status: int, said: Said, *, shaped: bool) -> Fault:
    """What an error answer means.

    Args:
        status: of HTTP, or what `embedded_status` makes of an error inside a 200.
        said: its body.
        shaped: whether the request asked the server to enforce a schema; only then can it refuse one.
    """
    words = said.all
    for fault, statuses, pattern in _RULES:
        if status in statuses and re.search(pattern, words):
            return fault
    if shaped and _refuses_shape(status, said, words):
        return "shape"
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status < 400:
        return "endpoint"
    return "unavailable" if status >= 500 else "invalid"


def batch_fault(said: Said) -> Fault:
    """Why a batch was refused as a whole: its queue is full, or nothing that a request of it could mend."""
    if "token_limit_exceeded" in said.codes:
        return "rate"
    fault = classify(400, said, shaped=False)
    return fault if fault in ("rate", "quota", "model", "auth") else "invalid"


def _refuses_shape(status: int, said: Said, words: str) -> bool:
    if status in (500, 501):
        return bool(_SHAPE_500.search(words))
    if status not in (400, 422) or _OTHER_PARAMETER.search(said.param.lower()) or "effort" in words:
        return False
    return bool(_SHAPE.search(words))


def embedded_status(said: Said) -> int:
    """The status an error inside a 200 stands for: its code if that is one, else its type's, else 502."""
    for code in said.codes:
        if code.isdecimal() and 400 <= int(code) <= 599:
            return int(code)
    return next((_BY_TYPE[code] for code in said.codes if code in _BY_TYPE), 502)
