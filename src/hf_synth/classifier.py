"""The classifier: what difficulty and tone a row really has, asked about a sample. Knows only how to ask.

Models say they wrote a hard question in a formal tone; a second look that was not told what was wanted says how often
that is so. It is reported and drops nothing: it is a model's opinion, too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, create_model

from hf_synth.config import GenerationConfig
from hf_synth.errors import Unfit
from hf_synth.protocols import Ask
from hf_synth.types import Brief, Candidate, Message, Role

_DIFFICULTIES = ("easy", "medium", "hard")
_TONES = ("formal", "casual", "friendly", "neutral", "humorous", "persuasive")
_MAX_TOKENS = 60
_STEP, _BEGINNING = math.sqrt(6), 0.3
"""Of all steps tried this one, begun there, is nearest to the share in every prefix and, at 20 topics, in every topic
(with the golden section a hundred ideas, a round of topics, are nearly a whole number of steps: some are never met)."""
_SHOWN = 800  # characters of the prompt and of the response: a tone shows at once, and reading is paid for
_TAG = re.compile(r"<(?=[\s/]*(?:prompt|response)\b)", re.IGNORECASE)


def sampled(config: GenerationConfig, number: int) -> bool:
    """Whether the idea of that number in the plan is in the sample, whatever became of others.

    Multiples of a badly approximable number modulo 1 are spread evenly, also over the numbers of a regular part of the
    plan (every prefix, every topic), where every twentieth could miss all of them.
    """
    return (number * _STEP + _BEGINNING) % 1.0 < config.quality.classified


@cache
def _shape(difficulties: tuple[str, ...], tones: tuple[str, ...]) -> type[BaseModel]:
    fields: dict[str, Any] = {"difficulty": (Literal[difficulties], ...)}
    if tones:
        fields["tone"] = (Literal[tones], ...)
    return create_model("Classified", **fields)


def most_sampled(share: float, ideas: int) -> int:
    """Of so many ideas in a row in the plan, the most that can be in the sample."""
    places = sorted(number * _STEP % 1.0 for number in range(ideas))
    return max(sum((place - first) % 1.0 < share for place in places) for first in places)


def _choices(usual: Sequence[str], asked: str) -> tuple[str, ...]:
    return (*usual, *([asked] if asked not in usual else []))


def _usual(usual: Sequence[str], asked: str) -> str:
    """What was asked for, in the usual spelling: `Formal` is no other tone than `formal`."""
    return next((one for one in usual if one == asked.strip().casefold()), asked)


def _shown(text: str) -> str:
    """The beginning of a text, for tags that it cannot close itself."""
    return _TAG.sub("(", text[:_SHOWN])


async def classify(
    config: GenerationConfig, ask: Ask, role: Role, candidate: Candidate, difficulty: str
) -> dict[str, list[str]]:
    """What was asked for and what the row is said to be, for difficulty and, where one was asked for, tone.

    Args:
        config: what the rows are held to.
        ask: how to ask.
        role: whom: the critic where there is one.
        candidate: the row.
        difficulty: what the plan asked for.

    Returns:
        `{"difficulty": [asked, said], "tone": [asked, said]}`; empty where there is no usable answer.
    """
    tone, difficulty = _usual(_TONES, config.constraints.tone or ""), _usual(_DIFFICULTIES, difficulty)
    shape = _shape(_choices(_DIFFICULTIES, difficulty), _choices(_TONES, tone) if tone else ())
    wanted = "how much knowledge and how many steps a good response to the prompt takes, within its domain"
    told = f"Classify a prompt with its response. difficulty: {wanted}."
    told += " tone: that of the response." if tone else ""
    response = (candidate.responses or ("",))[0]
    said = f"<prompt>\n{_shown(candidate.key_text)}\n</prompt>\n<response>\n{_shown(response)}\n</response>"
    details = {"prompt": candidate.key_text, "response": response, "tone": tone or None}
    brief = Brief("classify", config.domain, config.constraints.language, details)
    messages = [Message("system", f"{told}\nDomain: {config.domain}"), Message("user", said)]
    try:
        value, _ = await ask.data(role, messages, shape, max_tokens=_MAX_TOKENS, brief=brief)
    except Unfit:
        return {}
    found = value.model_dump()
    asked = {"difficulty": difficulty, "tone": tone}
    return {name: [asked[name], found[name]] for name in found}
