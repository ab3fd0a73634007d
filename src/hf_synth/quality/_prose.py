"""The natural language in a text: code, formulas, addresses and numbers are set aside."""

from __future__ import annotations

import re
from functools import lru_cache

from hf_synth.quality._text import NO_SPACES

_CODE = re.compile(r"(?:```|~~~).*?(?:```|~~~|\Z)|`[^`\n]*`", re.DOTALL)
_CODE_LINE = re.compile(
    r"\s*(?:[^;{}]*[;{}]\s*$|[\w.\[\]]+\s*[-+*]?=\s|[\w.]+\([^()]*\)\s*$|</?\w[^>]*>|@\w|#include"
    r"|(?:def|class|import|from|return|if|elif|else|for|while|try|except|with|function|const|let|var|public|private"
    r"|SELECT|INSERT|UPDATE|CREATE)\b[^():;=*]*[():;=*])"
)
_SIGN_OF_CODE = re.compile(r"[(){};=<@#:*]")
_FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$\n]{1,200}\$|\\\(.*?\\\)|\\\[.*?\\\]|\\\w+(?:\{[^{}]*\})*", re.DOTALL)
_TAG = re.compile(r"<[^<>\n]{1,100}>")
_FOREIGN = re.compile(r"(?<![!-~])(?=[!-~]*?(?:[\d_/\\@<>{}=|]|www\.))[!-~]++")  # addresses, numbers, identifiers
_SIGN_OF_FOREIGN = re.compile(r"[\d_/\\@<>{}=|]")
QUOTED = re.compile(
    r'"[^"\n]+"|“[^”\n]+”|„[^“”\n]+[“”]|«[^»\n]+»|「[^」\n]+」|『[^』\n]+』'
    r"|(?<!\w)['‘][^'’\n]+['’](?!\w)"
)
_UNSPACED = re.compile(f"[{NO_SPACES}]")
_LETTER = re.compile(r"[^\W\d_]")
_HEAD, _TAIL, _LAST, _FIRST = 120, 80, 150, 100


@lru_cache(maxsize=4)
def prose(text: str) -> tuple[str, str]:
    """The words of a text; of a long one, of its beginning, and of its end: the classifier is sure long before."""
    text = _without_signs(text)
    if len(text) > 2 * (_HEAD + _TAIL):
        text = f"{text[: 2 * _HEAD]} {text[-2 * _TAIL :]}"
    text = " ".join(_native(text).split())
    return (text, "") if len(text) <= _HEAD + _TAIL else (text[:_HEAD], text[-_TAIL:])


def last_words(text: str) -> tuple[str, str]:
    """The words of as much of a text's end as a paragraph has, without what it quotes, in two halves."""
    words = unquoted(_native(_without_signs(text)))
    size = _LAST if len(_UNSPACED.findall(words[-_LAST:])) < _LAST // 2 else _LAST // 3
    return (words[-2 * size : -size], words[-size:]) if len(words) >= 2 * size else ("", "")


def _native(text: str) -> str:
    return _FOREIGN.sub(" ", text) if _SIGN_OF_FOREIGN.search(text) or "www." in text else text


def is_list_of_names(words: str) -> bool:
    """Whether most words begin with a capital, as in lists of names, titles and references."""
    return sum(word[:1].isupper() for word in words.split()) > 0.45 * words.count(" ")


def _without_signs(text: str) -> str:
    text = without_code(text)
    if "$" in text or "\\" in text:
        text = _FORMULA.sub(" ", text)
    return _TAG.sub(" ", text) if "<" in text else text


def without_fences(text: str) -> str:
    """A text without what stands in fences and backticks."""
    return _CODE.sub(" ", text) if "`" in text or "~~~" in text else text


def without_code(text: str) -> str:
    """A text without what stands in fences and backticks, and without lines that look like code."""
    text = without_fences(text)
    if _SIGN_OF_CODE.search(text):
        text = "\n".join(line for line in text.split("\n") if not is_code(line))
    return text


def is_code(line: str) -> bool:
    """Whether a line looks like code."""
    return _SIGN_OF_CODE.search(line) is not None and _CODE_LINE.match(line) is not None


def unquoted(text: str) -> str:
    """A text without what it quotes."""
    return " ".join(QUOTED.sub(" ", text).split())


def tells(text: str, least: int = 20, least_unspaced: int = 10) -> bool:
    """Whether its beginning is enough to tell the language: so many letters in 4 words, or so many unspaced ones."""
    text = text[:_FIRST]
    if text.isascii():
        return text.count(" ") >= 3 and sum(map(str.isalpha, text)) >= least
    unspaced = len(_UNSPACED.findall(text))
    letters = len(_LETTER.findall(text)) + unspaced
    return letters >= least and (unspaced >= least_unspaced or text.count(" ") >= 3)
