"""The record that stays beside a finished dataset in the cache, so that its receipt survives the journal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hf_synth.config import GenerationConfig
from hf_synth.engine.ledger import Receipt, receipt_of
from hf_synth.executors.hold import delivered
from hf_synth.executors.live import endpoint_label
from hf_synth.executors.local import Local
from hf_synth.executors.prices import priced_on
from hf_synth.tiers import tiers

NAME = "hf_synth.json"


def receipt_for(local: Local) -> Receipt:
    """The receipt of a config's journal. Calls nobody."""
    resolved = local.resolved
    receipt = receipt_of((record for _, record in local.journal().scan()), resolved.selection)
    rows = local.recorded()[1]
    receipt.rows = delivered(rows, resolved.targets)
    receipt.priced_on = priced_on(resolved.endpoints.values())
    receipt.list_price = list_price(resolved.config, receipt.rows)
    return receipt


def list_price(config: GenerationConfig, rows: int) -> float | None:
    """The tier's advertised price of so many rows, US dollars; `None` without a tier."""
    return tiers()[config.tier].list_price * rows / 1000 if config.tier else None


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
