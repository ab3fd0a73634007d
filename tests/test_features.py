from __future__ import annotations

from typing import Literal

import datasets
import pyarrow as pa
import pytest
from pydantic import BaseModel

from hf_synth.features import feature_of, features, marked, shown
from hf_synth.registry import schema

pytestmark = pytest.mark.oldest

TEXT, NUMBER = pa.string(), pa.float64()
MESSAGES = pa.list_(pa.struct({"role": TEXT, "content": TEXT}))
NATIVE = {
    "instruction_v1": {
        "system_prompt": TEXT,
        "instruction": TEXT,
        "response": TEXT,
        "metadata": pa.struct({"domain": TEXT, "difficulty": TEXT}),
    },
    "preference_v1": {
        "prompt": TEXT,
        "chosen": TEXT,
        "rejected": TEXT,
        "chosen_score": NUMBER,
        "rejected_score": NUMBER,
        "reasoning": TEXT,
    },
    "eval_v1": {"input": TEXT, "ideal_output": TEXT, "metrics": pa.list_(TEXT)},
}
TRL = {
    "instruction_v1": {"prompt": MESSAGES, "completion": MESSAGES},
    "preference_v1": {
        "prompt": MESSAGES,
        "chosen": MESSAGES,
        "rejected": MESSAGES,
        "critic_score_chosen": NUMBER,
        "critic_score_rejected": NUMBER,
        "critic_reasoning": TEXT,
    },
    "eval_v1": {"prompt": MESSAGES, "ideal_output": TEXT, "metrics": pa.list_(TEXT)},
}
ROWS = {
    "instruction_v1": {
        "system_prompt": "s", "instruction": "i", "response": "r", "metadata": {"domain": "d", "difficulty": "e"},
    },
    "preference_v1": {
        "prompt": "p", "chosen": "c", "rejected": "r", "chosen_score": 8.0, "rejected_score": 5.0, "reasoning": "w",
    },
    "eval_v1": {"input": "i", "ideal_output": "o", "metrics": ["f1", "contains"]},
}  # fmt: skip


@pytest.mark.parametrize("name", NATIVE)
@pytest.mark.parametrize(("view", "expected"), [("native", NATIVE), ("trl", TRL)], ids=["native", "trl"])
def test_columns_order_and_types_are_those_of_the_surface(name, view, expected):
    made = features(schema(name), view).arrow_schema
    assert made.names == list(expected[name])
    assert {field.name: field.type for field in made} == expected[name]


@pytest.mark.parametrize("name", NATIVE)
@pytest.mark.parametrize("view", ["native", "trl"])
def test_a_row_goes_through_arrow_unchanged(name, view):
    seen = shown(schema(name), view, ROWS[name])
    table = datasets.Dataset.from_list([seen], features=features(schema(name), view))
    assert table[0] == seen
    assert (seen == ROWS[name]) == (view == "native")


def test_types_come_from_the_row_model():
    class Inner(BaseModel):
        count: int
        sure: bool

    class Row(BaseModel):
        kind: Literal["a", "b"]
        inner: list[Inner]

    assert datasets.Features(feature_of(Row)).arrow_schema.types == [
        TEXT,
        pa.list_(pa.struct({"count": pa.int64(), "sure": pa.bool_()})),
    ]


def test_marks_reach_the_parquet_files_of_all_that_is_made_of_a_dataset(tmp_path):
    import pickle

    import pyarrow.parquet as pq

    rows = datasets.Dataset.from_dict({"text": ["a", "b", "c"], "parts": [["x"], [], ["y", "z"]]})
    made = marked(rows, {"ai_generated": "true"})
    assert made[:] == rows[:]
    for number, one in enumerate((made, made.shard(2, 0), made.select([2, 0]), pickle.loads(pickle.dumps(made)))):
        file = tmp_path / f"{number}.parquet"
        one.to_parquet(file)
        assert pq.read_schema(file).metadata[b"ai_generated"] == b"true"
        assert datasets.Dataset.from_parquet(str(file), cache_dir=str(tmp_path)).features == rows.features
    rows.to_parquet(tmp_path / "plain.parquet")
    assert b"ai_generated" not in pq.read_schema(tmp_path / "plain.parquet").metadata
