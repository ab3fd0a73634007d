"""From the bytes of a request to JSON values: strict, bounded, and told in words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from math import isfinite
from typing import Any, NoReturn, cast

from fastapi import Request
from starlette.requests import ClientDisconnect

from hf_synth.server.answers import Refused

_JSON = ("application/json", "application/x-www-form-urlencoded")  # the latter is what `curl -d` calls anything
_CLOSE = {"Connection": "close"}  # what is still to come is not read
_DEEPEST = 32
_MOST_VALUES = 50_000
_MOST_DIGITS = 18  # larger ones fit into no 64 bits
_DETAIL = "Send a config as application/json."


async def read_body(request: Request, most: int, patience: float = 30.0) -> bytes:
    """The body of a request.

    Args:
        request: whose body it is.
        most: largest in bytes.
        patience: seconds that it may take to arrive.

    Raises:
        Refused: it is too large (413), or takes too long (408).
    """
    body, said = bytearray(), request.headers.get("content-length", "")
    if said.isdecimal() and int(said[:18]) > most:
        raise _too_large(most)
    try:
        async with asyncio.timeout(patience):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise _too_large(most)
    except TimeoutError:
        raise Refused(408, f"The body did not arrive in {patience:g} s.", headers=_CLOSE) from None
    except ClientDisconnect:
        raise Refused(400, "The body ended too early.", headers=_CLOSE) from None
    return bytes(body)


def _too_large(most: int) -> Refused:
    return Refused(413, f"The body is larger than {most:,} bytes.", headers=_CLOSE)


def check_kind(headers: Mapping[str, str]) -> None:
    """Refuse what says that it is something else than plain JSON; saying nothing is fine.

    Raises:
        Refused: it does (415).
    """
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise Refused(
            415,
            f"Content-Encoding {coding[:40]!r} is not taken.",
            hint="Send the body as it is.",
            headers={"Accept-Encoding": "identity", **_CLOSE},
        )
    kind, *parameters = headers.get("content-type", "application/json").lower().split(";")
    kind = kind.strip()
    if kind not in _JSON and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Refused(415, f"The body is {kind[:80]!r}, which is no JSON.", hint=_DETAIL, headers=_CLOSE)
    for parameter in parameters:
        name, _, value = parameter.strip().partition("=")
        if name == "charset" and value.strip('" ') not in ("utf-8", "utf8", "us-ascii"):
            raise Refused(415, f"The body is in {value[:40]!r}.", hint="JSON is sent as UTF-8.", headers=_CLOSE)


def values_of(body: bytes) -> dict[str, Any]:
    """The object that a body holds.

    Raises:
        Refused: it is no JSON (400), or no object of a sensible size and shape (422).
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(400, f"The body is no UTF-8 text, from byte {error.start} on.", hint=_DETAIL) from None
    try:
        values = json.loads(
            text, parse_constant=_no_constant, parse_int=_whole, parse_float=_finite, object_pairs_hook=_once
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Refused(400, f"The body is no JSON: {error.msg}, {where}.", hint=_DETAIL) from None
    except RecursionError:
        raise _too_deep() from None
    if not isinstance(values, dict):
        raise Refused(422, "The body is no JSON object.", hint="Send a config: an object with schema, domain, …")
    _check_size(values)
    return cast("dict[str, Any]", values)


def _check_size(values: Any) -> None:
    """What is small in bytes may still take long: a million of nothing, or one inside the other."""
    level, seen = [values], 1
    for _ in range(_DEEPEST):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += cast("dict[str, Any]", value).values()
            elif isinstance(value, list):
                inner += cast("list[Any]", value)
        seen += len(inner)
        if seen > _MOST_VALUES:
            raise Refused(
                422, f"The body holds more than {_MOST_VALUES:,} values.", hint="Divide it into several jobs."
            )
        level = inner
        if not level:
            return
    raise _too_deep()


def _too_deep() -> Refused:
    return Refused(422, f"The body is nested too deeply: {_DEEPEST} levels are taken.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values under one name, readers of JSON take either: it is an accident or worse."""
    values = dict(pairs)
    if len(values) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))
        raise Refused(422, f"{twice[:80]!r} stands twice in one object of the body.", hint="Keep one of them.")
    return values


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > _MOST_DIGITS:
        raise _too_big(digits)
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise _too_big(digits)
    return number


def _too_big(digits: str) -> Refused:
    return Refused(422, f"The number {digits[:30]}{'…' if len(digits) > 30 else ''} in the body is too large.")


def _no_constant(name: str) -> NoReturn:
    raise Refused(400, f"The body is no JSON: {name} is no number there.", hint="Leave it out, or write null.")
