from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hf_synth.config import GenerationConfig
from hf_synth.engine.ledger import Receipt
from hf_synth.executors.local import Local
from hf_synth.executors.sidecar import list_price, read_record, receipt_for, write_record
from hf_synth.registry import resolve


def made(cache: Path, rows: int | None = None, **fields: Any) -> Local:
    given = {"schema": "instruction_v1", "domain": "gardens", "count": 6, "models": {"generator": "offline"}, **fields}
    here = Local(resolve(GenerationConfig(**given), {}), cache)
    here.fill({"train": here.resolved.config.count if rows is None else rows})
    return here


def test_a_record_is_what_was_written(tmp_path):
    here = made(tmp_path, license="cc0-1.0", run={"concurrency": 3})
    write_record(here, tmp_path)
    record = read_record(tmp_path)
    assert record is not None
    assert record["dataset"] == here.resolved.identities.dataset
    assert record["journal"] == here.resolved.identities.journal
    assert record["models"] == {"generator": "offline:template"}
    assert GenerationConfig(**record["config"]) == here.resolved.config
    assert Receipt.from_dict(record["receipt"]).rows == 6


def test_a_folder_without_a_record_holds_none(tmp_path):
    assert read_record(tmp_path) is None
    assert read_record(tmp_path / "absent") is None


def test_a_receipt_counts_the_rows_of_the_config_not_those_on_record(tmp_path):
    made(tmp_path)
    smaller = receipt_for(made(tmp_path, rows=0, count=4))
    assert (smaller.rows, smaller.accepted) == (4, 6)


def test_a_receipt_of_nothing_is_all_zeros(tmp_path):
    nothing = receipt_for(made(tmp_path, rows=0))
    assert (nothing.rows, nothing.judged, nothing.calls, nothing.usd, nothing.runs) == (0, 0, [], 0.0, 0)
    assert not (tmp_path / ".hf_synth").exists()


def test_a_receipt_survives_json(tmp_path):
    told = receipt_for(made(tmp_path))
    assert Receipt.from_dict(json.loads(json.dumps(told.to_dict()))) == told


@pytest.mark.parametrize(("tier", "price"), [("economy", 0.125), ("premium", 6.25)])
def test_the_list_price_is_that_of_the_rows(tier, price):
    assert list_price(GenerationConfig(schema="eval_v1", domain="x", tier=tier), 250) == price


def test_a_key_is_in_no_record(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-proj-A1b2C3d4E5f6G7h8I9j0")
    generator = {"provider": "openai", "model": "m", "base_url": "https://host/v1", "api_key_env": "MY_KEY"}
    here = made(tmp_path, rows=0, models={"generator": generator})
    write_record(here, tmp_path)
    written = (tmp_path / "hf_synth.json").read_text("utf-8")
    assert "A1b2" not in written
    assert '"generator": "openai:m at https://host/v1"' in written
