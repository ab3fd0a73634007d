"""What a user may want to know of a choice: that a model judges answers of its own family, and who else could."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hf_synth.registry import Resolved, provider_kind
from hf_synth.tiers import facts, tiers
from hf_synth.types import Endpoint

_FAMILIES = re.compile(
    r"(?P<gpt>gpt|\bo[1-9]\b|davinci)|(?P<claude>claude)|(?P<llama>(?<!o)llama)|(?P<qwen>qwen|qwq)"
    r"|(?P<mistral>ministral|mistral|mixtral|magistral|codestral|devstral|pixtral|voxtral)|(?P<gemini>gemini|gemma)"
    r"|(?P<deepseek>deepseek)|(?P<phi>\bphi)|(?P<command>command|\baya\b)|(?P<grok>\bgrok)|(?P<glm>\b(?:chat)?glm)"
    r"|(?P<kimi>kimi|moonlight)|(?P<olmo>olmo|tulu)"
    r"|(?P<smol>smollm)|(?P<granite>granite)|(?P<nemotron>nemotron)",
    re.IGNORECASE,
)


def family(endpoint: Endpoint) -> str:
    """Who made a model, by its name; where the name says nothing, provider and name."""
    found = _FAMILIES.search(endpoint.model)
    return str(found.lastgroup) if found else f"{endpoint.provider}:{endpoint.model}"


def other_critic(resolved: Resolved, env: Mapping[str, str]) -> str | None:
    """A sentence that recommends a critic of another family, where one family does both and a key for another exists.

    Models favour answers of their own family (Zheng et al. 2023, 2306.05685; FastChat measured 87 % of wins). It is
    said and never done: who scores is part of what the dataset is.

    Args:
        resolved: who writes and who scores.
        env: where keys are looked for; none is read.
    """
    generator, critic = (resolved.endpoints.get(role) for role in ("generator", "critic"))
    if generator is None or critic is None or provider_kind(generator.provider).default_base_url is None:
        return None
    own = family(generator)
    if family(critic) != own:
        return None
    for tier in reversed(tiers().values()):
        other = Endpoint(tier.provider, facts(tier.model).successor or tier.model)
        key = provider_kind(tier.provider).api_key_env
        if family(other) != own and key and env.get(key, "").strip():
            return (
                f"The critic is of the generator's own family ({own}), which judges favour. {key} is set: "
                f"models.critic: {other.provider}:{other.model} would be of another."
            )
    return None
