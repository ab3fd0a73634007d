"""Nothing there: an empty prompt or response, or one that is only punctuation."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hf_synth.config import GenerationConfig
    from hf_synth.types import Candidate


class Empty:
    """Refuses texts without content. `+`, `∞` and an emoji are content: they can be answers."""

    name = "empty"
    version = 1

    def __call__(self, candidate: Candidate, config: GenerationConfig) -> str | None:
        if _is_empty(candidate.key_text):
            return "the prompt is empty"
        for response in candidate.responses:
            if _is_empty(response):
                return "a response is only punctuation" if response.strip() else "a response is empty"
        return None


def _is_empty(text: str) -> bool:
    """Whether a text holds only white space, punctuation and characters that are not seen."""
    return all(unicodedata.category(c)[0] in "PZC" for c in text)


CHECK = Empty()
