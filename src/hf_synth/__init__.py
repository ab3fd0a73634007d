"""Synthetic datasets as Hugging Face `datasets`: typed, verified, cached, and never paid for twice.

    from datasets import load_dataset
    ds = load_dataset("hf_synth", "instruction_v1", domain="customer_support", count=100, tier="economy", split="train")

Importing this package takes milliseconds: it imports neither `datasets` nor an SDK. The names below are looked up
when they are first used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import _hf_synth_autoload

if TYPE_CHECKING:
    from hf_synth.api import (
        Estimate,
        Receipt,
        Report,
        cancel,
        card,
        estimate,
        extend,
        partial,
        preview,
        provenance,
        push_to_hub,
        receipt,
        report,
        to_trl,
    )
    from hf_synth.config import GenerationConfig

__all__ = [
    "Estimate",
    "GenerationConfig",
    "Receipt",
    "Report",
    "cancel",
    "card",
    "estimate",
    "extend",
    "partial",
    "preview",
    "provenance",
    "push_to_hub",
    "receipt",
    "report",
    "to_trl",
]

_ROOMS = {"GenerationConfig": "hf_synth.config"}

_hf_synth_autoload.install()


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_ROOMS.get(name, "hf_synth.api")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
