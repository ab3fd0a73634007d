"""Responses within `constraints.max_tokens`.

The server's own count decides where there is one. Else only what is surely too long is refused: no tokenizer is at
hand (tiktoken downloads its tables), so the least tokens a text can take are taken. English has about four
characters a token, and hardly ever more than six; a Chinese or Japanese character takes half a token at least.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hf_synth.quality._text import NO_SPACES

if TYPE_CHECKING:
    from hf_synth.config import GenerationConfig
    from hf_synth.types import Candidate

_UNSPACED = re.compile(f"[{NO_SPACES}]")
_RUN = re.compile(r"([^\w])\1+|\s+")


class Length:
    """Refuses responses of more tokens than the user allows."""

    name = "length"
    version = 1

    def __call__(self, candidate: Candidate, config: GenerationConfig) -> str | None:
        most = config.constraints.max_tokens
        for i, response in enumerate(candidate.responses):
            counted = candidate.tokens[i] if i < len(candidate.tokens) else None
            if counted is not None:
                if counted > most:
                    return f"a response has {counted} tokens, more than {most}"
            elif len(response) > most and (least := least_tokens(response)) > most:
                return f"a response has at least {least} tokens, more than {most}"
        return None


def least_tokens(text: str) -> int:
    """Tokens a text surely has. Runs of one sign, such as rules and indents, count as one character."""
    text = _RUN.sub(" ", text)
    unspaced = len(_UNSPACED.findall(text))
    return int((len(text) - unspaced) / 6 + unspaced / 2)


CHECK = Length()
