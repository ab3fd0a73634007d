"""`quality`: thresholds of the checks, and one switch per check."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hf_synth.config.names import known, near_miss


class Quality(BaseModel):
    """Thresholds of the checks; a switch `name: false` for each check of `quality/`.

    Attributes:
        duplicate_similarity: Jaccard similarity over character 5-grams from which two normalised prompts are
            near-duplicates (MinHash; Broder 1997).
        min_margin: least difference of the scores of chosen and rejected, in points of 0 to 10.
        min_rejected_score: least score of the rejected response: the widest margin is not the best pair
            (2502.16825, 2501.18578).
        candidates: responses sampled per preference pair.
        max_repairs: times a malformed structured answer, or an unclear pair, is asked again.
    """

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, allow_inf_nan=False)

    duplicate_similarity: float = Field(default=0.7, gt=0, le=1)
    min_margin: float = Field(default=1.0, ge=0, le=10)
    min_rejected_score: float = Field(default=0.5, ge=0, le=10)
    candidates: int = Field(default=2, ge=2, le=8)
    max_repairs: int = Field(default=2, ge=0, le=10)

    @model_validator(mode="after")
    def _switches_name_checks(self) -> Quality:
        for name, value in (self.__pydantic_extra__ or {}).items():
            checks = known("checks")
            if name not in checks:
                fields = [*type(self).model_fields, *checks]
                raise ValueError(f"{name!r} is neither a threshold nor a check.{near_miss(name, fields)}")
            if not isinstance(value, bool):
                raise ValueError(f"{name!r} switches a check: true or false, not {value!r}.")
        return self

    def on(self, check: str) -> bool:
        """Whether a check is switched on; all are by default."""
        return bool((self.__pydantic_extra__ or {}).get(check, True))

    def canonical(self) -> dict[str, Any]:
        """Thresholds and the checks switched off: naming a default changes no identity."""
        off = sorted(name for name, value in (self.__pydantic_extra__ or {}).items() if value is False)
        return {**{name: getattr(self, name) for name in type(self).model_fields}, "off": off}
