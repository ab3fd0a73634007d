"""The errors, from `hf_synth.errors`: exit codes, classes as they stand in its drawing, remedies they bring along."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from reference_tables import cell, table

from hf_synth import errors
from hf_synth.errors import HfSynthError

_DRAWN = re.compile(r"^[│├└─ ]+ (\w+)(?: {2,}(.+))?$", re.MULTILINE)
_NOT_ERRORS = {0: "done", 130: "interrupted (Ctrl-C)"}


def exit_codes() -> str:
    """A table of exit codes and the errors that end with them, those of a family by its head."""
    by_code: dict[int, list[str]] = {code: [text] for code, text in _NOT_ERRORS.items()}
    for kind in _kinds(HfSynthError):
        above = kind.__mro__[1]
        if above is HfSynthError or getattr(above, "exit_code", None) != kind.exit_code:
            family = " and those below it" if kind.__subclasses__() else ""
            by_code.setdefault(kind.exit_code, []).append(f"[`{kind.__name__}`](#{kind.__name__}){family}")
    by_code[1].append("anything else")
    return table(["exit code", "what ended it"], [[str(code), ", ".join(by_code[code])] for code in sorted(by_code)])


def errors_reference() -> str:
    """A table of all errors: what each means, and the remedy it names where the message has none of its own."""
    meanings = dict(_DRAWN.findall(errors.__doc__ or ""))
    rows: list[list[str]] = []
    for kind in _kinds(HfSynthError):
        depth = kind.__mro__.index(HfSynthError) - 1
        again = "yes" if kind.retryable else ""
        meaning = meanings[kind.__name__].partition(": ")
        said = meaning[0] if kind.retryable else meanings[kind.__name__]
        shown = f"{'– ' * depth}`{kind.__name__}`{{ #{kind.__name__} }}"
        rows.append([shown, cell(said), cell(kind.default_hint), again])
    return table(["error", "meaning", "remedy", "tried again"], rows)


def _kinds(kind: type[HfSynthError]) -> Iterator[type[HfSynthError]]:
    """All kinds below one, in the order in which they are written, each family together."""
    below = [one for one in kind.__subclasses__() if one.__module__ == errors.__name__]
    for one in sorted(below, key=lambda one: inspect.getsourcelines(one)[1]):
        yield one
        yield from _kinds(one)
