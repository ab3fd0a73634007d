"""Two responses of one row that say the same: a pair without a difference teaches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hf_synth.quality._text import normalise

if TYPE_CHECKING:
    from hf_synth.config import GenerationConfig
    from hf_synth.types import Candidate


class Distinct:
    """Refuses rows of which two responses are equal after normalisation."""

    name = "distinct"
    version = 1

    def __call__(self, candidate: Candidate, config: GenerationConfig) -> str | None:
        if len(candidate.responses) < 2:
            return None
        if len({normalise(response) for response in candidate.responses}) < len(candidate.responses):
            return "two responses are the same"
        return None


CHECK = Distinct()
