"""OpenAI, and with a `base_url` any server that speaks its chat completions (vLLM, llama.cpp, Ollama, TGI, …)."""

from __future__ import annotations

from hf_synth.protocols import ProviderKind
from hf_synth.providers._chat import DIALECTS, PARAMS, Chat
from hf_synth.providers._kind import NetworkKind

PROVIDER: ProviderKind = NetworkKind(
    name="openai",
    default_base_url="https://api.openai.com/v1",
    base_url_env="OPENAI_BASE_URL",
    api_key_env="OPENAI_API_KEY",
    params=PARAMS,
    dialects=DIALECTS,
    prices="openai",
    sdk="openai",
    adapter=Chat,
    batches=True,
)
