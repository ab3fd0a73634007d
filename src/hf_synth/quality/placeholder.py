"""What a person should have filled in: `[Your Name]`, `<your email>`, `{{name}}`, `XXX-XXXX`, `TODO:`, lorem ipsum.

A prompt that asks for a template, a form or the like gets one. Code, links, citations, check boxes, indices and
formulas are set aside. A placeholder in a prompt is one, too: nobody can answer `Summarise this: [insert text here]`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hf_synth.quality import _blanks as blanks
from hf_synth.quality._prose import without_code, without_fences

if TYPE_CHECKING:
    from hf_synth.config import GenerationConfig
    from hf_synth.types import Candidate

_HINT = re.compile(  # one class first: the regex engine then skips what cannot match
    r"[\[【［<{(XxT○〇某×](?:(?<=[\[【［<])|(?<={){|(?<=\()insert|(?<=X)[X公先女小年月]|(?<=[x×])[x×年月]|(?<=T)ODO"
    r"|(?<=[○〇某])[○〇某])"
)
_BEFORE = 40
_TODO_IS_ALL = ("es", "pt", "gl", "ca", "eo")


class Placeholder:
    """Refuses prompts and responses with something left to fill in."""

    name = "placeholder"
    version = 1

    def __call__(self, candidate: Candidate, config: GenerationConfig) -> str | None:
        language = config.constraints.language.split("-")[0]
        for what, text in (("the prompt", candidate.key_text), *(("a response", t) for t in candidate.responses)):
            if not _HINT.search(text) and "ipsum" not in text:
                continue
            found = blank(text, language)
            if found and not blanks.ASKED_FOR.search(candidate.key_text.replace(found, " ")):
                return f"{what} has something left to fill in: {found[:60]!r}"
        return None


def blank(text: str, language: str) -> str | None:
    """The first thing in a text that is left to fill in."""
    text = without_fences(text)
    for pattern in (blanks.BRACKET, blanks.ANGLE, blanks.ROUND, blanks.BRACES, blanks.LOREM):
        if found := pattern.search(text):
            return found[0]
    lines = without_code(text)  # in code a bracketed name is a column, an attribute or an index
    for found in blanks.NOUN.finditer(lines):
        if found[1][0] != found[1][0].lower():
            return found[0]
    if "TODO" in lines and language not in _TODO_IS_ALL and (found := blanks.TODO.search(lines)):
        return found[0].strip()
    for found in blanks.CROSSES.finditer(lines):
        if not _is_a_format(lines, found.start(), found.end()):
            return found[0].strip()
    return None


def _is_a_format(text: str, start: int, end: int) -> bool:
    """Whether crosses tell what a number looks like, or hide all but its last digits."""
    before, after = text[max(0, start - _BEFORE) : start], text[end : end + 2]
    return blanks.A_FORMAT.search(before) is not None or any(c.isdigit() for c in before[-2:] + after)


CHECK = Placeholder()
