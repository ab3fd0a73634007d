"""`GenerationConfig`: what is generated, and under `run` how. The same in Python, YAML, JSON, CLI and REST."""

from __future__ import annotations

import re
import warnings
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    field_validator,
    model_validator,
)

from hf_synth.config.explain import explain
from hf_synth.config.identity import unpaired
from hf_synth.config.names import check_language, known, near_miss, plain_url
from hf_synth.config.outline import Name, OutlineConfig
from hf_synth.config.quality import Quality
from hf_synth.config.source import Source
from hf_synth.config.splits import check_splits
from hf_synth.errors import ConfigError
from hf_synth.tiers import tiers, tiers_offering

_FROZEN = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
Scalar = str | int | float | bool


class PriceConfig(BaseModel):
    """US dollars per million tokens, for models whose price is not known. Part of no identity."""

    model_config = _FROZEN
    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached_input: float | None = Field(default=None, ge=0)


class ModelConfig(BaseModel):
    """One model: `{provider, model, base_url?, api_key_env?, params?, price?}` or short `provider:model`."""

    model_config = _FROZEN
    provider: Name
    model: Name = "template"
    base_url: str | None = None
    api_key_env: str | None = None
    params: dict[str, Scalar] = Field(default_factory=dict)
    price: PriceConfig | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_short(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        provider, colon, model = value.partition(":")
        return {"provider": provider, "model": model} if colon else {"provider": provider}

    @field_validator("provider")
    @classmethod
    def _known_provider(cls, provider: str) -> str:
        names = known("providers")
        if provider not in names:
            raise ValueError(f"{provider!r} is no provider.{near_miss(provider, names)}")
        return provider

    @field_validator("base_url")
    @classmethod
    def _plain_url(cls, url: str | None) -> str | None:
        return None if url is None else plain_url(url)

    @field_validator("api_key_env")
    @classmethod
    def _variable(cls, name: str | None) -> str | None:
        if name is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise ValueError("it must be the name of an environment variable, never the key itself.")
        return name

    @model_validator(mode="after")
    def _names_a_model(self) -> Self:
        if "model" not in self.model_fields_set and self.provider != "offline":
            raise ValueError(f"it names no model. Write '{self.provider}:MODEL', or give provider and model.")
        return self


class Models(BaseModel):
    model_config = _FROZEN
    generator: ModelConfig | None = None
    critic: ModelConfig | None = None


class Constraints(BaseModel):
    """What every row keeps to. `max_tokens` bounds one response; `difficulty` unset is an even mix."""

    model_config = _FROZEN
    language: Annotated[str, AfterValidator(check_language)] = "en"
    tone: Name | None = None
    difficulty: Name | None = None
    max_tokens: int = Field(default=1024, ge=50, le=4000)


class Run(BaseModel):
    """How it is done: part of no identity. Money in US dollars, times in seconds.

    `finish_live` is the most requests of a wave that batch mode makes live, at the full price, instead of waiting for
    another batch: those of the last few rows.
    """

    model_config = _FROZEN
    max_cost: float | None = Field(default=None, gt=0)
    concurrency: int = Field(default=128, ge=1, le=4096)
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    mode: Literal["live", "batch"] = "live"
    poll_seconds: float = Field(default=30.0, gt=0)
    finish_live: int = Field(default=0, ge=0)
    executor: Literal["local", "ray"] = "local"
    timeout: float = Field(default=120.0, gt=0)
    max_candidates: int | None = Field(default=None, ge=1)
    replicas: list[str] = Field(default_factory=list)
    push_to: str | None = None


with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message='Field name "schema"')  # a deprecated method of pydantic's

    class GenerationConfig(BaseModel):
        """What to generate. See the README for every field; unknown fields are refused.

        Raises:
            ConfigError: a field is unknown, missing or wrong; the message says which, and what to write instead.
        """

        model_config = _FROZEN
        # `Field()`, or pydantic 2.11 takes the inherited method for a default.
        schema: Name = Field()  # pyright: ignore[reportIncompatibleMethodOverride, reportIncompatibleUnannotatedOverride]
        domain: Name
        count: int = Field(default=100, ge=1)
        tier: str | None = None
        models: Models = Models()
        constraints: Constraints = Constraints()
        guidance: str = ""
        outline: OutlineConfig | None = None
        examples: list[dict[str, JsonValue]] = Field(default_factory=list[dict[str, JsonValue]])
        source: Source | None = None
        splits: dict[str, int | float] = Field(default_factory=lambda: {"train": 1.0})
        seed: int = 0
        quality: Quality = Quality()
        view: Literal["native", "trl"] = "native"
        license: str | None = None
        run: Run = Run()

        def __init__(self, /, **data: Any) -> None:
            try:
                super().__init__(**data)
            except ValidationError as error:
                raise ConfigError(explain(error, type(self))) from None

        @field_validator("schema")
        @classmethod
        def _known_schema(cls, schema: str) -> str:
            names = known("schemas")
            if schema not in names:
                raise ValueError(f"{schema!r} is no schema.{near_miss(schema, names)}")
            return schema

        @field_validator("tier")
        @classmethod
        def _known_tier(cls, tier: str | None) -> str | None:
            if tier is not None and tier not in tiers():
                raise ValueError(f"{tier!r} is no tier.{near_miss(tier, list(tiers()))}")
            return tier

        @model_validator(mode="after")
        def _fits_together(self) -> Self:
            if (place := unpaired(self.model_dump(exclude_unset=True))) is not None:
                raise ValueError(f"{place or 'a name'}: it is not text: half of a surrogate pair stands in it.")
            check_splits(self.splits, self.count)
            if self.run.max_candidates is not None and self.run.max_candidates < self.count:
                raise ValueError(f"run.max_candidates is {self.run.max_candidates}, less than count ({self.count}).")
            if self.tier and self.models.generator:
                raise ValueError("tier and models.generator both name the generator: keep one.")
            if not self.tier and not self.models.generator:
                raise ValueError(
                    f"nothing says who writes. Set tier ({', '.join(tiers())}) or models.generator "
                    "('openai:gpt-4o', say), or try it without a key: models.generator = 'offline'."
                )
            if self.source and self.outline and self.outline.topics:
                raise ValueError("source and outline.topics both say what rows are about: keep one.")
            if self.tier and self.schema not in tiers()[self.tier].schemas:
                offering = tiers_offering(self.schema)
                instead = f"Tiers that do: {', '.join(offering)}." if offering else "Set models.generator instead."
                raise ValueError(f"tier {self.tier!r} does not offer {self.schema}. {instead}")
            return self

        @property
        def generator(self) -> ModelConfig:
            """Who writes, the tier looked up."""
            if self.models.generator:
                return self.models.generator
            tier = tiers()[str(self.tier)]
            return ModelConfig(provider=tier.provider, model=tier.model)

        @property
        def critic(self) -> ModelConfig:
            """Who scores: by default the generator's model."""
            return self.models.critic or self.generator

        @property
        def max_candidates(self) -> int:
            """Most candidates that may be judged before the run gives up."""
            return self.run.max_candidates or max(2 * self.count, self.count + 50)
