"""Refusals counted as answers: `I'm sorry, but I can't …`, `As an AI language model …`.

Openings only, so that a text which quotes or tells of a refusal passes. Apologies of a service (`I'm sorry to hear
that`, `I'm sorry, but we cannot refund …`) pass: what is refused is to help with the request itself. A prompt that
asks for a refusal gets one. English, Spanish, French, German, Italian, Portuguese, Dutch, Polish, Russian,
Japanese, Chinese and Korean.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hf_synth.quality._refusals import OPENINGS, Opening

if TYPE_CHECKING:
    from hf_synth.config import GenerationConfig
    from hf_synth.types import Candidate

_HEAD = 400
_LEAD = re.compile(
    r"[\s*_#>]*(?:(?:thank|i understand|i appreciate|i see|i hear|i know|hi\b|hello)[^.!?\n]{0,120}[.!?,] )?",
    re.IGNORECASE,
)
_ASKED_FOR = re.compile(
    r"refus|declin|apolog|turn(?:s|ed|ing)? down|say(?:s|ing)? no\b|language model|are you (?:an? )?(?:ai|robot|human)"
    r"|rechaz|disculp|excuse|ablehn|absag|entschuldig|rifiut|scusa|recus|desculp|weiger|odmow|przepro|отказ|извин"
    r"|断り|断る|拒否|謝罪|お詫び|拒绝|拒絕|道歉|거절|사과",
    re.IGNORECASE,
)


def _pattern(opening: Opening) -> str:
    sorry, cannot, deed, speaker = opening
    apology = rf"(?:{sorry})[.!。！]?[^.!?\n。！]{{0,60}}?"
    return rf"(?:{apology})?(?:{cannot})\s?{deed}|(?:{apology})?(?:{speaker})"


_REFUSAL = re.compile("|".join(_pattern(opening) for opening in OPENINGS.values()), re.IGNORECASE)


class Refusal:
    """Refuses responses that open by refusing the request."""

    name = "refusal"
    version = 1

    def __call__(self, candidate: Candidate, config: GenerationConfig) -> str | None:
        for response in candidate.responses:
            if refuses(response) and not _ASKED_FOR.search(candidate.key_text):
                return f"a response refuses: {' '.join(response[:60].split())!r}"
        return None


def refuses(response: str) -> bool:
    """Whether a text opens with a refusal. Quoted openings do not count."""
    head = response[:_HEAD].replace("’", "'")
    lead = _LEAD.match(head)
    return any(_REFUSAL.match(head, start) is not None for start in {0, lead.end() if lead else 0})


CHECK = Refusal()
