"""The rows in pandas, polars and DuckDB, as files and in memory, and as an iterable dataset: the types survive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import datasets
import fsspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from generating import SCHEMAS, load_dataset

SPLIT = ("--domain", "gardens", "--generator", "offline", "--count", "10")
TEXT, NUMBER = pa.string(), pa.float64()

ARROW = {
    "instruction_v1": {
        "system_prompt": TEXT, "instruction": TEXT, "response": TEXT,
        "metadata": pa.struct({"domain": TEXT, "difficulty": TEXT}),
    },
    "preference_v1": {
        "prompt": TEXT, "chosen": TEXT, "rejected": TEXT, "chosen_score": NUMBER, "rejected_score": NUMBER,
        "reasoning": TEXT,
    },
    "eval_v1": {"input": TEXT, "ideal_output": TEXT, "metrics": pa.list_(TEXT)},
}  # fmt: skip
"""The columns that README.md promises, in their order."""

DUCKDB = {
    TEXT: "VARCHAR",
    NUMBER: "DOUBLE",
    pa.list_(TEXT): "VARCHAR[]",
    pa.struct({"domain": TEXT, "difficulty": TEXT}): 'STRUCT("domain" VARCHAR, difficulty VARCHAR)',
}


@pytest.fixture(params=SCHEMAS)
def schema(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def rows(schema: str, cache: Path) -> datasets.Dataset:
    return made(schema)


@pytest.fixture
def parquet(rows: datasets.Dataset, tmp_path: Path) -> str:
    """The rows in a file."""
    rows.to_parquet(tmp_path / "rows.parquet")
    return str(tmp_path / "rows.parquet")


def made(schema: str, **changes: Any) -> datasets.Dataset:
    offline = {"domain": "gardens", "count": 10, "models": {"generator": "offline"}, "split": "train"}
    return load_dataset("hf_synth", schema, **(offline | changes))


def plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a pandas frame, whose lists are numpy's."""
    return [
        {name: value if isinstance(value, str | float | dict) else list(value) for name, value in row.items()}
        for row in frame.to_dict("records")
    ]  # type: ignore[return-value]


def polars_type(kind: pa.DataType) -> Any:
    import polars as pl

    if pa.types.is_struct(kind):
        return pl.Struct({field.name: polars_type(field.type) for field in kind})
    if pa.types.is_list(kind):
        return pl.List(polars_type(kind.value_type))
    return {TEXT: pl.String, NUMBER: pl.Float64}[kind]


class TestParquet:
    def test_has_the_columns_and_types_of_the_schema(self, schema, parquet):
        found = pq.read_schema(parquet)
        assert {field.name: field.type for field in found} == ARROW[schema]
        assert found.names == [*ARROW[schema]]

    def test_is_read_by_datasets_with_its_features(self, rows, parquet, tmp_path):
        again: Any = datasets.Dataset.from_parquet(parquet, cache_dir=str(tmp_path / "c"))
        assert again.features == rows.features
        assert [*again] == [*rows]

    def test_is_read_by_pandas(self, schema, rows, parquet):
        frame = pd.read_parquet(parquet)
        assert [*frame.columns] == [*ARROW[schema]]
        numbers = [name for name, kind in ARROW[schema].items() if kind == NUMBER]
        assert [name for name in frame if frame[name].dtype == "float64"] == numbers
        assert plain(frame) == [*rows]

    def test_is_read_by_polars(self, schema, rows, parquet):
        import polars as pl

        frame = pl.read_parquet(parquet)
        assert dict(frame.schema) == {name: polars_type(kind) for name, kind in ARROW[schema].items()}
        assert frame.to_dicts() == [*rows]
        assert pl.scan_parquet(parquet).select(pl.len()).collect().item() == len(rows)

    def test_is_read_by_duckdb(self, schema, rows, parquet):
        import duckdb

        with duckdb.connect() as base:
            found = base.sql(f"from '{parquet}'")
            kinds = {name: str(kind) for name, kind in zip(found.columns, found.types, strict=True)}
            assert kinds == {name: DUCKDB[kind] for name, kind in ARROW[schema].items()}
            assert [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()] == [*rows]

    def test_the_columns_for_trl_keep_their_messages(self, schema, cache, tmp_path):
        import polars as pl

        rows = made(schema, view="trl")
        rows.to_parquet(tmp_path / "trl.parquet")
        frame = pl.read_parquet(tmp_path / "trl.parquet")
        assert frame.schema["prompt"] == pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
        assert frame.to_dicts() == [*rows]


class TestInMemory:
    def test_to_pandas(self, schema, rows):
        frame = rows.to_pandas()
        assert [*frame.columns] == [*ARROW[schema]]  # type: ignore[union-attr]
        assert plain(frame) == [*rows]  # type: ignore[arg-type]

    def test_to_polars(self, schema, rows):
        frame = rows.to_polars()
        assert dict(frame.schema) == {name: polars_type(kind) for name, kind in ARROW[schema].items()}
        assert frame.to_dicts() == [*rows]

    def test_duckdb_asks_the_arrow_table_without_a_copy(self, schema, rows):
        import duckdb

        first = next(iter(ARROW[schema]))
        with duckdb.connect() as base:
            base.register("made", rows.data.table)
            assert base.sql(f"select {first} from made").fetchall() == [(row[first],) for row in rows]

    def test_to_iterable_dataset_gives_the_rows_in_order(self, rows):
        stream = rows.to_iterable_dataset()
        assert stream.features == rows.features
        assert [*stream] == [*rows]

    def test_to_iterable_dataset_in_shards_gives_each_row_once(self, rows):
        stream = rows.to_iterable_dataset(num_shards=4)
        assert stream.num_shards == 4
        assert [*stream] == [*rows]
        parts = [[*stream.shard(num_shards=4, index=index)] for index in range(4)]
        assert [len(part) for part in parts] == [3, 3, 2, 2]
        assert [row for part in parts for row in part] == [*rows]

    def test_to_iterable_dataset_goes_on_where_it_was(self, rows):
        stream = rows.to_iterable_dataset(num_shards=2)
        before = []
        for row in stream:
            before.append(row)
            if len(before) == 4:
                state = stream.state_dict()
                break
        stream.load_state_dict(state)
        assert [*before, *stream] == [*rows]


class TestCommand:
    @pytest.mark.parametrize("name", ["rows.parquet", "rows.jsonl", "rows.csv"])
    def test_duckdb_reads_what_out_wrote_into_a_file_system_of_fsspec(self, hf, schema, rows, name):
        import duckdb

        out = f"memory://elsewhere/{schema}/{name}"
        assert hf("generate", "--schema", schema, *SPLIT, "--out", out) == 0
        with duckdb.connect() as base:
            base.register_filesystem(fsspec.filesystem("memory"))
            found = base.sql(f"from '{out}'")
            assert found.columns == [*ARROW[schema]]
            first, second, *_ = found.columns
            assert [row[:2] for row in found.fetchall()] == [(row[first], row[second]) for row in rows]

    def test_a_directory_may_be_in_a_file_system_of_fsspec(self, hf, schema, rows):
        out = f"memory://elsewhere/{schema}/saved"
        for _ in range(2):
            assert hf("generate", "--schema", schema, *SPLIT, "--out", out) == 0
        assert [*datasets.load_from_disk(out)["train"]] == [*rows]  # type: ignore[index]

    def test_json_lines_keep_lists_structs_and_numbers(self, hf, schema, rows, tmp_path):
        import polars as pl

        assert hf("generate", "--schema", schema, *SPLIT, "--out", tmp_path / "rows.jsonl") == 0
        lines = (tmp_path / "rows.jsonl").read_text("utf-8").removesuffix("\n").split("\n")
        assert [json.loads(line) for line in lines] == [*rows]
        frame = pl.read_ndjson(tmp_path / "rows.jsonl")
        assert dict(frame.schema) == {name: polars_type(kind) for name, kind in ARROW[schema].items()}

    def test_cells_of_csv_become_lists_and_structs_again(self, hf, schema, rows, tmp_path):
        import duckdb
        import polars as pl

        out = tmp_path / "rows.csv"
        assert hf("generate", "--schema", schema, *SPLIT, "--out", out) == 0
        nested = {name: kind for name, kind in ARROW[schema].items() if pa.types.is_nested(kind)}
        decoded = [pl.col(name).str.json_decode(polars_type(kind)) for name, kind in nested.items()]
        assert pl.read_csv(out).with_columns(decoded).to_dicts() == [*rows]
        casts = "".join(f", {name}::JSON::{DUCKDB[kind]} as {name}" for name, kind in nested.items())
        with duckdb.connect() as base:
            found = base.sql(
                f"select * exclude ({', '.join(nested)}){casts} from '{out}'" if nested else f"from '{out}'"
            )
            assert [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()] == [*rows]
