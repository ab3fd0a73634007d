"""The form in which texts are compared: what a reader would not call a difference is folded away."""

from __future__ import annotations

import re
import unicodedata

NO_SPACES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Characters of scripts that put no spaces between words (Thai, Lao, Burmese, Khmer, kana, Han), for a class."""

_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_SOUTH_EAST = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")

_KEPT_BY_NFKC = str.maketrans({s: "^" + p for s, p in zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)} | {"−": "-"})
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_ALWAYS = (
    "\"'`_“”„‟‘’‚‛«»‹›¿¡…·•‒–—―、。〃〈-】〔-〟・〰"  # quotes and dashes
    "\u060c\u061b\u061f\u06d4\u0964\u0965\u0589"  # Arabic, Indic and Armenian stops
)
_FOLDED = re.compile(  # one class first: the regex engine then skips what cannot match
    rf"[{_ALWAYS}.,!?;:-](?:(?<=[{_ALWAYS}])"
    r"|(?<=\.)(?!\d)|(?<=,)(?:(?!\d)|(?<!\d,))"  # the point of 3.14 and .5 and the comma of 1,000 stay
    r"|(?<=[!?;:])(?![0-9a-z_=])"  # so do `!=`, `10:30` and `a::b`
    r"|(?<=[^\W\d_]-)(?=[^\W\d_]))"  # a hyphen joins words; elsewhere it may be a minus
)


def normalise(text: str) -> str:
    """Fold what makes no difference between two prompts: NFKC, case, white space, sentence punctuation, quotes.

    The result is valid Unicode: a lone surrogate, which a model's JSON can hold, becomes U+FFFD.

    Signs that carry meaning stay: `C`, `C++` and `C#` differ, and so do `3.14` and `314`, `-5` and `5`,
    `(a + b) * c` and `a + (b * c)`, `10²` (as `10^2`) and `102`.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_KEPT_BY_NFKC))
        text = _INVISIBLE.sub("", text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return " ".join(_FOLDED.sub(" ", text.casefold()).split())


def has_any(text: str, parts: tuple[str, ...]) -> bool:
    """Whether one of the parts stands in a text; a third faster than `any` of a generator."""
    for part in parts:  # noqa: SIM110
        if part in text:
            return True
    return False


def count_words(text: str) -> int:
    """Words of a text. Where a script has no spaces two CJK or four south-east Asian characters are a word."""
    if text.isascii():
        return len(text.split())
    spaced, cjk = _CJK.subn(" ", text)
    spaced, asian = _SOUTH_EAST.subn(" ", spaced)
    return len(spaced.split()) + (cjk + 1) // 2 + (asian + 3) // 4


def has_unspaced(text: str) -> bool:
    """Whether any of it is in a script without spaces between words (none of which has capitals)."""
    return not text.isascii() and (_CJK.search(text) or _SOUTH_EAST.search(text)) is not None
