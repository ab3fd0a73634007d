"""The record that stays beside a finished dataset in the cache, so that its receipt survives the journal."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hf_synth.engine.receipt import Receipt
from hf_synth.executors.advice import other_critic
from hf_synth.executors.live import endpoint_label
from hf_synth.executors.local import Local
from hf_synth.executors.measuring import Standing
from hf_synth.executors.prices import list_price, priced_on
from hf_synth.executors.wanted import delivered
from hf_synth.protocols import Schema
from hf_synth.registry import Resolved

NAME = "hf_synth.json"


def receipt_for(local: Local) -> Receipt:
    """The receipt of a config's journal, with advice for its owner. Calls nobody."""
    receipt = _plain_receipt(local)
    receipt.remarks += _advice(local)
    return receipt


def _advice(local: Local) -> list[str]:
    """For its owner alone: it tells what is set on this machine, which is no matter of cards."""
    advice = other_critic(local.resolved, os.environ)
    return [] if advice is None else [advice]


def noted_receipt(record: Mapping[str, Any]) -> Receipt:
    """The receipt in a dataset's record, with advice for its owner."""
    receipt = Receipt.from_dict(record["receipt"])
    receipt.remarks += record.get("advice", ())
    return receipt


def _plain_receipt(local: Local) -> Receipt:
    return plain_receipt(local.resolved, local.standing())


def plain_receipt(resolved: Resolved, standing: Standing) -> Receipt:
    """The receipt of a journal that was read, without advice. The end: nothing is taken into `standing` afterwards."""
    receipt = standing.ledger.done()
    receipt.rows = delivered(standing.rows, resolved.targets)
    calls, in_batches = (sum(getattr(line, kind) for line in receipt.calls) for kind in ("calls", "batch_calls"))
    receipt.priced_on = priced_on(resolved.endpoints.values(), live=calls > in_batches, batch=in_batches > 0)
    receipt.list_price = list_price(resolved.config, receipt.rows)
    return receipt


def record_of(local: Local) -> dict[str, Any]:
    """What is known of a finished dataset, in plain values."""
    resolved = local.resolved
    return {
        "config": resolved.config.model_dump(mode="json", exclude_unset=True),
        "journal": resolved.identities.journal,
        "dataset": resolved.identities.dataset,
        "prompts": {"version": resolved.schema.version, "sha256": _prompts_digest(resolved.schema)},
        "models": {role: endpoint_label(at) for role, at in resolved.endpoints.items()},
        "version": version("hf-synth"),
        "receipt": _plain_receipt(local).to_dict(),
        "advice": _advice(local),
    }


def _prompts_digest(made: Schema) -> str:
    """SHA-256 of the files that hold a schema's prompts: its own, and of ours those that the schemas share."""
    module = type(made).__module__
    own = Path(str(sys.modules[module].__file__))
    shared = sorted(own.parent.glob("_[!_]*.py")) if module.startswith("hf_synth.") else []
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in [own, *shared])).hexdigest()


def write_record(local: Local, folder: str | Path) -> None:
    """Put the record into a dataset's folder."""
    _write(folder, record_of(local))


def _write(folder: str | Path, record: dict[str, Any]) -> None:
    (Path(folder) / NAME).write_text(json.dumps(record, ensure_ascii=False, indent=1), "utf-8")


def note_licence(local: Local, folder: str | Path) -> dict[str, Any] | None:
    """Put the licence that the config names now, which is part of no identity, into a dataset's record; the record."""
    record = read_record(folder)
    if record is not None and record["config"].get("license") != local.resolved.config.license:
        record["config"]["license"] = local.resolved.config.license
        record["pushed"] = []
        _write(folder, record)
    return record


def note_pushed(folder: str | Path, repo_id: str) -> None:
    """Note in a dataset's record that it was pushed."""
    record = read_record(folder) or {}
    record["pushed"] = sorted({*record.get("pushed", ()), repo_id})
    _write(folder, record)


def read_record(folder: str | Path) -> dict[str, Any] | None:
    """The record in a dataset's folder, `None` if it holds none."""
    try:
        return json.loads((Path(folder) / NAME).read_text("utf-8"))
    except FileNotFoundError:
        return None
