"""Multiple choice: options in an order of ours, so that the key is balanced whatever a model prefers.

Models put the right answer first or second far too often, and then choose by place, too (Zheng et al. 2024,
2309.03882). So they give the options and the right one; place and order are the plan's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from hf_synth.errors import Unfit
from hf_synth.quality._text import normalise

LETTERS = "ABCDEFGH"
_STEP = math.sqrt(11)  # badly approximable: even on any regular part of the ideas (Richtmyer 1951, see engine.plan)
_MARK = re.compile(r"^\s*\(?([A-Ha-h]|[1-8])[).:]\s+(?=\S)")
_LINE = re.compile(r"^[ \t]*\(?([A-Ha-h])([).:])[ \t]+(?=\S)", re.MULTILINE)
_INLINE = re.compile(r"(?:^|(?<=\s))\(?([A-Ha-h])(\))\s+(?=\S)")
_LAST = re.compile(
    r"\W*(?:all|none|both|neither|any) of (?:the )?(?:above|these|them|other|options|answers|following)\b.*"
    r"|\W*(?:tod[ao]s|ningun[ao]|toutes|aucune|alle|keine?s?|nichts|tutte|nessuna|todas|nenhuma)\b.{0,20}\b"
    r"(?:anteriores|opciones|respuestas|propositions|réponses|ci-dessus|précédentes|genannten|obigen|davon|antworten"
    r"|precedenti|risposte|opções|alternativas).*"
    r"|\W*(?:以上|上記|いずれも|どれも).*",
    re.IGNORECASE | re.DOTALL,
)
_NAMES_OTHERS = re.compile(
    r"\W*(?:(?i:both|either|neither|only|all|except|but|options?|answers?)\W+)*[A-H]\b\W*"
    r"(?:,\W*[A-H]\b\W*)*(?:and|or|nor|&|und|oder|y|o|e|et|ou)\W+[A-H]\b\W*(?:(?:only|are|is|together|but)\b.*)?"
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A question with its options in order, and the letter of the right one."""

    question: str
    options: tuple[str, ...]
    key: str

    @property
    def text(self) -> str:
        """As it is asked."""
        lines = [f"{letter}) {option}" for letter, option in zip(LETTERS, self.options, strict=False)]
        return "\n".join([self.question, *lines])


def choice(question: str, options: Sequence[str], ideal: str, number: int, seed: int) -> Choice:
    """A multiple-choice item with its options shuffled and its key where the plan wants it.

    Args:
        question: with or without the options in it.
        options: the answers to choose from; where there are none, those that stand in the question are taken.
        ideal: the right one: its text or its letter.
        number: of the idea in the plan.
        seed: of the config.

    Raises:
        Unfit: the options are too few or many, not distinct, hold no right answer, or name one another.
    """
    listed = _unmarked(options)
    question, listed = _stem(question, listed)
    right = _right(listed, ideal)
    fixed = [option for option in listed if _LAST.fullmatch(option)]
    if any(_NAMES_OTHERS.fullmatch(option) for option in listed):
        raise Unfit("options", "an option names others by their letters")
    ordered = sorted((o for o in listed if o not in (right, *fixed)), key=lambda option: _rank(option, number, seed))
    if right not in fixed:
        start = int.from_bytes(_rank("", 0, seed), "big") / 2**64
        ordered.insert(int((start + number * _STEP) % 1.0 * (len(ordered) + 1)), right)
    ordered += fixed
    return Choice(question, tuple(ordered), LETTERS[ordered.index(right)])


def _unmarked(options: Sequence[str]) -> list[str]:
    """Options without letters or numbers before them, where these count: `E. coli` keeps its own."""
    found = [_MARK.match(option) for option in options]
    marks = "".join(match[1] for match in found if match).upper()
    counted = len(marks) == len(options) and marks in (LETTERS[: len(marks)], "12345678"[: len(marks)])
    return [(_MARK.sub("", option) if counted else option).strip() for option in options]


def _stem(question: str, listed: list[str]) -> tuple[str, list[str]]:
    """A question without the options that stand at its end, and the options.

    Raises:
        Unfit: other options stand in it than in the list.
    """
    stem, after, inside, mark = _inside(question)
    if not inside or (listed and mark == ":" and not _same(inside, listed)):  # two who talk, named A and B
        return question.strip(), listed
    if listed and not _same(inside, listed):
        rest = inside[-1][len(listed[-1]) :]  # what is asked for may stand behind the last one, on its line
        if not _same([*inside[:-1], inside[-1][: len(listed[-1])]], listed):
            raise Unfit("options", "the question holds other options than the list")
        after, inside = f"{rest.strip()}\n{after}".strip(), listed
    return f"{stem}\n{after}".strip(), inside  # a letter means their order in the question


def _same(some: Sequence[str], others: Sequence[str]) -> bool:
    return len(some) == len(others) and {*map(_folded, some)} == {*map(_folded, others)}


def _inside(question: str) -> tuple[str, str, list[str], str]:
    """What stands before and after the options in a question, the options, and the sign behind their letters."""
    for pattern in (_LINE, _INLINE):
        found = list(pattern.finditer(question))
        first = max((n for n, match in enumerate(found) if match[1] in "Aa"), default=len(found))
        found = found[first:]
        if len(found) >= 2 and "".join(match[1] for match in found).upper() == LETTERS[: len(found)]:
            last = found[-1].end()
            end = question.find("\n", last) if "\n" in question[last:] else len(question)
            ends = [*(match.start() for match in found[1:]), end]
            inside = [" ".join(question[m.end() : stop].split()) for m, stop in zip(found, ends, strict=True)]
            return question[: found[0].start()].rstrip(), question[end:].strip(), inside, found[0][2]
    return question, "", [], ""


def _folded(option: str) -> str:
    return normalise(option) or option


def _right(options: list[str], ideal: str) -> str:
    if not 2 <= len(options) <= len(LETTERS):
        raise Unfit("options", f"{len(options)} options to choose from")
    if not all(options):
        raise Unfit("options", "an option is empty")
    folded = [_folded(option) for option in options]
    cases = {(fold, option.casefold()) for fold, option in zip(folded, options, strict=True)}
    if len(set(options)) < len(options) or len(set(folded)) < len(cases):  # `Aa` and `aa` may differ on purpose
        raise Unfit("options", "two options say the same")
    for said in (ideal.strip(), _MARK.sub("", ideal).strip()):
        if said in options:
            return said
        if folded.count(_folded(said)) == 1:
            return options[folded.index(_folded(said))]
    letter = re.fullmatch(r"\(?([A-Ha-h])\)?[.:)]?", ideal.strip())
    place = LETTERS.index(letter[1].upper()) if letter else len(options)
    if place >= len(options):
        raise Unfit("options", f"the right answer {ideal[:60]!r} is no option")
    return options[place]


def _rank(option: str, number: int, seed: int) -> bytes:
    return blake2b(f"{seed}\0{number}\0{option}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
