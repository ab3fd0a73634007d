from __future__ import annotations

import json
import random
import time
import tracemalloc
from dataclasses import replace

import pytest

from hf_synth.engine.receipt import Receipt
from hf_synth.reports import Material, RowFacts, make

SCHEMAS = ("instruction_v1", "preference_v1", "eval_v1")


@pytest.mark.parametrize("schema", SCHEMAS)
def test_values_are_plain_and_complete(material, schema: str):
    told = make(material(schema)).to_dict()
    assert json.loads(json.dumps(told, allow_nan=False)).keys() == told.keys()
    assert told["rows"] == 300
    assert told["splits"]["rows"] == {"test": 30, "train": 270}
    assert told["cost"]["usd"] == 1.6
    assert told["drops"]["causes"]["duplicate"] == 131


def test_columns_have_the_names_of_the_rows(material):
    named = {schema: list(make(material(schema, 20)).facts.lengths) for schema in SCHEMAS}
    assert named == {
        "instruction_v1": ["instruction", "response"],
        "preference_v1": ["prompt", "chosen", "rejected"],
        "eval_v1": ["input", "ideal_output"],
    }
    assert list(make(material("glossary_v1", 20)).facts.lengths) == ["prompt", "response", "response 2"]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_order_of_rows_makes_no_difference(material, schema: str):
    told = material(schema)
    shuffled = random.Random(1).sample(told.rows, len(told.rows))
    assert make(replace(told, rows=shuffled)).to_dict() == make(told).to_dict()


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("rows", [0, 1])
def test_hardly_any_rows_are_told_as_not_known(schema: str, rows: int):
    told = make(Material(schema, "x", "en", [RowFacts("train", "Why?", ("So.", "No."))] * rows, None))
    values = told.to_dict()
    assert values["rows"] == rows
    assert values["drops"] is values["critic"] is values["cost"] is values["outline"] is None
    assert values["coverage"]["topics"] is None
    assert next(iter(values["diversity"].values()))["self_bleu"] is None
    assert "not known" in str(told)


def test_a_preference_for_length_is_seen():
    rows = [RowFacts("train", "?", ("one two three four", "one two")), RowFacts("train", "?", ("a b", "a b"))]
    pairs = make(Material("preference_v1", "x", "en", rows, None)).facts.pairs
    assert pairs
    assert (pairs.rows, pairs.longer_chosen, pairs.ratio) == (2, 1, 1.5)


def test_topics_in_two_splits_are_named():
    rows = [RowFacts(split, "?", ("!",), topic) for split, topic in [("a", "x"), ("b", "x"), ("a", "y")]]
    told = make(Material("instruction_v1", "d", "en", rows, None))
    assert told.facts.splits.shared == ["x"]
    assert "1 topic stands in more than one split: x" in str(told)


def test_rows_that_were_changed_are_said_to_be(material):
    assert make(material(changed=True)).facts.changed
    assert make(material(receipt=Receipt(changed=True))).facts.changed
    assert "were changed" in str(make(material(changed=True)))


def test_odd_texts_do_no_harm(material, tmp_path):
    odd = (
        "\ud800</script>",
        "",
        " \n",
        "\x00\x1b[2J",
        "ふりがな" * 50,
        "x" * 300_000,
        "-" * 90,
        "$\\frac{1$",
        "e\u0301\u202e",
    )
    slots = [(text, text, text, text) for text in odd]
    rows = [
        RowFacts(text, text, (text, text), text, slot, (text,), {text: text})
        for text, slot in zip(odd, slots, strict=True)
    ]
    receipt = Receipt(judged=3, dropped={odd[0]: 1}, remarks=[odd[0]])
    told = make(Material(odd[0], odd[0], "en", rows, receipt, {"topics": odd}, {odd[0]: {odd[0]: 1}}))
    page = told.save(tmp_path / "odd.html").read_text("utf-8")
    assert "</script>" not in page
    assert "\x1b" not in page + str(told)
    assert all(path.stat().st_size for path in told.save_plots(tmp_path))
    str(told).encode()
    told._repr_html_().encode()


def test_100_000_rows_take_seconds_and_little_memory(material):
    few = material("instruction_v1", 1000).rows
    rows = [replace(few[number % 1000], prompt=f"{few[number % 1000].prompt} {number}") for number in range(100_000)]
    told = Material("instruction_v1", "x", "en", rows, None)
    begun = time.process_time()
    make(told)
    assert time.process_time() - begun < 40  # 5 on an idle machine
    tracemalloc.start()
    make(replace(told, rows=rows[:30_000]))
    assert tracemalloc.get_traced_memory()[1] < 60_000_000  # beside the 90 MB of the classifier, which are loaded
    tracemalloc.stop()
