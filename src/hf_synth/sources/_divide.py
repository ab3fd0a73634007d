"""Documents to passages: at headings, then paragraphs, then sentences, so that a passage can be read by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

_LINE_END = re.compile(r"\r\n?")
_FRONT_MATTER = re.compile(  # fields without a blank line, so that no text between two rules is taken for it
    r"\A---[ \t]*\n[\w\"'-]+[ \t]*:[^\n]*\n(?:(?![ \t]*\n)[^\n]*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|\Z)"
)
_MARK = re.compile(r"^(?: {0,3}(?P<fence>`{3,}(?![^\n]*`)|~{3,})|#{1,6}[ \t]+\S)", re.MULTILINE)
_PARAGRAPH = re.compile(r"\n\s*\n")
_ENDS = (  # where a paragraph is cut, the best first: before a row or an item, after a sentence, a line, a word
    re.compile(r"\n(?=[ \t]*(?:[-*+•|>]|\d{1,3}[.)])[ \t])|(?<=[.!?:;…。！？।|])[ \t]*\n"),
    re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s|(?<=[。！？।])"),
    re.compile(r"\n"),
    re.compile(r"\s"),
)
_LEAST = 80  # characters of a passage of a longer document: a heading or a caption says too little to ask about
_LEAST_WHOLE = 20  # of a document that is one passage: a row may hold a fact
_TITLE = 80


def divide(text: str, most: int) -> Iterator[str]:
    """The passages of a document, in order: each at most `most` characters, small neighbours joined. No word is lost.

    A heading of Markdown begins a passage of its own, unless what stands before it is too short to be one. A document
    that is too short as a whole has none.

    Args:
        text: of the document.
        most: characters of a passage; at least 200.
    """
    before, passage = "", ""  # the last one that is whole, and the one that grows
    for piece, begins in _pieces(_FRONT_MATTER.sub("", _LINE_END.sub("\n", text)), most):
        joined = f"{passage}\n\n{piece}" if passage else piece
        if not passage or (len(joined) <= most and not (begins and _worthy(passage))):
            passage = joined
        elif _worthy(passage):
            if before:
                yield before
            before, passage = passage, piece
        else:
            if before:
                yield before
            before, passage = _halves(joined)
    if before and not _worthy(passage):
        joined = f"{before}\n\n{passage}"
        before, passage = ("", joined) if len(joined) <= most else _halves(joined)
    if before:
        yield before
    if before or len(passage) >= _LEAST_WHOLE or _worthy(passage):
        yield passage


def _worthy(passage: str) -> bool:
    return len(passage) >= _LEAST or len(passage.encode()) >= 2 * _LEAST  # scripts that say more in fewer characters


def _halves(text: str) -> tuple[str, str]:
    middle = len(text) // 2
    end = _end(text, middle - _LEAST // 4, middle + _LEAST // 4)
    return text[:end].strip(), text[end:].strip()


def _pieces(text: str, most: int) -> Iterator[tuple[str, bool]]:
    """Paragraphs, and parts of those that are too long; each with whether it is the first under a heading."""
    starts = [0, *(start for start, _ in _headings(text)), len(text)]
    for start, end in pairwise(starts):
        begins = True
        for paragraph in _PARAGRAPH.split(text[start:end]):
            for piece in _cut(paragraph.strip(), most):
                yield piece, begins
                begins = False


def _cut(paragraph: str, most: int) -> Iterator[str]:
    """A paragraph in parts that are short enough, where it can best be cut."""
    start = 0
    while len(paragraph) - start > most:
        end = _end(paragraph, start + most // 2, start + most)
        yield paragraph[start:end].strip()
        start = end
        while paragraph[start].isspace():
            start += 1
    if start < len(paragraph):
        yield paragraph[start:]


def _end(text: str, first: int, last: int) -> int:
    """The best place between two to cut a text, and of those that are equally good the last."""
    for pattern in _ENDS:
        end = max((match.end() for match in pattern.finditer(text, first, last)), default=0)
        if end:
            return end
    return last


def _headings(text: str) -> Iterator[tuple[int, str]]:
    """Where headings of Markdown stand and what they say; a comment in a block of code is none."""
    fence = ""
    for match in _MARK.finditer(text):
        if mark := match["fence"]:
            if not fence:
                fence = mark
            elif mark.startswith(fence):
                fence = ""
        elif not fence:
            end = text.find("\n", match.end())
            line = text[match.start() : end if end >= 0 else len(text)]
            said = line.lstrip("#").strip()
            bare = said.rstrip("#")  # `## Soil ##`, but `# C#`
            yield match.start(), bare.rstrip() if bare[-1:].isspace() else said


def title_of(passage: str) -> str:
    """A few words that say what a passage is about: its heading, else its beginning."""
    words = " ".join((next((said for _, said in _headings(passage) if said), "") or passage).split())
    if len(words) <= _TITLE:
        return words
    end = words.rfind(" ", _TITLE // 2, _TITLE)
    return f"{words[: end if end > 0 else _TITLE - 1]}…"
