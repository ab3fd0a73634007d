"""What users call, beside `load_dataset`."""

from hf_synth.api.batches import cancel
from hf_synth.api.calls import estimate, partial, preview, receipt, to_trl
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
    "estimate",
    "partial",
    "preview",
    "provenance",
    "receipt",
    "report",
    "to_trl",
]
