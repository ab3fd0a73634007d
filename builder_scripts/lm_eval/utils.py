"""Scores the answers of hf_synth_eval.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hf_synth.scoring import score


def process_results(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, float]:
    """A row's own metrics, and no others: lm-eval takes the mean of each over the rows that report it."""
    scores = {metric: score(metric, doc["ideal_output"], results[0]) for metric in doc["metrics"]}
    known = {metric: value for metric, value in scores.items() if value is not None}
    return {**known, "computed": float(bool(known))}
