from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hf_synth.config import GenerationConfig
from hf_synth.engine.receipt import Receipt
from hf_synth.executors.local import Local
from hf_synth.executors.sidecar import read_record, receipt_for, write_record
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


def test_a_receipt_names_the_prices_of_the_modes_that_were_used(tmp_path):
    generator = {"provider": "openai", "model": "m", "base_url": "http://127.0.0.1:1/v1"}
    generator["price"] = {"input": 1.0, "output": 2.0}  # type: ignore[assignment]
    here = made(tmp_path, rows=0, models={"generator": generator})
    journal = here.journal()
    assert journal.acquire({})
    answer = {"type": "answer", "role": "generator", "text": "", "stop": "stop", "model": "m", "usd": 0.1, "at": 5.0}
    answer["usage"] = [10, 5, 0, 0, 0, 0]
    try:
        assert receipt_for(here).priced_on == ""
        journal.append({**answer, "name": "0.0.0:-1:generator:0.0:a", "batch": "mark", "aside": 0.2})
        assert receipt_for(here).priced_on == "given by the user, halved for batches"
        journal.append({**answer, "name": "0.0.0:0:generator:0.0:b"})
        assert receipt_for(here).priced_on == "given by the user; given by the user, halved for batches"
    finally:
        journal.close()


def test_a_receipt_written_by_an_older_version_is_read(tmp_path):
    here = made(tmp_path)
    write_record(here, tmp_path)
    record = read_record(tmp_path)
    assert record is not None
    noted = record["receipt"]
    for new in ("batches", "batches_ended", "remarks"):
        del noted[new]
    for line in noted["calls"]:
        for new in ("batch_calls", "cache_write_tokens", "first_at", "last_at"):
            del line[new]
    again = Receipt.from_dict(noted)
    assert (again.rows, again.batches, again.remarks, again.calls[0].batch_calls) == (6, [], [], 0)
    assert "generator" in str(again)


def test_a_key_is_in_no_record(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-proj-A1b2C3d4E5f6G7h8I9j0")
    generator = {"provider": "openai", "model": "m", "base_url": "https://host/v1", "api_key_env": "MY_KEY"}
    here = made(tmp_path, rows=0, models={"generator": generator})
    write_record(here, tmp_path)
    written = (tmp_path / "hf_synth.json").read_text("utf-8")
    assert "A1b2" not in written
    assert '"generator": "openai:m at https://host/v1"' in written
