"""Which two of several judged responses make a preference pair, and what is kept of the judging for its audit."""

from __future__ import annotations

from hf_synth.config import GenerationConfig
from hf_synth.critic import Judgement
from hf_synth.types import Answer, Json

Pair = tuple[int, int]
Tried = dict[Pair, Judgement]
"""Judgements by the numbers of the two responses."""


def best_pair(config: GenerationConfig, tried: Tried) -> tuple[Pair | None, str]:
    """The best response with the worst one that the floor allows, of the pairs that are clear; or why there is none.

    Of two responses that is the pair itself. Of four it is best-and-worst with a floor, since the very worst of many
    teaches least (2502.16825, 2501.18578). A response is as good as its mean over all pairs it was judged in.
    """
    quality = config.quality
    means = _means(tried)
    clear: list[tuple[float, float, Pair]] = []
    why = "tie"
    for pair, judgement in tried.items():
        if judgement.winner is None:
            why = judgement.why
            continue
        margin = abs(judgement.scores[0] - judgement.scores[1])
        if margin < quality.min_margin or margin <= 0:
            why = "margin"
        elif min(judgement.scores) < quality.min_rejected_score:
            why = "rejected_score"
        else:
            won, lost = pair[judgement.winner], pair[1 - judgement.winner]
            clear.append((-means[won], means[lost], pair))
    return (min(clear)[2], "") if clear else (None, why)


def _means(tried: Tried) -> dict[int, float]:
    scores: dict[int, list[float]] = {}
    for pair, judgement in tried.items():
        for number, score in zip(pair, judgement.scores if judgement.orders else (), strict=False):
            scores.setdefault(number, []).append(score)
    return {number: sum(of) / len(of) for number, of in scores.items()}


def noted(answers: list[Answer], tried: Tried) -> list[Json]:
    """What the critic did, for its audit: see `engine.audit`."""
    return [
        {
            "scores": [list(order) for order in judgement.orders],
            "winner": judgement.winner,
            "why": judgement.why,
            "length": [len(answers[number].text.strip()) for number in pair],
        }
        for pair, judgement in tried.items()
        if judgement.why != "identical"
    ]
