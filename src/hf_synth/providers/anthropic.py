"""Anthropic's Claude models, and with a `base_url` any server that speaks its Messages API."""

from __future__ import annotations

from hf_synth.protocols import ProviderKind
from hf_synth.providers._kind import NetworkKind
from hf_synth.providers._messages import Messages

PROVIDER: ProviderKind = NetworkKind(
    name="anthropic",
    default_base_url="https://api.anthropic.com",
    base_url_env="ANTHROPIC_BASE_URL",
    api_key_env="ANTHROPIC_API_KEY",
    params={
        "temperature": "number",
        "top_p": "number",
        "top_k": "integer",
        "effort": ("low", "medium", "high", "xhigh", "max"),
    },
    dialects=("json_schema", "prompt"),
    prices="anthropic",
    sdk="anthropic",
    adapter=Messages,
    batches=True,
    endpoint_hint="Check base_url: /v1/messages is added to it.",
)
