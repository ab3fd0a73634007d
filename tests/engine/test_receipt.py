"""A receipt in words and as plain values."""

from __future__ import annotations

import json
from typing import Any

from hf_synth.engine.receipt import Line, OpenBatch, Receipt

GENERATOR = (
    "generator gpt-4o-2024-08-06: 121 calls (100 in batches), 30000 input tokens (1200 cached), "
    "41000 output tokens (500 reasoning), $0.2500"
)
CRITIC = (
    "critic    claude-sonnet-4-6: 10 calls (2 with estimated tokens), 5000 input tokens (300 written to the cache), "
    "900 output tokens, unknown (no price for a model)"
)


def receipt() -> Receipt:
    return Receipt(
        rows=90,
        accepted=95,
        judged=100,
        dropped={"language": 1, "duplicate": 4},
        calls=[
            Line("generator", "gpt-4o-2024-08-06", 121, 100, 30_000, 1200, 0, 41_000, 500, 0, 0.25, 1.0, 2.0),
            Line("critic", "claude-sonnet-4-6", 10, 0, 5000, 0, 300, 900, 0, 2, None, 1.0, 2.0),
        ],
        usd=None,
        unsettled_usd=0.01,
        seconds=12.34,
        runs=2,
        retries=3,
        batches=[OpenBatch("a1b2", "batch_7", "openai", "gpt-4o", 50, 1_795_000_000.0, 0.5)],
        batches_ended=2,
        remarks=["generator: answered by x, then y."],
    )


def test_everything_is_told_in_words():
    assert str(receipt()).split("\n") == [
        "rows      90 (accepted 95 of 100 candidates)",
        "dropped   duplicate 4, language 1",
        "cost      unknown (no price for a model)",
        GENERATOR,
        CRITIC,
        "time      12.3 s in 2 run(s), 3 retries",
        "batches   1 open, 2 ended",
        "batch     batch_7 (mark a1b2): 50 requests to openai:gpt-4o since 2026-11-18 11:06 UTC, $0.5000 set aside",
        "unsettled $0.0100 for calls that were cut off and perhaps charged",
        "generator: answered by x, then y.",
    ]


def test_a_batch_without_an_id_or_a_price_says_so():
    told = str(OpenBatch("a1b2", None, "openai", "gpt-4o", 50, 0.0, None))
    assert told.startswith("batch     without an id yet (mark a1b2): 50 requests")
    assert "set aside" not in told


def test_what_was_not_there_is_not_told():
    told = str(Receipt(usd=0.5, priced_on="given by the user", list_price=1.0))
    assert "cost      $0.5000 (prices: given by the user); tier list price $1.0000" in told
    assert "batch" not in told
    assert "unsettled" not in told


def test_it_survives_json():
    assert Receipt.from_dict(json.loads(json.dumps(receipt().to_dict()))) == receipt()


def test_what_another_version_wrote_beside_it_does_no_harm():
    written: dict[str, Any] = receipt().to_dict() | {"a_later_field": 1}
    written["calls"][0]["a_later_field"] = 2
    assert Receipt.from_dict(written) == receipt()


def test_what_an_older_version_did_not_write_has_its_default():
    old = {"rows": 3, "usd": 0.5, "calls": [{"role": "generator", "model": "m", "calls": 4, "usd": 0.5}]}
    told = Receipt.from_dict(old)
    assert told == Receipt(rows=3, usd=0.5, calls=[Line("generator", "m", 4, usd=0.5)])
