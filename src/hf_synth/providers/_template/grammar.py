"""The sentences of one language in one register, read once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, cast

from hf_synth.errors import RequestInvalid
from hf_synth.providers._template.draw import Draw

_HERE = "hf_synth.providers._template"
Table = tuple[str, ...]
LANGUAGES = ("en", "es", "fr", "de")
CASUAL = frozenset({"casual", "informal", "friendly", "relaxed", "colloquial", "playful", "chatty", "humorous"})
FORMAL = frozenset({"formal", "professional", "polite", "official"})
_PLAIN = CASUAL & {"casual", "informal"} | FORMAL & {"formal"}
"""Tones that the wording itself shows; any other is mentioned by name."""
_BY_LEVEL = frozenset({"openers", "verdicts"})
_REGISTER = re.compile(r"\[([^\[\]|]*)\|([^\[\]|]*)\]")


@dataclass(frozen=True, slots=True)
class Grammar:
    """The tables of one language. Every entry is a whole sentence or a phrase that needs no agreement.

    Attributes:
        language: the first subtag.
        words: single texts, such as `marker` and `title`.
        tables: sentences and phrases by what they are for.
        tasks: what each kind of task is asked with.
        questions: the wordings of each quiz question by operation.
        openers: sentences that begin a response, by how thorough it is.
        verdicts: what a judge says of a response, by how thorough it is.
        domains: names of well-known domains in this language.
    """

    language: str
    words: Mapping[str, str]
    tables: Mapping[str, Table]
    tasks: Mapping[str, Table]
    questions: Mapping[str, Table]
    openers: tuple[Table, ...]
    verdicts: tuple[Table, ...]
    domains: Mapping[str, str]

    @property
    def marker(self) -> str:
        """The sentence that says what this text is."""
        return self.words["marker"]


def first_subtag(language: str) -> str:
    """`pt` of `pt-BR`."""
    return language.replace("_", "-").split("-", 1)[0].strip().lower()


def grammar_for(language: str, tone: str | None = None) -> Grammar:
    """The grammar for a language code and a tone.

    Raises:
        RequestInvalid: there are no sentences in this language.
    """
    return _load(first_subtag(language), (tone or "").strip().lower() in CASUAL, language)


def tone_to_mention(tone: str | None) -> str:
    """The tone, where the wording alone does not show it, else an empty text."""
    said = " ".join((tone or "").split())
    return "" if said.lower() in _PLAIN else said


@lru_cache(maxsize=1)
def shared_names() -> Mapping[str, Table]:
    """First names, last names and cities that need no article in any of the languages."""
    return {key: tuple(values) for key, values in _read("names").items()}


@lru_cache(maxsize=256)
def spoken_domain(grammar_language: str, domain: str) -> str:
    """The domain as it is written in a sentence: slugs become words, well-known ones are translated."""
    slug = domain.replace("_", " ")
    text = " ".join((slug if " " in slug.strip() else slug.replace("-", " ")).split()) or "general"
    return _load(grammar_language, False, grammar_language).domains.get(text.lower(), text)


def person(draw: Draw) -> str:
    """A full name."""
    names = shared_names()
    return f"{draw.pick(names['first'])} {draw.pick(names['last'])}"


@lru_cache(maxsize=64)
def _load(language: str, casual: bool, asked: str) -> Grammar:
    if language not in LANGUAGES:
        raise RequestInvalid(
            f"The offline provider writes {', '.join(LANGUAGES)}, not {asked!r} (constraints.language).",
            hint="Choose one of these languages, or a real model in models.generator, such as openai:gpt-4o.",
        )
    data = _worded(_read(language), casual)
    return Grammar(
        language=language,
        words={key: value for key, value in data.items() if isinstance(value, str)},
        tables={
            key: tuple(cast("list[str]", value))
            for key, value in data.items()
            if isinstance(value, list) and key not in _BY_LEVEL
        },
        tasks={key: tuple(value) for key, value in data["task_types"].items()},
        questions={key: tuple(value) for key, value in data["questions"].items()},
        openers=tuple(tuple(level) for level in data["openers"]),
        verdicts=tuple(tuple(level) for level in data["verdicts"]),
        domains=data["domains"],
    )


def _read(name: str) -> dict[str, Any]:
    return json.loads(files(_HERE).joinpath(f"{name}.json").read_text("utf-8"))


def _worded(value: Any, casual: bool) -> Any:
    """The same data with every `[formal|casual]` choice made."""
    if isinstance(value, str):
        return _REGISTER.sub(r"\2" if casual else r"\1", value)
    if isinstance(value, list):
        return [_worded(entry, casual) for entry in value]  # pyright: ignore[reportUnknownVariableType]
    return {key: _worded(entry, casual) for key, entry in value.items()}
