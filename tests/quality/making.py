"""Candidates and configs for the tests of checks."""

from __future__ import annotations

from typing import Any

from hf_synth.config import GenerationConfig
from hf_synth.types import Candidate


def candidate(
    *responses: str, key_text: str = "Explain how tides work.", tokens: tuple[int | None, ...] = ()
) -> Candidate:
    return Candidate(row={}, key_text=key_text, responses=responses, tokens=tokens)


def config(domain: str = "oceanography", **constraints: Any) -> GenerationConfig:
    return GenerationConfig(
        schema="instruction_v1", domain=domain, models={"generator": "offline"}, constraints=constraints
    )
