"""The language of each text, by py3langid (Lui and Baldwin 2012, retrained): is it the one that was asked for?

A text is refused only where another language is 12 times as likely, by the classifier's length-tempered odds.
Measured on our own sentences in 12 languages (`benchmarks/language.py`): the odds of the right language never fell
below 1:7, not even for four words; those of a wrong one never rose above 1:32 in a whole sentence.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from hf_synth.quality._prose import prose, tells, unquoted

if TYPE_CHECKING:
    from hf_synth.config import GenerationConfig
    from hf_synth.types import Candidate

_DOUBT = 2.5  # natural logarithm of the odds

_KIN = (
    {"no", "nb", "nn"},
    {"bs", "hr", "sr", "sh", "cnr"},
    {"id", "ms"},
    {"zh", "yue", "wuu", "cmn"},
    {"ar", "ary", "arz", "arb", "apc", "ajp", "acm", "aeb", "arq", "ars"},
    {"tl", "fil"},
    {"he", "iw"},
    {"ro", "mo"},
    {"ku", "kmr"},
    {"fa", "prs"},
    {"en", "pcm"},
    {"de", "gsw", "bar", "lb"},
    {"uz", "uzs", "uzn"},
    {"gn", "gug"},
    {"lv", "lvs", "ltg"},
    {"et", "ekk"},
)
"""Codes that are taken for one another: one language under several codes, or written too much alike."""

_RIVALS = frozenset(
    """af am ar az bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko
    la lo lt lv mk ml mn mr ms my ne nl nn no pa pl pt ro ru si sk sl sq sr sv sw ta te th tl tr uk ur vi zh""".split()
)
"""What a model may have written instead. All 140 labels take 40 % longer, and find Zulu in lists of names."""

_LABELS = _RIVALS.union(*_KIN)


class Language:
    """Refuses texts in another language. Languages that the classifier does not know pass, short texts, too."""

    name = "language"
    version = 1

    def __call__(self, candidate: Candidate, config: GenerationConfig) -> str | None:
        wanted = config.constraints.language.split("-")[0]
        named = [("the prompt", candidate.key_text), *(("the response", text) for text in candidate.responses)]
        for what, text in named:
            other = foreign(text, wanted)
            if other:
                return f"{what} reads as {other!r}, not {wanted!r}"
        return None


def foreign(text: str, wanted: str) -> str | None:
    """The language a text is in where it is surely not `wanted`, else `None`.

    Args:
        text: any text; code, formulas, addresses and numbers in it are set aside.
        wanted: an ISO 639 code.
    """
    words = prose(text)
    other = _other(words, wanted) if tells(words) else None
    if other is None:
        return None
    own = unquoted(words)  # `Übersetze: "The weather is fine"` is German
    if own != words and len(own) >= 12 and not _other(own, wanted):
        return None
    return other


def _other(words: str, wanted: str) -> str | None:
    kin = _kin(wanted)
    identifier = _identifier(kin - _LABELS)
    if identifier.classify(words)[0] in kin:
        return None  # mostly, and half the time that ranking takes
    ranked: list[tuple[str, float]] = identifier.rank(words)  # best first
    own = next((odds for code, odds in ranked if code in kin), math.inf)
    rival, odds = ranked[0]
    return rival if odds > own * math.exp(_DOUBT) else None


@cache
def _kin(code: str) -> frozenset[str]:
    return frozenset({code}.union(*(family for family in _KIN if code in family)))


@lru_cache(maxsize=2)  # 90 MB each, 34 of them the table
def _identifier(besides: frozenset[str]) -> Any:
    """A classifier of the rivals and some languages `besides`, if it knows them.

    An instance of our own: `py3langid.set_languages` acts on the one that a user may share. It is made anew of the
    columns wanted, as that method leaves them in an order in which a look-up takes twice as long (143 and 75 us for
    360 characters) and keeps the others in memory.
    """
    import numpy as np  # noqa: PLC0415 loads after the first call is out
    from py3langid import langid  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]

    untyped: Any = langid
    full = untyped.LanguageIdentifier.from_model_file(untyped.MODEL_FILE)
    columns = [n for n, label in enumerate(full.nb_classes) if label in _LABELS | besides]
    return untyped.LanguageIdentifier(
        np.ascontiguousarray(full.nb_ptc[:, columns], dtype=np.float32),
        full.nb_pc[columns],
        [full.nb_classes[n] for n in columns],
        full.tk_nextmove,
        full.tk_output,
        norm_probs=True,
        tk_row=full.tk_row,
    )


CHECK = Language()
