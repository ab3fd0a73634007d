"""What a card tells, for programs: `hf_synth.json` of a repo, and the marks inside Parquet files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hf_synth.hub.recipes import published
from hf_synth.publishing.columns import columns
from hf_synth.publishing.fields import fields
from hf_synth.publishing.told import Told, elsewhere

FILE = "hf_synth.json"
FORMAT = 1
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's word for what a model made, which other tools look for."""


def marks(told: Told) -> dict[str, str]:
    """Key and value for the metadata of a Parquet file: its rows were generated, by what, under which identity."""
    resolved = told.wanted.resolved
    told_of = {
        "ai_generated": True,
        "digital_source_type": SOURCE_TYPE,
        "schema": resolved.schema.name,
        "models": sorted({line.model for line in told.receipt.calls}),
        "dataset": resolved.identities.dataset,
        "rows_changed": told.changed,
    }
    return {"ai_generated": "true", "hf_synth": json.dumps(told_of, ensure_ascii=False)}


def facts(told: Told, files: Mapping[str, str | None]) -> dict[str, Any]:
    """All of it about one config, as plain values.

    Args:
        told: the dataset.
        files: path of each data file in the repo to its SHA-256, `None` where the Hub does not tell it.
    """
    resolved = told.wanted.resolved
    receipt = {name: value for name, value in told.receipt.to_dict().items() if not name.startswith("batches")}
    recipe, left_out = published(told.config)
    return {
        "ai_generated": True,
        "digital_source_type": SOURCE_TYPE,
        "schema": resolved.schema.name,
        "domain": told.config.domain,
        "tier": told.config.tier,
        "constraints": told.config.constraints.model_dump(mode="json"),
        "rows": told.splits,
        "rows_changed": told.changed,
        "columns": [
            {"name": name, "type": kind, "meaning": meaning}
            for name, kind, meaning in columns(resolved.schema, told.view, told.features)
        ],
        "recipe": recipe,
        "left_out": left_out,
        "dataset": resolved.identities.dataset,
        "journal": resolved.identities.journal,
        "hf_synth": told.record.get("version"),
        "prompts": told.record.get("prompts"),
        "models": {
            role: {"provider": at.provider, "model": at.model, "params": dict(at.params), "elsewhere": elsewhere(at)}
            for role, at in resolved.endpoints.items()
        },
        "receipt": receipt,
        "report": {name: value for name, value in told.report.to_dict().items() if name not in _SAID},
        "files": dict(files),
        "card": fields(told),
    }


_SAID = ("schema", "domain", "rows", "changed")


def configs_in(held: bytes | None) -> dict[str, Any]:
    """What `FILE` says of the configs of a repo; nothing where there is none, or where it is not ours, or damaged."""
    try:
        configs = json.loads(held or b"{}")["configs"]
        return {str(name): dict(one) for name, one in configs.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
