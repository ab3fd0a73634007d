"""Talk of the assistant around the answer: `Sure! Here is …`, `I hope this helps!`, leaked role tags.

At the very start and end only. Where the prompt asks for a message or a conversation all of it can be content and
passes; so do offers of help (`Let me know if …`) where the domain is a service, and tags that the prompt names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hf_synth.quality._phrases import HOPE, MESSAGE, OFFER, OPENING, SERVICE, TAG_FIRST, TAG_LAST

if TYPE_CHECKING:
    from hf_synth.config import GenerationConfig
    from hf_synth.types import Candidate

_EDGE = 240


class Boilerplate:
    """Refuses responses wrapped in an assistant's small talk, and texts that open or end with a role tag."""

    name = "boilerplate"
    version = 1

    def __call__(self, candidate: Candidate, config: GenerationConfig) -> str | None:
        prompt = candidate.key_text
        tag = _tag(prompt) or next((t for text in candidate.responses if (t := _tag(text)) and t not in prompt), None)
        phrase = next((p for text in candidate.responses if (p := _phrase(text, config.domain))), None)
        if not (tag or phrase) or MESSAGE.search(prompt):
            return None
        return f"a role tag leaked: {tag!r}" if tag else f"an assistant's phrase: {phrase!r}"


def _tag(text: str) -> str | None:
    found = TAG_FIRST.match(text) or TAG_LAST.search(text[-_EDGE:])
    return found[0].strip() if found else None


def _phrase(response: str, domain: str) -> str | None:
    head = response[:_EDGE].replace("’", "'").lstrip()
    tail = "\n" + response[-_EDGE:].replace("’", "'")
    found = OPENING.match(head) or HOPE.search(tail)
    if not found and not SERVICE.search(domain):
        found = OFFER.search(tail)
    return " ".join(found[0].split())[:60] if found else None


CHECK = Boilerplate()
