"""Names to parts: plug-ins found by folder, then by entry point, and a config resolved to what it means."""

from hf_synth.registry.find import checks, provider_kind, schema
from hf_synth.registry.resolve import Resolved, resolve, url_from_env

__all__ = ["Resolved", "checks", "provider_kind", "resolve", "schema", "url_from_env"]
