"""Scores of two responses, each a function of the prompt and that one response alone.

So the order in which they are shown cannot matter: a judge without position bias, to test the audit against.
"""

from __future__ import annotations

from typing import Any

from hf_synth.providers._template.draw import Draw
from hf_synth.providers._template.grammar import Grammar

_HEAD = 300
"""How far into a response its opening sentence is looked for."""
_LOWEST, _PER_LEVEL, _SPREAD = 1.4, 1.8, 5
"""Score of the least thorough response, distance between levels, and tenths of a point within one level."""
_WORDS = (12, 40, 90, 180)
"""Words from which a response that the templates did not write counts as more thorough."""


def judge(grammar: Grammar, prompt: str, first: str, second: str) -> dict[str, Any]:
    """Assessments, scores from 0 to 10 and the winner."""
    first_assessment, first_score = assess(grammar, prompt, first)
    second_assessment, second_score = assess(grammar, prompt, second)
    winner = "first" if first_score > second_score else "second" if second_score > first_score else "tie"
    return {
        "first_assessment": first_assessment,
        "second_assessment": second_assessment,
        "first_score": first_score,
        "second_score": second_score,
        "winner": winner,
    }


def assess(grammar: Grammar, prompt: str, text: str) -> tuple[str, float]:
    """What is to be said of one response, and its score."""
    draw = Draw("verdict", prompt, text)
    level = _level(grammar, text)
    said = f"{draw.pick(grammar.verdicts[level])} {draw.pick(grammar.tables['verdict_more'])} ({grammar.marker})"
    if not text.strip():
        return said, 0.0
    return said, round(_LOWEST + _PER_LEVEL * level + draw.below(_SPREAD) / 10, 1)


def _level(grammar: Grammar, text: str) -> int:
    head = text[:_HEAD]
    for level, phrases in enumerate(grammar.openers):
        for phrase in phrases:
            if phrase in head:
                return level
    words = len(text.split())
    return sum(words >= limit for limit in _WORDS)
