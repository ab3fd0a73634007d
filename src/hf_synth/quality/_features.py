"""What tells two otherwise alike prompts apart: their numbers, names and answer options.

`What does the train at 60 km/h …` and `What does the train at 80 km/h …` share 90 % of their 5-grams and are two
different rows; so are the capitals of France and of Spain. Without this rule sets of parametrised maths and of
facts starve (docs/design). The rules are cheap and lean towards keeping: a feature seen where there is none keeps
a near-duplicate, at worst.
"""

from __future__ import annotations

import re
from hashlib import blake2b

from hf_synth.quality._text import has_unspaced, normalise

_SIGNS = "+*/^=<>×÷√±≤≥≠%$€£°"
_NUMBER = re.compile(  # one class first: the regex engine then skips what cannot match
    rf"[\d{_SIGNS}-](?:(?<=\d)\d*(?:[.,:/]\d+)*"  # numbers, decimals, times, dates
    rf"|(?<=-)(?=\s?\d)|(?<=[{_SIGNS}]))"  # and what is done with them
)
_NUMBER_WORDS = frozenset(
    """two three four five six seven eight nine ten eleven twelve dozen half twice double triple hundred thousand
    million billion zwei drei vier fünf sechs sieben neun zehn zwölf hundert tausend deux trois quatre cinq sept huit
    neuf dix onze douze cent mille dos tres cuatro cinco seis siete ocho nueve diez doce cien mil tre quattro cinque
    sette otto nove dieci dodici cento dois duas três quatro sete oito dez doze twee drie vijf zes zeven acht negen
    tien twaalf honderd duizend""".split()
)
_PIECE = re.compile(r"[^\W_]+[+#]*")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]*[+#]*")
_ENDS_SENTENCE = re.compile(r"""[.!?:;…]["'”’»)\]*]*$|^[-*•#>]+$|^\W?\w\)$""")
_ABBREVIATION = re.compile(r"^\W?(?:[A-Za-z]|[DMS]r|Mrs|Ms|St|Prof|vs|e\.g|i\.e|z\.B)\.$")
_SPEAKER = frozenset({"I", "A", "O"})
_PREDICATE = frozenset("is was has had will would wants needs owns bought works lives decides".split())
_NOT_A_NAME = frozenset(
    """this that it he she they we you there what who which where when why how each every everyone everybody nothing
    everything something someone one all some many most none here both either neither another today""".split()
)
_GERMAN = frozenset(
    """der das und ein eine einen einem einer eines dem ist sind nicht mit für von zu wie wird werden im auf oder als
    auch dass zum zur wenn kann sich nach bei aus""".split()
)
_GERMAN_ARTICLE = _GERMAN | {"die", "den", "des", "mein", "meine", "dein", "deine", "welche", "welcher", "welches"}
_BARE_PREPOSITION = frozenset("in von aus nach über für bei gegen zwischen um an auf".split())
_OPTION = re.compile(
    r"(?:^|(?<=\s))\(?([A-Ha-h]|\d{1,2})\)\s*(?=\S)"  # anywhere: `A)`, `(b)`, `1)`
    r"|^[ \t]*([A-H]|\d{1,2})[.:]\s+(?=\S)",  # where a line begins: `A.`, `1.`
    re.MULTILINE,
)


def digest(text: str, folded: str) -> int:
    """A 60-bit number that is equal for two texts exactly when their numbers, names and options are.

    Args:
        text: the text as written; capitals tell names.
        folded: the same, `normalise`d.
    """
    parts = _numbers(folded) + names(text) + options(text)
    parts.sort()
    hashed = blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(hashed.digest(), "big") >> 4


def _numbers(folded: str) -> list[str]:
    return _NUMBER.findall(folded) + [word for word in folded.split() if word in _NUMBER_WORDS]


def options(text: str) -> list[str]:
    """The answer options `A) …`, `(b) …`, `1. …`, without their letters: shuffled options are the same options."""
    if ")" not in text and "\n" not in text:
        return []
    marks = list(_OPTION.finditer(text))
    if len(marks) < 2 or (marks[0][1] or marks[0][2]).lower() not in ("a", "1"):
        return []
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return [
        "option " + normalise(text[mark.end() : end].partition("\n")[0]) for mark, end in zip(marks, ends, strict=True)
    ]


def names(text: str) -> list[str]:
    """Names in a text, folded: capitalised words that do not open a sentence, acronyms, camel case, `C++`.

    A capitalised word that opens a sentence counts only where a verb such as `is` or `has` makes it a subject
    (`Paris has many museums`), because `Describe` opens sentences too. Where nouns are capitalised (German, told by
    its function words) only capitals after a capital or after a bare preposition count (`Angela Merkel`, `in
    Spanien`). Where most words are (titles, shouting) capitals say nothing. In scripts without capitals the words
    in Latin letters are the names.
    """
    if has_unspaced(text):
        return [word.lower() for word in _LATIN.findall(text)]
    if text.islower():
        return []
    german = len(_GERMAN.intersection(text.split())) >= 3
    seen: list[tuple[str, bool]] = []
    words = inside = 0
    for line in text.splitlines():
        tokens = line.split()
        words += len(tokens)
        for i, token in enumerate(tokens):
            if token == token.lower():
                continue
            opens = _opens_sentence(tokens, i)
            inside += not opens
            counts = not german or _is_name_in_german(tokens, i)
            seen += [(piece, counts and not (opens and n == 0)) for n, piece in enumerate(_PIECE.findall(token))]
    if inside > 0.6 * words:
        return []
    return [piece.lower() for piece, counts in seen if _is_name(piece, counts)]


def _opens_sentence(tokens: list[str], i: int) -> bool:
    """Whether a capital is owed to the place alone."""
    if i > 0 and (not _ENDS_SENTENCE.search(tokens[i - 1]) or _ABBREVIATION.match(tokens[i - 1])):
        return False
    following = tokens[i + 1] if i + 1 < len(tokens) else ""
    return following not in _PREDICATE or tokens[i].lower() in _NOT_A_NAME


def _is_name_in_german(tokens: list[str], i: int) -> bool:
    before = tokens[i - 1] if i else ""
    return before in _BARE_PREPOSITION or (before[:1].isupper() and before.lower() not in _GERMAN_ARTICLE)


def _is_name(piece: str, counts: bool) -> bool:
    """Acronyms, camel case and `C++` are names anywhere, another capitalised word where it `counts`."""
    if piece == piece.lower() or piece in _SPEAKER:
        return False
    return counts or piece[1:] != piece[1:].lower() or piece[-1] in "+#"
