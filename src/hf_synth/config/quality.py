"""`quality`: thresholds of the checks, and one switch per check."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hf_synth.config.names import known, near_miss
from hf_synth.config.source import Source

Mode = Literal["drop", "flag"]
"""What becomes of a candidate that a check objects to: it is dropped, or it is delivered and the objection noted."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str | dict | Source) else value  # pyright: ignore[reportUnknownVariableType]


class Quality(BaseModel):
    """Thresholds of the checks; a switch for each check of `quality/`: `true`, `false`, `drop` or `flag`.

    Attributes:
        duplicate_similarity: Jaccard similarity over character 5-grams from which two normalised prompts are
            near-duplicates (MinHash; Broder 1997).
        min_margin: least difference of the scores of chosen and rejected, in points of 0 to 10.
        min_rejected_score: least score of the rejected response: the widest margin is not the best pair
            (2502.16825, 2501.18578).
        candidates: responses sampled per preference pair.
        max_repairs: times a malformed structured answer, or an unclear pair, is asked again.
        copied_words: words in a row from which a text counts as copied from the user's `source` or `examples`.
        classified: share of candidates whose difficulty and tone one further cheap call judges; the agreement is
            reported, and drops nothing.
        repeated_answers: eval_v1: further answers to each item, which tell how hard it is.
        rubric: preference_v1: what the critic scores by, instead of the built-in words and the outline's criteria.
        decontaminate: texts that no row may share 13 words in a row with (GPT-3, 2005.14165, appendix C).
    """

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, allow_inf_nan=False)

    duplicate_similarity: float = Field(default=0.7, gt=0, le=1)
    min_margin: float = Field(default=1.0, ge=0, le=10)
    min_rejected_score: float = Field(default=0.5, ge=0, le=10)
    candidates: int = Field(default=2, ge=2, le=8)
    max_repairs: int = Field(default=2, ge=0, le=10)
    copied_words: int = Field(default=40, ge=5)
    classified: float = Field(default=0.05, ge=0, le=1)
    repeated_answers: int = Field(default=0, ge=0, le=32)
    rubric: str | None = Field(default=None, min_length=1)
    decontaminate: Annotated[list[Source], BeforeValidator(_listed)] = Field(default_factory=list[Source])

    @model_validator(mode="after")
    def _switches_name_checks(self) -> Quality:
        for name, value in (self.__pydantic_extra__ or {}).items():
            checks = known("checks")
            if name not in checks:
                fields = [*type(self).model_fields, *checks]
                raise ValueError(f"{name!r} is neither a threshold nor a check.{near_miss(name, fields)}")
            if not isinstance(value, bool) and value not in get_args(Mode):
                raise ValueError(f"{name!r} switches a check: true, false, 'drop' or 'flag', not {value!r}.")
        return self

    def on(self, check: str) -> bool:
        """Whether a check is switched on; all are by default."""
        return (self.__pydantic_extra__ or {}).get(check, True) is not False

    def mode(self, check: str, default: Mode) -> Mode | None:
        """What becomes of candidates that a check objects to, `None` where it is off.

        Args:
            check: its name.
            default: what it does where the user says nothing, or just `true`.
        """
        said = (self.__pydantic_extra__ or {}).get(check, True)
        return None if said is False else default if said is True else said

    def canonical(self) -> dict[str, Any]:
        """What differs from the defaults: naming a default changes no identity, nor does a field of a later version."""
        said = self.model_dump()
        fields = {name: field.get_default(call_default_factory=True) for name, field in type(self).model_fields.items()}
        switches = {name: value for name, value in (self.__pydantic_extra__ or {}).items() if value is not True}
        return {**{name: said[name] for name, default in fields.items() if said[name] != default}, **switches}
