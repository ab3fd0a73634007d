"""The language of each text, by py3langid (Lui and Baldwin 2012, retrained): is it the one that was asked for?

A text is refused only where another language is 12 times as likely, by the classifier's length-tempered odds.
Measured on our own sentences in 12 languages (`benchmarks/language.py`): the odds of the right language never fell
below 1:7, not even for four words; those of a wrong one never rose above 1:32 in a whole sentence.

Of a long text its beginning and its end are looked at by themselves, which takes no longer than both at once. The end
must be surely foreign for the length of a paragraph: sentences, titles and references may be in another language.
"""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from hf_synth.quality._prose import is_list_of_names, last_words, prose, tells, unquoted

if TYPE_CHECKING:
    from hf_synth.config import GenerationConfig
    from hf_synth.types import Candidate

_DOUBT = 2.5  # natural logarithm of the odds
_NO_DOUBT = 6.0  # the same, for the end of a text that begins as it should

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


_PROMPT_BARS = 12, 8  # letters, and characters where words are not spaced
_ASKS_FOR_ANOTHER = re.compile(
    r"translat|traduc|tradui|traduz|tradur|übersetz|vertaal|översätt|przetłumacz|перевед|перевест|翻訳|翻译|번역|bilingual"
    r"|engli|ingl[eêé]s|anglais|angielsk|англий|英語|英语|영어|spani|espagnol|español|espanhol|испан|スペイン|西班牙"
    r"|french|fran[cç]|frans|француз|フランス|法语|german|deutsch|allemand|alem[aá]n|tedesc|duits|niemieck|немец|ドイツ|德语"
    r"|italia|итальян|イタリア|意大利|portug|португал|ポルトガル|葡萄牙|dutch|niederländ|japan|日本語|日语|chines|chino|中国語|中文"
    r"|russ|rus[so]|русск|ロシア|俄语|latin|arab|hindi|korea|polish|polnisch|polsk|swedish|schwedisch|svensk",
    re.IGNORECASE,
)
"""Prompts that may ask for a text in another language beside its explanation."""


class Language:
    """Refuses texts in another language. Languages that the classifier does not know pass, short texts, too."""

    name = "language"
    version = 2

    def __call__(self, candidate: Candidate, config: GenerationConfig) -> str | None:
        wanted = config.constraints.language.split("-")[0]
        named = [("the prompt", candidate.key_text), *(("a response", text) for text in candidate.responses)]
        for what, text in named:
            other = foreign(text, wanted, prompt=what == "the prompt")
            if other:
                return f"{what} reads as {other!r}, not {wanted!r}"
            other = foreign_end(text, wanted)
            if other and not _ASKS_FOR_ANOTHER.search(candidate.key_text):
                return f"{what} ends in {other!r}, not {wanted!r}"
        return None


def foreign(text: str, wanted: str, *, prompt: bool = False) -> str | None:
    """The language a text is in where it is surely not `wanted`, else `None`.

    Args:
        text: any text; code, formulas, addresses and numbers in it are set aside.
        wanted: an ISO 639 code.
        prompt: look at shorter texts, too. A short answer may well be a title or a saying of another language (`je ne
            sais quoi`), a question is asked in its own.
    """
    words, _ = prose(text)
    if not (tells(words, *_PROMPT_BARS) if prompt else tells(words)):
        return None
    other = _other(words, wanted)
    own = unquoted(words) if other else words  # `Übersetze: "The weather is fine"` is German
    return other if own == words or len(own) < 12 or _other(own, wanted) else None


def foreign_end(text: str, wanted: str) -> str | None:
    """The language of the end of a long text where that is surely not `wanted`, else `None`."""
    _, end = prose(text)
    if not end or not _other(end, wanted):
        return None
    # A sentence, a title or a list of references may well be in another language at the end, a paragraph may not.
    one, two = last_words(text)
    if not one or is_list_of_names(one + two) or not _other(one, wanted):
        return None
    return _other(one + two, wanted, _NO_DOUBT)


def _other(words: str, wanted: str, doubt: float = _DOUBT) -> str | None:
    kin = _kin(wanted)
    identifier = _identifier(kin - _LABELS)
    if identifier.classify(words)[0] in kin:
        return None  # mostly, and half the time that ranking takes
    ranked: list[tuple[str, float]] = identifier.rank(words)  # best first
    own = next((odds for code, odds in ranked if code in kin), math.inf)
    rival, odds = ranked[0]
    return rival if odds > own * math.exp(doubt) else None


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
