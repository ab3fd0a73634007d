"""Our prompts in the rows: runs of their words, words of our tasks, wrappers of our drafts, talk of a hidden passage.

What the user wants repeated is no leak: the domain is what rows are about, a quotation in the guidance (`end with
"This is no legal advice …"`) is asked for, and the examples show sentences that any item may have (`Give a whole
number without units`): whether they were copied is the business of the check `copied`.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from hf_synth.quality._leaks import (
    ABOUT_MODELS,
    ASKS_FOR_JSON,
    TASK,
    TASK_STEMS,
    WRAPPER,
    count_text_words,
    passage_talk,
)
from hf_synth.quality._once import Once
from hf_synth.quality._prose import QUOTED, unquoted
from hf_synth.quality._runs import runs, shared, words
from hf_synth.quality._text import has_any

if TYPE_CHECKING:
    from hf_synth.config import GenerationConfig
    from hf_synth.types import Candidate

_RUN = 10
_EDGE = 160
_GIVEN = 8  # words that a prompt quotes, of the passage or of another text
_BLOCK = 20  # words after a colon or on a line of their own, of a prompt that names no text: fewer are a question
_LIMIT = re.compile(r"within (\d+) words")


class _Told(NamedTuple):
    """What the instructions of a run give away: runs of words, and the words a response was limited to."""

    runs: frozenset[int]
    limit: str


class Leak:
    """Refuses prompts and responses in which our own instructions, or a passage the reader does not see, show."""

    name = "leak"
    version = 1

    def __call__(self, candidate: Candidate, config: GenerationConfig) -> str | None:
        texts = (candidate.key_text, *candidate.responses)
        said = _told(candidate.instructions, _wanted(config)) if candidate.instructions else None
        for text in texts:
            if said and (run := shared(text, _RUN, said.runs)):
                return f"repeats our instructions: {run!r}"
            if found := _task_words(text, candidate.key_text, config.domain, said):
                return f"words of our task: {found!r}"
        found = candidate.passage and _hidden(candidate, config.constraints.language.split("-")[0])
        return f"talks of a text that the reader does not see: {found!r}" if found else None


def _wants(config: GenerationConfig) -> tuple[str, ...]:
    """Parts of the instructions that may well be repeated."""
    examples = [json.dumps(example, ensure_ascii=False) for example in config.examples]
    quoted = [] if unquoted(config.guidance) == config.guidance else QUOTED.findall(config.guidance)
    return tuple(sorted({config.domain, *examples, *quoted}, key=len, reverse=True))


_wanted = Once(_wants)


@lru_cache(maxsize=16)
def _told(instructions: tuple[str, ...], wanted: tuple[str, ...]) -> _Told:
    ours: set[int] = set()
    for text in instructions:
        for part in wanted:
            text = text.replace(part, " \u241e ")  # noqa: PLW2901 what is left of it
        for piece in text.split("\u241e"):
            ours.update(runs(piece, _RUN).tolist())
    limit = next((found for text in instructions if (found := _LIMIT.search(text))), None)
    return _Told(frozenset(ours), f" {limit[1]} words" if limit else "")


def _task_words(text: str, prompt: str, domain: str, said: _Told | None) -> str | None:
    edges = text if len(text) <= 2 * _EDGE else f"{text[:_EDGE]}\n{text[-_EDGE:]}"
    found = TASK.search(edges) if has_any(edges, TASK_STEMS) else None
    if found and not ABOUT_MODELS.search(domain):
        return found[0].strip()
    if '"' in text and (found := WRAPPER.search(text)) and not ASKS_FOR_JSON.search(prompt):
        return found[0]
    if said and said.limit and said.limit in edges and said.limit not in prompt:
        return said.limit.strip()
    return None


def _hidden(candidate: Candidate, language: str) -> str | None:
    """Talk of the passage where the prompt neither contains nor brings up a text of its own."""
    prompt = candidate.key_text
    found = passage_talk(prompt, language)
    own = 0
    if found:
        own = count_text_words(found, language)
    else:
        found = next((talk for text in candidate.responses if (talk := passage_talk(text, language))), None)
    if not found or found in candidate.passage or count_text_words(prompt, language) > own:
        return None
    return None if _brings(prompt, candidate.passage, _GIVEN if own else _BLOCK) else found


def _brings(prompt: str, passage: str, block: int) -> bool:
    """Whether a prompt contains a text: words of the passage, a quotation, so many words in a block of its own."""
    if shared(prompt, _GIVEN, frozenset(runs(passage, _GIVEN).tolist())):
        return True
    if any(words(quotation).size >= _GIVEN for quotation in QUOTED.findall(prompt)):
        return True
    return any(words(part).size >= block for part in re.split(r"\n|(?<=\w):\s", prompt)[1:])


CHECK = Leak()
