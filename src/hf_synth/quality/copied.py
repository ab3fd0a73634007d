"""Text copied from the user's source or examples: rows are to be made in their spirit, not out of their words.

Many words in a row (`quality.copied_words`) are a copy, wherever they stand. A prompt is one, too, where it is a
near-duplicate of an example by the rules of `duplicate`: examples that differ in numbers or names are other items.
Shorter texts count where they are equal; as responses from 8 words, for `42`, `B` and `Yes, it does` are right again.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from hf_synth.quality._near import NearDuplicates
from hf_synth.quality._once import Once
from hf_synth.quality._runs import runs, shared, words
from hf_synth.quality._text import normalise

if TYPE_CHECKING:
    from hf_synth.config import GenerationConfig
    from hf_synth.types import Candidate

_LEAST_PROMPT = 3
_LEAST_RESPONSE = 8


class _Examples(NamedTuple):
    """The texts of the user's examples: runs of the long ones, the short ones folded, all of them as an index."""

    runs: frozenset[int]
    short: frozenset[str]
    near: NearDuplicates


class Copied:
    """Refuses prompts and responses with text of the passage they were grounded in, or of an example."""

    name = "copied"
    version = 1

    def __call__(self, candidate: Candidate, config: GenerationConfig) -> str | None:
        size = config.quality.copied_words
        texts = (candidate.key_text, *candidate.responses)
        if candidate.passage:
            known = _passage(candidate.passage, size)
            run = next((run for text in texts if (run := shared(text, size, known))), None)
            if run:
                return f"{size} words in a row of the source: {run!r}"
        examples = _examples(config) if config.examples else None
        if examples is None:
            return None
        run = next((run for text in texts if (run := shared(text, size, examples.runs))), None)
        if run:
            return f"{size} words in a row of an example: {run!r}"
        if examples.near.find(candidate.key_text) is not None:
            return "the prompt is an example, or nearly so"
        if any(_short(text, size) and normalise(text) in examples.short for text in candidate.responses):
            return "a response is that of an example"
        return None


def _short(text: str, size: int) -> bool:
    return _LEAST_RESPONSE <= words(text).size < size


def _strings(value: Any) -> Iterator[str]:
    """All texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        parts = cast("dict[str, Any] | list[Any]", value)
        for part in parts.values() if isinstance(parts, dict) else parts:
            yield from _strings(part)


def _gather(config: GenerationConfig) -> _Examples:
    size, near = config.quality.copied_words, NearDuplicates(config.quality.duplicate_similarity)
    long: set[int] = set()
    short: set[str] = set()
    for text in _strings(config.examples):
        long.update(runs(text, size).tolist())
        count = words(text).size
        if count >= _LEAST_PROMPT:
            near.add(text)
        if _LEAST_RESPONSE <= count < size:
            short.add(normalise(text))
    return _Examples(frozenset(long), frozenset(short), near)


_examples = Once(_gather)


@lru_cache(maxsize=16)
def _passage(text: str, size: int) -> frozenset[int]:
    return frozenset(runs(text, size).tolist())


CHECK = Copied()
