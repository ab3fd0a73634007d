"""What the tests of this room share: a dataset with all that is known of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from generating import load_dataset, local
from hf_synth.executors.sidecar import read_record
from hf_synth.publishing.told import Told


def told(cache: Path, schema: str = "instruction_v1", *, changed: bool = False, **fields: Any) -> Told:
    """A dataset of the offline provider, unless `fields` name another."""
    config = {"schema": schema, "domain": "gardens", "count": 20, "models": {"generator": "offline"}, **fields}
    parts = load_dataset("hf_synth", config, cache_dir=str(cache))
    record = read_record(Path(next(iter(parts.values())).cache_files[0]["filename"]).parent)
    assert record is not None
    return Told(parts, record, local(config, cache), changed)
