"""Candidates and configs for the tests of checks."""

from __future__ import annotations

from typing import Any

from hf_synth.config import GenerationConfig
from hf_synth.types import Candidate


def candidate(
    *responses: str,
    key_text: str = "Explain how tides work.",
    tokens: tuple[int | None, ...] = (),
    passage: str = "",
    instructions: tuple[str, ...] = (),
) -> Candidate:
    return Candidate({}, key_text, responses, tokens, passage=passage, instructions=instructions)


def config(domain: str = "oceanography", /, quality: Any = None, **constraints: Any) -> GenerationConfig:
    return GenerationConfig(
        schema="instruction_v1",
        domain=domain,
        models={"generator": "offline"},
        constraints=constraints,
        quality=quality or {},
    )


def with_examples(*examples: dict[str, Any], guidance: str = "", domain: str = "oceanography", **quality: Any):
    return GenerationConfig(
        schema="instruction_v1",
        domain=domain,
        models={"generator": "offline"},
        examples=list(examples),
        guidance=guidance,
        quality=quality,
    )
