"""A source to what the engine and the checks take of it. What was read is kept as long as the files stay the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from hf_synth.config import GenerationConfig
from hf_synth.config.source import Source
from hf_synth.errors import ConfigError
from hf_synth.sources._divide import divide
from hf_synth.sources._files import signature
from hf_synth.sources._passages import Dealt
from hf_synth.sources._read import documents

_KEPT = 2  # sources of which the passages are kept in memory
_SOURCE = "source"
_DECONTAMINATE = "quality.decontaminate"


def passages_of(config: GenerationConfig) -> Dealt | None:
    """The passages of a config's source, `None` where it has none.

    Raises:
        ConfigError: it cannot be read, holds no text, or too little to give each split a part of its own.
    """
    if config.source is None:
        return None
    passages, _ = _read(config.source, signature(config.source))
    if not passages:
        raise ConfigError("Config: source: there is no text in it, or none of at least 20 characters.")
    if len(passages) < len(config.splits):
        raise ConfigError(
            f"Config: source: there are {len(passages)} passages in it for {len(config.splits)} splits, and no passage "
            "may be in two.",
            hint="Lower source.passage_characters, or name more texts or fewer splits.",
        )
    return Dealt(passages, config.seed)


def texts_of(sources: list[Source]) -> Iterator[str]:
    """All texts of sources, a row or file a text; what `quality.decontaminate` names.

    Raises:
        ConfigError: one cannot be read.
    """
    for source in sources:
        for _, texts in documents(source, whole_rows=True, place=_DECONTAMINATE):
            yield from texts


def content_digest(config: GenerationConfig) -> tuple[str | None, str | None]:
    """What the texts of `source` and of `quality.decontaminate` are, as SHA-256: other texts are another dataset.

    Their names and places are part of no identity, but for the order of the texts: a folder that was moved is the same
    source.

    Raises:
        ConfigError: one cannot be read.
    """
    grounds = _read(config.source, signature(config.source))[1] if config.source else None
    kept_out = config.quality.decontaminate
    if not kept_out:
        return grounds, None
    return grounds, _digest_of(tuple(map(_hashable, kept_out)), tuple(map(signature, kept_out)))


def _hashed(texts: Iterator[str]) -> str:
    state = hashlib.sha256()
    for text in texts:
        raw = text.encode("utf-8", "surrogatepass")
        state.update(len(raw).to_bytes(8, "big") + raw)
    return state.hexdigest()


def _hashable(source: Source) -> str:
    return source.model_dump_json()


@lru_cache(maxsize=_KEPT)
def _digest_of(sources: tuple[str, ...], signatures: tuple[Any, ...]) -> str:
    return _hashed(texts_of([Source.model_validate_json(source) for source in sources]))


def _read(source: Source, signed: tuple[Any, ...]) -> tuple[list[tuple[str, str]], str]:
    return _passages(_hashable(source), signed)


@lru_cache(maxsize=_KEPT)
def _passages(source: str, signed: tuple[Any, ...]) -> tuple[list[tuple[str, str]], str]:
    named = Source.model_validate_json(source)
    found: dict[str, str] = {}  # one that stands there twice would be dealt to two splits
    for where, texts in documents(named, whole_rows=False, place=_SOURCE):
        for number, passage in enumerate(divide("\n\n".join(texts), named.passage_characters)):
            found.setdefault(passage, f"{where}#{number}")
    return [(name, passage) for passage, name in found.items()], _hashed(iter(found))


forget: Callable[[], None] = _passages.cache_clear
"""Drop what is kept in memory."""
