"""What a config means: its schema, its endpoints with the environment looked at, its two identities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hf_synth.config import GenerationConfig, Identities, ModelConfig, digest
from hf_synth.config.explain import masked
from hf_synth.config.names import near_miss, plain_url
from hf_synth.config.splits import row_targets, weights
from hf_synth.errors import ConfigError
from hf_synth.protocols import ProviderKind, Schema
from hf_synth.registry.find import provider_kind, schema
from hf_synth.sources import content_digest
from hf_synth.types import Endpoint, Price, Role

_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "number": (int, float),
    "integer": (int,),
    "string": (str,),
    "boolean": (bool,),
}


@dataclass(frozen=True, slots=True)
class Resolved:
    """A config ready to run.

    Attributes:
        endpoints: whom each role asks; `critic` only where the schema has one.
        identities: of the answers and of the rows.
        identity: the plain values the journal identity was made of, for people.
        selection: digest of what decides which answers become rows, and in which split.
        targets: rows each split gets.
    """

    config: GenerationConfig
    schema: Schema
    endpoints: Mapping[Role, Endpoint]
    identities: Identities
    identity: Mapping[str, Any]
    selection: str
    targets: Mapping[str, int]


def _check_params(place: str, kind: ProviderKind, params: Mapping[str, Any]) -> None:
    for name, value in params.items():
        allowed = kind.params.get(name)
        if allowed is None:
            known = list(kind.params)
            told = near_miss(name, known) if known else " It takes none."
            raise ConfigError(f"Config: {place}.params: {kind.name!r} does not take {name!r}.{told}")
        if isinstance(allowed, str):
            fits = isinstance(value, _JSON_TYPES[allowed]) and (allowed == "boolean" or not isinstance(value, bool))
            if not fits:
                raise ConfigError(
                    f"Config: {place}.params.{name} must be of type {allowed}, not {masked(repr(value))}."
                )
        elif value not in allowed:
            raise ConfigError(
                f"Config: {place}.params.{name} is {masked(repr(value))}; it can be {', '.join(allowed)}."
            )


def endpoint(place: str, model: ModelConfig, env: Mapping[str, str], *, batch: bool = False) -> Endpoint:
    """A model with its effective address. `batch`: whether it is to be asked in batches.

    Raises:
        ConfigError: a parameter the provider does not take, a model, base URL or batch API it does not have.
    """
    kind = provider_kind(model.provider)
    _check_params(place, kind, model.params)
    if kind.models and model.model not in kind.models:
        raise ConfigError(
            f"Config: {place}: {kind.name!r} has no model {model.model!r}.{near_miss(model.model, kind.models)}"
        )
    if kind.default_base_url is None and (model.base_url or model.api_key_env):
        raise ConfigError(f"Config: {place}: {kind.name!r} calls no server; drop base_url and api_key_env.")
    from_env = url_from_env(kind, env)
    price = model.price
    if batch and not getattr(kind, "batches", False):  # a third party's kind may be older than batch mode
        raise ConfigError(f"Config: run.mode is batch, but {place}'s provider {kind.name!r} has no batch API.")
    return Endpoint(
        provider=model.provider,
        model=model.model,
        base_url=model.base_url or from_env or kind.default_base_url,
        api_key_env=model.api_key_env,
        params={n: float(v) if kind.params[n] == "number" else v for n, v in sorted(model.params.items())},
        price=Price(price.input, price.output, price.cached_input, dated="given by the user") if price else None,
        configured=model.base_url is not None,
    )


def url_from_env(kind: ProviderKind, env: Mapping[str, str]) -> str | None:
    """The address that the environment names for a provider.

    Raises:
        ConfigError: it is none.
    """
    url = env.get(kind.base_url_env, "").strip() if kind.base_url_env else ""
    try:
        return plain_url(url) if url else None
    except ValueError as error:
        raise ConfigError(f"The environment variable {kind.base_url_env}: {error}") from None


def _refuse_unbuilt(config: GenerationConfig) -> None:
    """Say plainly what this version cannot do, rather than do something else."""
    run = config.run
    for place, asked in (
        ("run.executor: ray", run.executor == "ray"),
        ("run.replicas", bool(run.replicas)),
    ):
        if asked:
            raise ConfigError(f"Config: {place} is not supported by this version of hf-synth. Leave it out.")


def _journal_parts(
    config: GenerationConfig, made: Schema, endpoints: Mapping[Role, Endpoint], grounds: str | None
) -> dict[str, Any]:
    parts = {
        "schema": config.schema,
        "prompts": made.version,
        "domain": config.domain,
        "models": {
            role: {"provider": at.provider, "model": at.model, "base_url": at.base_url, "params": dict(at.params)}
            for role, at in endpoints.items()
        },
        "constraints": config.constraints.model_dump(),
        "guidance": config.guidance,
        "outline": config.outline.canonical() if config.outline else None,
        "examples": config.examples,
        "seed": config.seed,
    }
    return parts if grounds is None else {**parts, "source": grounds}


def resolve(config: GenerationConfig, env: Mapping[str, str]) -> Resolved:
    """What a config means here. Calls no model and reads no key; the texts that the config names are read.

    Args:
        config: a checked config.
        env: the environment; it may point a provider's SDK at another base URL.

    Raises:
        ConfigError: the parts named do not fit together.
    """
    _refuse_unbuilt(config)
    made = schema(config.schema)
    if config.models.critic and "critic" not in made.roles:
        raise ConfigError(
            f"Config: models.critic is set, but {config.schema} has no critic: drop it. preference_v1 has one."
        )
    if config.quality.rubric and "critic" not in made.roles:
        raise ConfigError(
            f"Config: quality.rubric is set, but {config.schema} has no critic: drop it. preference_v1 has one."
        )
    batch = config.run.mode == "batch"
    endpoints: dict[Role, Endpoint] = {"generator": endpoint("models.generator", config.generator, env, batch=batch)}
    if "critic" in made.roles:
        endpoints["critic"] = endpoint("models.critic", config.critic, env, batch=batch)
    grounds, kept_out = content_digest(config)
    parts = _journal_parts(config, made, endpoints, grounds)
    quality = config.quality.canonical()
    if kept_out is not None:
        quality["decontaminate"] = kept_out
    selection = {"quality": quality, "splits": list(weights(config.splits).items())}
    targets = row_targets(config.splits, config.count)
    journal = digest(parts)
    rows = {"journal": journal, "selection": selection, "rows": targets, "view": config.view}
    return Resolved(config, made, endpoints, Identities(journal, digest(rows)), parts, digest(selection)[:16], targets)
