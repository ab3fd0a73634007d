"""Code fences that are opened and never closed, by the rules of CommonMark (0.31.2, section 4.5).

A fence closes by at least as many of the same character, without words behind them, and not indented like code. What
stands in backticks within a line is no fence. Deeper indents than CommonMark's three are let pass, because fences
stand in lists; so is a bare `~~~` that nothing closes, because it is an ornament where no code follows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hf_synth.config import GenerationConfig
    from hf_synth.types import Candidate

_FENCE = re.compile(r"^((?:[ \t>]|[-*+] |\d{1,9}[.)] )*)(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_SHOWN = 40


class Fences:
    """Refuses prompts and responses with a code fence that is not closed."""

    name = "fences"
    version = 1

    def __call__(self, candidate: Candidate, config: GenerationConfig) -> str | None:
        for what, text in (("the prompt", candidate.key_text), *(("a response", t) for t in candidate.responses)):
            if ("```" in text or "~~~" in text) and (fence := unclosed(text)):
                return f"{what} opens a code fence and does not close it: {fence[:_SHOWN]!r}"
        return None


def unclosed(text: str) -> str | None:
    """The line that opens a fence which is never closed, `None` where all are."""
    lines = [(len(m[1].expandtabs(4)), m[2], m[3].strip(), m[0].strip()) for m in _FENCE.finditer(text)]
    at = 0
    while at < len(lines):
        indent, fence, info, whole = lines[at]
        if fence[0] == "`" and "`" in info:
            at += 1  # code within a line
            continue
        closing = next(
            (n for n in range(at + 1, len(lines)) if _closes(lines[n], indent, fence)),
            None,
        )
        if closing is None and (fence[0] == "`" or info):
            return whole
        at = at + 1 if closing is None else closing + 1
    return None


def _closes(line: tuple[int, str, str, str], indent: int, fence: str) -> bool:
    return line[0] <= indent + 3 and line[1].startswith(fence) and not line[2]


CHECK = Fences()
