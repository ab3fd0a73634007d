"""From the body of a request to a job in the queue."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import date
from typing import Any

from fastapi import Request

from hf_synth.config import GenerationConfig
from hf_synth.errors import AuthenticationFailed, ConfigError, ProviderError
from hf_synth.executors.estimating import estimate_of
from hf_synth.executors.local import Local
from hf_synth.executors.measuring import Standing
from hf_synth.providers._keys import find_key
from hf_synth.providers._template.grammar import grammar_for
from hf_synth.registry import Resolved, provider_kind, resolve
from hf_synth.server.answers import Refused
from hf_synth.server.body import check_kind, read_body, values_of
from hf_synth.server.jobs import Job
from hf_synth.server.keys import Key
from hf_synth.server.policy import refuse_large, refuse_strange
from hf_synth.server.pricing import priced, refuse_unpriced
from hf_synth.server.refusals import NoKey
from hf_synth.server.services import Services
from hf_synth.server.settings import Settings
from hf_synth.server.submitting import Submission, already, submit
from hf_synth.tiers import refuse_retired

_SMALL = 32 << 20  # bytes of a journal that is looked at while somebody waits


async def read_config(request: Request, settings: Settings) -> bytes:
    """The body of a request that sends a config.

    Raises:
        Refused: it is no JSON by its headers (415), too large (413), or takes too long (408).
    """
    check_kind(request.headers)
    return await read_body(request, settings.most_bytes, settings.body_seconds)


def admit(services: Services, key: Key, body: bytes, idempotency_key: str | None) -> tuple[Job, bool]:
    """Check what was sent, estimate what it takes, and put it into the queue; whether it is a new job.

    Raises:
        Refused: the body is no JSON object.
        HfSynthError: what the library or the operator has against it.
    """
    values = values_of(body)
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
    if idempotency_key is not None:
        known = already(services.database, key, digest, idempotency_key)
        if known is not None:
            return known, False
    refuse_large(values, services.settings)
    config = GenerationConfig(**values)
    refuse_strange(config, services.settings)
    config = priced(config, services.settings.prices)
    resolved = resolve(config, os.environ)
    local = Local(resolved, services.settings.root_of(key.id))
    small = _size(local) <= _SMALL
    standing = local.standing() if small else Standing(resolved)
    estimate = _finite(estimate_of(resolved, standing).to_dict())
    refuse_unpriced(key, config, estimate)
    if small and estimate["worst"]["calls"]:
        _refuse_unable(resolved, services.settings)
    wanted = Submission(
        config=values,
        targets=dict(resolved.targets),
        estimate=estimate,
        body_digest=digest,
        journal=resolved.identities.journal,
        idempotency_key=idempotency_key,
    )
    return submit(services.database, key, wanted, most_queued=services.settings.queue)


def _refuse_unable(resolved: Resolved, settings: Settings) -> None:
    """Say now what a run would say before its first call.

    Raises:
        NoKey: this server has no key that may go there. One that runs no jobs leaves that to those that do.
        ConfigError: the provider has switched the model off, or the templates have no such language.
    """
    for endpoint in resolved.endpoints.values():
        try:
            refuse_retired(endpoint.model, date.today())
            if endpoint.provider == "offline":
                grammar_for(resolved.config.constraints.language)
            if settings.jobs:
                find_key(provider_kind(endpoint.provider), endpoint, os.environ)
        except AuthenticationFailed:
            named = f"in {endpoint.api_key_env}" if endpoint.api_key_env else f"for provider {endpoint.provider}"
            raise NoKey(f"This server has no key {named}.") from None
        except ProviderError as error:
            raise ConfigError(error.message, hint=error.hint) from None
        except ConfigError:
            if endpoint.configured:
                raise
            raise NoKey(f"This server has no key that it may send to provider {endpoint.provider}.") from None


def _size(local: Local) -> int:
    return sum(segment.stat().st_size for segment in local.journal().segments())


def _finite(estimate: dict[str, Any]) -> dict[str, Any]:
    try:
        json.dumps(estimate, allow_nan=False)
    except ValueError:
        raise Refused(422, "What this would cost is more than can be told.", hint="Set smaller prices.") from None
    return estimate
