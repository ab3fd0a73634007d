"""Responses that end in the middle of a sentence, although the server said that the model had stopped.

Only where it surely is one. The last line must be prose: no list, heading, table, code, quotation, formula, address
or signature, no verse. It must end in what no sentence ends in (a comma, a colon, an opening bracket, `and the`); or
be a long sentence without its stop where all others have theirs. Where sentences need no stops (Thai) nothing is
refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hf_synth.quality._prose import is_code
from hf_synth.quality._text import count_words

if TYPE_CHECKING:
    from hf_synth.config import GenerationConfig
    from hf_synth.types import Candidate

_WORDS = 12  # of the text
_LINE = 8  # of its last line, more than a greeting has
_SENTENCE = 10  # of what stands behind its last stop
_ALONE = 20  # of a last line that has no other sentence
_SHOWN = 40

_STOP = r"[.!?…。！？｡．؟۔।॥։።៕]"
_CLOSING = r"""[\s"'”’»«›“)\]）」』】*_~`]*$"""
_FINISHED = re.compile(_STOP + _CLOSING)
_LEADS_ON = re.compile(f"(?:{_STOP}|[:;：；]){_CLOSING}")
_ENDS = re.compile(rf"""{_STOP}[”’»“"')\]）」』】*_]*(?:\s|$|(?<=[。！？｡]))""")
_BREAKS_OFF = re.compile(r"(?:[,，、،؛:：(\[（「『]|\w[-‐])$")
_NO_PROSE = re.compile(
    r"\s{4}|\t|\s*(?:[-*+•–—>|#~=]|\d{1,3}[.)]|[A-Za-z][.)] |\(\w{1,3}\)|```|\$|\\|!\[|<|\[\^?\w+\]:|p\.? ?s\b)"
    r"|\s*\**[^\s:：]{1,24}(?: [^\s:：]{1,24}){0,3}\**[:：]",  # `Source: …`
    re.IGNORECASE,
)
_NOT_PROSE_IN = re.compile(r"https?://|www\.|[`|=$\\#@{}<>]|\S\.\w{2,4}/")
_LETTER_LAST = re.compile(r"[^\W\d_]$")

_OPEN = {
    "en": "the an and or because although whereas whether than their our its every of with from into",
    "es": "el la los las un una de del que porque aunque con sin por para en su sus al",
    "fr": "le la les un une des et ou de du que qui parce avec sans pour dans par au aux ce cette leurs ses",
    "de": "der die das den dem des ein eine einen einem einer eines und oder weil dass sowie dessen deren ihre seine",
    "it": "il lo la gli le un una uno di del della dei delle che perché con per tra da dal nel nella",
    "pt": "os as um uma ou de do da dos das que porque com sem por para em no na seu sua",
    "nl": "de het een en of omdat dat met van voor hun zijn wiens",
    "pl": "oraz lub albo ale że ponieważ na do od dla przez który która które",
    "ru": "или но что потому на из для от к который которая которые чтобы",
    "sv": "och eller men att som en ett för med av till från sin",
}
_NEVER_LAST = {code: frozenset(words.split()) for code, words in _OPEN.items()}


class Ending:
    """Refuses responses that break off."""

    name = "ending"
    version = 1

    def __call__(self, candidate: Candidate, config: GenerationConfig) -> str | None:
        language = config.constraints.language.split("-")[0]
        for response in candidate.responses:
            text = response.rstrip()
            if text and not _FINISHED.search(text, max(0, len(text) - 12)) and breaks_off(text, language):
                return f"a response breaks off: {'… ' + text[-_SHOWN:]!r}"
        return None


def breaks_off(text: str, language: str) -> bool:
    """Whether a text surely ends in the middle of a sentence."""
    *before, last = [line for line in text.rstrip().split("\n") if line.strip()] or [""]
    if count_words(text) < _WORDS or not _is_prose(last) or _is_verse(text):
        return False
    long = count_words(last)
    if _BREAKS_OFF.search(last):
        return long >= _LINE
    ended = [found.end() for found in _ENDS.finditer(last)]
    others = [line for line in before if _is_prose(line)]
    if not all(_LEADS_ON.search(line.rstrip()) for line in others):
        return False  # this text does without stops
    if last.rpartition(" ")[2] in _NEVER_LAST.get(language, ()):
        return long >= _LINE
    if not _LETTER_LAST.search(last) or len(ended) + len(others) < 2:
        return False
    return count_words(last[ended[-1] :]) >= _SENTENCE if ended else long >= _ALONE


def _is_prose(line: str) -> bool:
    return not (_NO_PROSE.match(line) or _NOT_PROSE_IN.search(line) or is_code(line))


def _is_verse(text: str) -> bool:
    """Whether its last lines are as short as those of a poem, an address or the foot of a letter."""
    lines = text.rstrip().rpartition("\n\n")[2].split("\n")
    return len(lines) > 1 and all(len(line) < 64 for line in lines)


CHECK = Ending()
