"""What users call, beside `load_dataset`."""

from hf_synth.api.batches import cancel
from hf_synth.api.calls import estimate, partial, preview, receipt, to_trl
from hf_synth.api.cards import card, push_to_hub
from hf_synth.api.extending import extend
from hf_synth.api.origins import provenance
from hf_synth.api.quality import report
from hf_synth.engine.receipt import Receipt
from hf_synth.executors.estimate import Estimate
from hf_synth.reports import Report

__all__ = [
    "Estimate",
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
