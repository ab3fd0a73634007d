from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import datasets
import pandas as pd
import pytest

from cli.commands import OFFLINE
from hf_synth.cli.output import check_out, print_rows, write_out
from hf_synth.errors import ConfigError, HfSynthError

ROWS = datasets.Dataset.from_list([{"text": "é" * 500, "nested": {"a": ["ü"]}}, {"text": "b", "nested": {"a": []}}])
SPLITS = ("--schema", "eval_v1", "--domain", "gardens", "--generator", "offline", "--count", "20")


def three(folder: Path, **splits: Any) -> Path:
    """A recipe with splits."""
    path = folder / "recipe.json"
    path.write_text(json.dumps({"splits": splits or {"train": 16, "validation": 2, "test": 2}}))
    return path


def loaded(folder: Path, cache: Path) -> dict[str, int]:
    """The rows of each split that `load_dataset` sees in a folder of files."""
    return datasets.load_dataset(str(folder), cache_dir=str(cache / "read")).num_rows  # type: ignore[attr-defined]


def test_long_texts_are_cut_and_nested_values_are_json(capsys):
    print_rows(ROWS, 1)
    text, nested, _ = capsys.readouterr().out.split("\n", 2)
    assert text == f"text: {'é' * 400}…"
    assert nested == 'nested: {"a": ["ü"]}'


def test_no_more_rows_are_printed_than_there_are(capsys):
    print_rows(ROWS, 9)
    assert capsys.readouterr().out.count("text: ") == 2


class TestFiles:
    def test_several_splits_go_to_files_named_after_them(self, tmp_path):
        made = datasets.DatasetDict({"train": ROWS, "test": ROWS.select([1])})
        places = [str(tmp_path / f"rows-{split}.jsonl") for split in made]
        assert write_out(made, str(tmp_path / "rows.jsonl")) == places
        assert len((tmp_path / "rows-test.jsonl").read_text().splitlines()) == 1

    @pytest.mark.parametrize("ending", [".parquet", ".jsonl", ".csv"])
    def test_a_folder_of_them_loads_with_its_splits(self, hf, tmp_path, cache, ending):
        folder = tmp_path / "files"
        assert hf("generate", three(tmp_path), *SPLITS, "--out", folder / f"gardens{ending}") == 0
        assert "load_dataset" not in hf.err
        assert loaded(folder, cache) == {"train": 16, "validation": 2, "test": 2}

    @pytest.mark.parametrize("name", ["eval.jsonl", "gardens-test.jsonl", "a train 1.jsonl", "eval_v1.jsonl"])
    def test_a_name_that_would_mix_splits_up_is_told_and_how_to_read_it(self, hf, tmp_path, cache, name):
        folder = tmp_path / "files"
        assert hf("generate", three(tmp_path), *SPLITS, "--out", folder / name) == 0
        assert loaded(folder, cache) != {"train": 16, "validation": 2, "test": 2}
        call = hf.err[hf.err.index("Use\n") + 4 :].splitlines()[0]
        assert "would take" in hf.err
        told = eval(call, {"load_dataset": datasets.load_dataset})
        assert told.num_rows == {"train": 16, "validation": 2, "test": 2}

    def test_a_split_that_load_dataset_does_not_look_for_is_told(self, hf, tmp_path, cache):
        recipe = three(tmp_path, train=16, holdout=4)
        assert hf("generate", recipe, *SPLITS, "--out", tmp_path / "files" / "rows.csv") == 0
        assert loaded(tmp_path / "files", cache) == {"train": 16}
        assert f"load_dataset('csv', data_files={{'train': '{tmp_path}/files/rows-train.csv', 'holdout'" in hf.err

    def test_a_file_of_a_split_that_is_no_more_is_left_alone(self, hf, tmp_path):
        folder = tmp_path / "files"
        hf("generate", three(tmp_path), *SPLITS, "--out", folder / "rows.jsonl")
        before = (folder / "rows-validation.jsonl").read_text("utf-8")
        hf("generate", three(tmp_path, train=16, test=4), *SPLITS, "--out", folder / "rows.jsonl")
        assert len((folder / "rows-test.jsonl").read_text("utf-8").splitlines()) == 4
        assert (folder / "rows-validation.jsonl").read_text("utf-8") == before

    def test_a_folder_that_is_not_there_is_made(self, hf, tmp_path):
        assert hf("generate", *OFFLINE, "--out", tmp_path / "a" / "b" / "rows.parquet") == 0
        assert datasets.Dataset.from_parquet(str(tmp_path / "a" / "b" / "rows.parquet")).num_rows == 6

    def test_a_full_disk_ends_in_one_sentence_and_loses_no_row(self, hf, tmp_path):
        full = Path("/dev/full")
        if not full.exists():
            pytest.skip("there is no /dev/full on this system")
        (tmp_path / "rows.jsonl").symlink_to(full)
        assert hf("generate", *OFFLINE, "--out", tmp_path / "rows.jsonl") == 1
        said = hf.err.splitlines()[-1]
        assert said.startswith(
            f"hf-synth: --out '{tmp_path}/rows.jsonl' could not be written: [Errno 28] No space left"
        )
        assert said.endswith(
            "The rows are in the cache: run the same again, without --force, and nothing is paid for twice."
        )
        assert hf.json("status", *OFFLINE)["rows"] == 6


class TestCsv:
    ROWS = datasets.Dataset.from_list(
        [
            {"text": 'a "b", c\nd', "score": 7.25, "list": ["é", 'q"'], "struct": {"a": "x"}, "turns": [{"role": "y"}]},
            {"text": "a\rb", "score": 1.0, "list": [], "struct": {"a": None}, "turns": []},
        ]
    )  # fmt: skip

    def test_lists_and_structs_are_json_and_the_rest_is_as_it_is(self, tmp_path):
        write_out(datasets.DatasetDict({"train": self.ROWS}), str(tmp_path / "rows.csv"))
        text = (tmp_path / "rows.csv").read_bytes().decode("utf-8")
        head, *rows = csv.reader(io.StringIO(text, newline=""))
        assert head == ["text", "score", "list", "struct", "turns"]
        nested = [[json.loads(cell) for cell in row[2:]] for row in rows]
        assert nested == [[["é", 'q"'], {"a": "x"}, [{"role": "y"}]], [[], {"a": None}, []]]
        assert [row[:2] for row in rows] == [['a "b", c\nd', "7.25"], ["a\rb", "1.0"]]
        assert "é" in text

    def test_pandas_and_datasets_read_every_text_as_it_was(self, tmp_path):
        out = str(tmp_path / "rows.csv")
        write_out(datasets.DatasetDict({"train": self.ROWS}), out)
        assert pd.read_csv(out)["text"].to_list() == self.ROWS["text"]
        again = datasets.Dataset.from_csv(out, cache_dir=str(tmp_path / "c"))
        assert again["text"] == self.ROWS["text"]
        assert again["score"] == [7.25, 1.0]


class TestDirectories:
    def test_the_same_command_again_writes_the_same(self, hf, tmp_path):
        saved = tmp_path / "saved"
        for _ in range(2):
            assert hf("generate", *OFFLINE, "--out", saved) == 0
        assert datasets.load_from_disk(str(saved)).num_rows == {"train": 6}

    def test_no_split_and_no_shard_of_a_former_run_stays(self, hf, tmp_path):
        saved = tmp_path / "saved"
        assert hf("generate", three(tmp_path), *SPLITS, "--out", saved) == 0
        (saved / "train" / "data-00001-of-00002.arrow").write_bytes(b"of a run with more shards")
        assert hf("generate", three(tmp_path, train=16, test=4), *SPLITS, "--out", saved) == 0
        assert datasets.load_from_disk(str(saved)).num_rows == {"train": 16, "test": 4}
        files = sorted(path.relative_to(saved).as_posix() for path in saved.rglob("*") if path.is_file())
        assert [name for name in files if name.endswith(".arrow")] == [
            "test/data-00000-of-00001.arrow",
            "train/data-00000-of-00001.arrow",
        ]
        assert not (saved / "validation").exists()

    def test_what_somebody_put_beside_the_rows_stays(self, hf, tmp_path):
        saved = tmp_path / "saved"
        hf("generate", three(tmp_path), *SPLITS, "--out", saved)
        for name in ("README.md", "validation/notes.txt"):
            (saved / name).write_text("mine")
        assert hf("generate", *SPLITS, "--out", saved) == 0
        assert [(saved / name).read_text() for name in ("README.md", "validation/notes.txt")] == ["mine", "mine"]

    def test_one_that_a_killed_run_left_unfinished_is_written_anew(self, hf, tmp_path):
        saved = tmp_path / "saved"
        hf("generate", *OFFLINE, "--out", saved)
        (saved / "train" / "state.json").unlink()
        (saved / "train" / "dataset_info.json").unlink()
        (saved / "train" / "data-00000-of-00001.arrow").write_bytes(b"ARR")
        assert hf("generate", *OFFLINE, "--out", saved) == 0
        assert datasets.load_from_disk(str(saved)).num_rows == {"train": 6}

    def test_a_file_system_that_takes_nothing_ends_in_an_error_of_ours(self, tmp_path):
        made = datasets.DatasetDict({"train": ROWS})
        (tmp_path / "file").write_text("")
        with pytest.raises(HfSynthError, match=r"could not be written: .*The rows are in the cache"):
            write_out(made, str(tmp_path / "file" / "rows.parquet"))

    def test_one_filled_while_rows_were_made_is_not_touched(self, tmp_path):
        out = tmp_path / "saved"
        check_out(str(out))
        out.mkdir()
        (out / "theirs.txt").write_text("theirs")
        with pytest.raises(ConfigError, match="did not save there"):
            write_out(datasets.DatasetDict({"train": ROWS}), str(out))
        assert [path.name for path in out.iterdir()] == ["theirs.txt"]
