"""Models behind the Hugging Face router (`org/name[:provider]`), which speaks OpenAI's chat completions."""

from __future__ import annotations

from hf_synth.protocols import ProviderKind
from hf_synth.providers._chat import DIALECTS, PARAMS, Chat
from hf_synth.providers._kind import NetworkKind

PROVIDER: ProviderKind = NetworkKind(
    name="hf",
    default_base_url="https://router.huggingface.co/v1",
    base_url_env=None,
    api_key_env="HF_TOKEN",
    params=PARAMS,
    dialects=DIALECTS,
    prices=None,
    sdk="openai",
    adapter=Chat,
    batches=False,
)
