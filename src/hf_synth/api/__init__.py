"""What users call, beside `load_dataset`."""

from hf_synth.api.batches import cancel
from hf_synth.api.calls import estimate, partial, preview, provenance, receipt, to_trl
from hf_synth.engine.receipt import Receipt
from hf_synth.executors.estimate import Estimate

__all__ = ["Estimate", "Receipt", "cancel", "estimate", "partial", "preview", "provenance", "receipt", "to_trl"]
