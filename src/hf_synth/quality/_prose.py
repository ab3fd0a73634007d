"""The natural language in a text: code, formulas, addresses and numbers are set aside."""

from __future__ import annotations

import re

from hf_synth.quality._text import NO_SPACES

_CODE = re.compile(r"(?:```|~~~).*?(?:```|~~~|\Z)|`[^`\n]*`", re.DOTALL)
_CODE_LINE = re.compile(
    r"\s*(?:[^;{}]*[;{}]\s*$|[\w.\[\]]+\s*[-+*]?=\s|[\w.]+\([^()]*\)\s*$|</?\w[^>]*>|@\w|#include"
    r"|(?:def|class|import|from|return|if|elif|else|for|while|try|except|with|function|const|let|var|public|private"
    r"|SELECT|INSERT|UPDATE|CREATE)\b[^():;=*]*[():;=*])"
)
_SIGNS_OF_CODE = frozenset("(){};=<@#:*")
_FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$\n]{1,200}\$|\\\(.*?\\\)|\\\[.*?\\\]|\\\w+(?:\{[^{}]*\})*", re.DOTALL)
_TAG = re.compile(r"<[^<>\n]{1,100}>")
_FOREIGN = re.compile(r"(?<![!-~])(?=[!-~]*?(?:[\d_/\\@<>{}=|]|www\.))[!-~]++")  # addresses, numbers, identifiers
_QUOTED = re.compile(
    r'"[^"\n]+"|“[^”\n]+”|„[^“”\n]+[“”]|«[^»\n]+»|「[^」\n]+」|『[^』\n]+』'
    r"|(?<!\w)['‘][^'’\n]+['’](?!\w)"
)
_UNSPACED = re.compile(f"[{NO_SPACES}]")
_LETTER = re.compile(r"[^\W\d_]")
_HEAD, _TAIL, _FIRST = 240, 120, 100


def prose(text: str) -> str:
    """The words of a text; of a long one, of its beginning and end: the classifier is sure long before."""
    if "`" in text or "~~~" in text:
        text = _CODE.sub(" ", text)
    if not _SIGNS_OF_CODE.isdisjoint(text):
        text = "\n".join(line for line in text.split("\n") if not _is_code(line))
    if "$" in text or "\\" in text:
        text = _FORMULA.sub(" ", text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    if len(text) > 2 * (_HEAD + _TAIL):
        text = f"{text[: 2 * _HEAD]} {text[-2 * _TAIL :]}"
    text = " ".join(_FOREIGN.sub(" ", text).split())
    return text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]} {text[-_TAIL:]}"


def _is_code(line: str) -> bool:
    return not _SIGNS_OF_CODE.isdisjoint(line) and _CODE_LINE.match(line) is not None


def unquoted(text: str) -> str:
    """A text without what it quotes."""
    return " ".join(_QUOTED.sub(" ", text).split())


def tells(text: str) -> bool:
    """Whether its beginning is enough to tell the language: 20 letters in 4 words, 10 where words are not spaced."""
    text = text[:_FIRST]
    if text.isascii():
        return text.count(" ") >= 3 and sum(map(str.isalpha, text)) >= 20
    unspaced = len(_UNSPACED.findall(text))
    letters = len(_LETTER.findall(text)) + unspaced
    return letters >= 20 and (unspaced >= 10 or text.count(" ") >= 3)
