"""Whether the rows are in the language that was asked for, by the classifier of the language check."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hf_synth.quality.language import foreign
from hf_synth.reports.material import Material
from hf_synth.reports.sample import spread

ROWS = 2000
"""Rows that are looked at: about a second, and the share is known to 2 points."""

_MOST = 5000  # characters of a text


@dataclass(frozen=True, slots=True)
class Languages:
    """What the classifier read.

    Attributes:
        asked: code of the language asked for.
        rows: rows looked at, all or a sample of 2,000.
        share: of them all of whose texts pass for it: too short ones and languages the classifier does not know do.
        others: rows by the other language found.
    """

    asked: str
    rows: int
    share: float | None
    others: dict[str, int]


def languages(material: Material) -> Languages:
    """Of prompts and responses."""
    wanted = material.language.split("-")[0].lower()
    rows = material.rows
    looked_at = range(len(rows)) if len(rows) <= ROWS else spread([row.prompt for row in rows])[:ROWS]
    others: Counter[str] = Counter()
    for number in looked_at:
        texts = (rows[number].prompt, *rows[number].responses)
        other = next((code for text in texts if (code := foreign(_readable(text), wanted))), None)
        if other:
            others[other] += 1
    share = 1 - others.total() / len(looked_at) if looked_at else None
    ordered = sorted(others.items(), key=lambda item: (-item[1], item[0]))
    return Languages(material.language, len(looked_at), share, dict(ordered))


def _readable(text: str) -> str:
    return text[:_MOST].encode("utf-8", "replace").decode()  # the classifier takes no surrogates
