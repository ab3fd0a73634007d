"""Works out the answer to a quiz from its text alone: the cold second answer never sees the first."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from hf_synth.providers._template.grammar import Grammar, grammar_for

NUMERIC = frozenset({"sum", "gap", "value", "more", "less", "times", "top2", "length", "between"})
"""Operations whose answer is a number."""
_PAIRS = re.compile(r"[^:;→]+: \d+(; [^:;→]+: \d+)*\.")
_ORDER = re.compile(r"[^→.]+( → [^→.]+)+\.")
_OPTION = re.compile(r"([A-D])\) (.+)")


@dataclass(frozen=True, slots=True)
class Fact:
    """Data and one operation on them. `numbers` is empty for an order."""

    operation: str
    labels: tuple[str, ...]
    numbers: tuple[int, ...]
    number: int
    target: str

    def data(self) -> str:
        """The line in which the data stand."""
        if self.numbers:
            pairs = (f"{label}: {number}" for label, number in zip(self.labels, self.numbers, strict=True))
            return "; ".join(pairs) + "."
        return " → ".join(self.labels) + "."


_VALUES: dict[str, Callable[[Fact], str]] = {
    "max": lambda fact: fact.labels[fact.numbers.index(max(fact.numbers))],
    "min": lambda fact: fact.labels[fact.numbers.index(min(fact.numbers))],
    "above": lambda fact: ", ".join(
        label for label, value in zip(fact.labels, fact.numbers, strict=True) if value > fact.number
    ),
    "value": lambda fact: str(fact.numbers[fact.labels.index(fact.target)]),
    "gap": lambda fact: str(max(fact.numbers) - min(fact.numbers)),
    "top2": lambda fact: str(sum(sorted(fact.numbers)[-2:])),
    "sum": lambda fact: str(sum(fact.numbers)),
    "more": lambda fact: str(sum(fact.numbers) + fact.number),
    "less": lambda fact: str(sum(fact.numbers) - fact.number),
    "times": lambda fact: str(sum(fact.numbers) * fact.number),
}
_STEPS: dict[str, Callable[[Fact], str]] = {
    "next": lambda fact: fact.labels[fact.labels.index(fact.target) + 1],
    "before": lambda fact: fact.labels[fact.labels.index(fact.target) - 1],
    "first": lambda fact: fact.labels[0],
    "last": lambda fact: fact.labels[-1],
    "length": lambda fact: str(len(fact.labels)),
    "between": lambda fact: str(fact.labels.index(fact.target) - 1),
}


def work_out(fact: Fact) -> str:
    """The answer.

    Raises:
        LookupError: the operation is not one for such data.
        ValueError: the target is not among the labels.
    """
    return (_VALUES if fact.numbers else _STEPS)[fact.operation](fact)


def solve(grammar: Grammar, text: str) -> str | None:
    """The answer to a quiz; `None` if the text is not one of ours."""
    lines = text.strip().split("\n")
    if len(lines) < 3:
        return None
    fact = _read(grammar.language, lines[1], lines[2])
    if fact is None:
        return None
    try:
        answer = work_out(fact)
    except (ValueError, LookupError):
        return None
    options = [match.groups() for line in lines[3:] if (match := _OPTION.fullmatch(line))]
    if options:
        return next((letter for letter, option in options if option == answer), None)
    return answer


def _read(language: str, data: str, question: str) -> Fact | None:
    labels: tuple[str, ...]
    numbers: tuple[int, ...] = ()
    if _PAIRS.fullmatch(data):
        pairs = [pair.rsplit(": ", 1) for pair in data[:-1].split("; ")]
        labels = tuple(label for label, _ in pairs)
        numbers = tuple(int(number) for _, number in pairs)
    elif _ORDER.fullmatch(data):
        labels = tuple(data[:-1].split(" → "))
    else:
        return None
    for operation, pattern in _wordings(language):
        if match := pattern.match(question):
            found = match.groupdict()
            return Fact(operation, labels, numbers, int(found.get("k") or 0), found.get("target") or "")
    return None


@lru_cache(maxsize=8)
def _wordings(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Every wording of every operation as a pattern that finds its values."""
    found: list[tuple[str, re.Pattern[str]]] = []
    for operation, wordings in grammar_for(language).questions.items():
        for wording in wordings:
            pattern = re.escape(wording)
            pattern = pattern.replace(r"\{k\}", r"(?P<k>\d+)").replace(r"\{target\}", "(?P<target>.+?)")
            found.append((operation, re.compile(pattern)))
    return tuple(found)
