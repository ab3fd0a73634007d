"""Loads: calls and tokens, what each request takes of them, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hf_synth.engine.asking import doubled
from hf_synth.engine.money import cost, most_input_tokens
from hf_synth.engine.plan import IDEAS
from hf_synth.executors.standin import Asked
from hf_synth.types import Price, Request, Usage

_LIKELY_SHARE = 0.3  # of max_tokens that a plain response takes, and at most
_LIKELY_RESPONSE = 320
_LIKELY_STRUCTURED = {
    "outline": 450,
    "draft": 90 * IDEAS,
    "deepen": 90 * IDEAS,
    "judge": 130,
    "classify": 15,
    "compare": 10,
}
_LIKELY_OTHER = 200
_HINT = 400  # bytes of what is said of a malformed answer when it is asked again, but for choices that are named


@dataclass(slots=True)
class Load:
    """Calls and tokens, possibly averages. `given` includes `cached` and `written`."""

    calls: float = 0.0
    given: float = 0.0
    made: float = 0.0
    cached: float = 0.0
    written: float = 0.0

    def _values(self) -> tuple[float, ...]:
        return self.calls, self.given, self.made, self.cached, self.written

    def __add__(self, other: Load) -> Load:
        return Load(*(a + b for a, b in zip(self._values(), other._values(), strict=True)))

    def __mul__(self, times: float) -> Load:
        return Load(*(value * times for value in self._values()))

    def __or__(self, other: Load) -> Load:
        """The larger of both, one by one."""
        return Load(*(max(a, b) for a, b in zip(self._values(), other._values(), strict=True)))

    def after(self, calls: float) -> Load:
        """What is left when so many of the calls are made already."""
        return self * max(0.0, 1 - calls / self.calls) if self.calls else self

    def cost(self, price: Price | None) -> float | None:
        """US dollars, `None` where no price is known."""
        counted = Usage(round(self.given), round(self.made), round(self.cached), round(self.written))
        return cost(counted, price)


def likely_load(asked: Asked) -> Load:
    """Once, an answer of the usual length, characters over four; scripts without spaces take about one a token."""
    request, text = asked.request, "".join(message.content for message in asked.request.messages)
    text += str(request.shape.schema) if request.shape else ""
    wide = sum(ord(character) > 0x2E7F for character in text)
    made = _LIKELY_STRUCTURED.get(asked.task, _LIKELY_OTHER)
    if request.shape is None:
        made = 15 if asked.task == "answer" else min(_LIKELY_RESPONSE, round(request.max_tokens * _LIKELY_SHARE))
    return Load(1, round((len(text) - wide) / 4 + wide) + 8, min(made, request.max_tokens))


def last_load(request: Request, repairs: int) -> Load:
    """The last time a request may be asked: told what was wrong with the answer before, its limit doubled each time."""
    given, limit = most_input_tokens(request), request.max_tokens
    for _ in range(repairs if request.shape is not None else 0):
        limit = doubled(limit)
    if repairs and request.shape is not None:
        given += _HINT + len(str(request.shape.schema).encode("utf-8"))
    return Load(1, given, limit)


def worst_load(request: Request, repairs: int) -> Load:
    """As often as a request may be asked, every answer at its limit."""
    return sum((last_load(request, times) for times in range(repairs + 1)), Load())


def at_worst(price: Price | None) -> Price | None:
    """A price whose every input token is as dear as the dearest: one that is written to a cache."""
    return None if price is None else replace(price, input=max(price.input, price.cache_write or 0.0))
