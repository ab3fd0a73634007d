"""What users call, beside `load_dataset`."""

from hf_synth.api.calls import estimate, partial, preview, provenance, receipt, to_trl
from hf_synth.engine.ledger import Receipt
from hf_synth.executors.estimating import Estimate

__all__ = ["Estimate", "Receipt", "estimate", "partial", "preview", "provenance", "receipt", "to_trl"]
