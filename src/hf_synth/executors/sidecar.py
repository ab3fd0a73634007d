"""The record that stays beside a finished dataset in the cache, so that its receipt survives the journal."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from hf_synth.engine.receipt import Receipt
from hf_synth.executors.advice import other_critic
from hf_synth.executors.live import endpoint_label
from hf_synth.executors.local import Local
from hf_synth.executors.prices import list_price, priced_on
from hf_synth.executors.wanted import delivered

NAME = "hf_synth.json"


def receipt_for(local: Local) -> Receipt:
    """The receipt of a config's journal. Calls nobody."""
    resolved, standing = local.resolved, local.standing()
    receipt = standing.ledger.done()
    receipt.rows = delivered(standing.rows, resolved.targets)
    calls, in_batches = (sum(getattr(line, kind) for line in receipt.calls) for kind in ("calls", "batch_calls"))
    receipt.priced_on = priced_on(resolved.endpoints.values(), live=calls > in_batches, batch=in_batches > 0)
    receipt.list_price = list_price(resolved.config, receipt.rows)
    if (advice := other_critic(resolved, os.environ)) is not None:
        receipt.remarks.append(advice)
    return receipt


def record_of(local: Local) -> dict[str, Any]:
    """What is known of a finished dataset, in plain values."""
    resolved = local.resolved
    return {
        "config": resolved.config.model_dump(mode="json", exclude_unset=True),
        "journal": resolved.identities.journal,
        "dataset": resolved.identities.dataset,
        "models": {role: endpoint_label(at) for role, at in resolved.endpoints.items()},
        "receipt": receipt_for(local).to_dict(),
    }


def write_record(local: Local, folder: str | Path) -> None:
    """Put the record into a dataset's folder."""
    (Path(folder) / NAME).write_text(json.dumps(record_of(local), ensure_ascii=False, indent=1), "utf-8")


def read_record(folder: str | Path) -> dict[str, Any] | None:
    """The record in a dataset's folder, `None` if it holds none."""
    try:
        return json.loads((Path(folder) / NAME).read_text("utf-8"))
    except FileNotFoundError:
        return None
