"""Parts of a job's rows: joined they are the whole, wherever it was cut and however often it was begun again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import datasets
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.config import GenerationConfig
from hf_synth.executors.local import Local
from hf_synth.registry import resolve
from hf_synth.server.folding import Fold
from hf_synth.server.jobs import Job
from hf_synth.server.output import Part, Parts
from hf_synth.server.store import Store, StoreFailed
from hf_synth.server.whole import write_whole
from serving import OFFLINE

TARGETS = {"train": 30, "test, odd/name": 10}
CUTS = st.lists(st.tuples(st.integers(0, 35), st.integers(0, 12), st.booleans()), max_size=8)


class Made:
    """A job whose rows are all on record."""

    def __init__(self, folder: Path) -> None:
        config: dict[str, Any] = {**OFFLINE, "count": 40, "splits": {"train": 30, "test": 10}}
        self.local = Local(resolve(GenerationConfig(**config), os.environ), folder)
        self.local.fill(self.local.resolved.targets)
        self.fold = Fold(self.local, None)
        self.job = Job("job_1", "key", "running", 1, 0.0, config, dict(self.local.resolved.targets), {}, {})
        self.store, self.folder = Store(str(folder / "store")), folder
        self.whole = self._whole()

    def _whole(self) -> dict[str, bytes]:
        made: Any = datasets.load_dataset("hf_synth", self.local.resolved.config, cache_dir=str(self.folder))  # type: ignore[arg-type]
        parts, files = write_whole(self.store, self.job, made, self.folder)
        whole = {f"{split}.{kind}" for split in ("train", "test") for kind in ("jsonl", "parquet")}
        assert set(files) == {*whole, "report.html", "report.json", "receipt.json"}
        return {part["split"]: self.read(part) for part in parts}

    def read(self, part: Part) -> bytes:
        return self.store.read(part["path"], 0, part["bytes"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("made"))


@given(cuts=CUTS)
def test_parts_joined_are_the_whole_wherever_they_were_cut(made, cuts):
    known: list[Part] = []
    parts = Parts(made.store, made.job, known)
    for train, test, again in [*cuts, (30, 10, False)]:
        if again:  # another worker, which knows what is written down
            parts = Parts(made.store, made.job, known)
        known += parts.write(made.fold, {"train": train, "test": test})
    for split, whole in made.whole.items():
        mine = [part for part in known if part["split"] == split]
        assert b"".join(map(made.read, mine)) == whole
        ends = [(0, 0), *((part["first_row"] + part["rows"], part["first_byte"] + part["bytes"]) for part in mine)]
        assert [(part["first_row"], part["first_byte"]) for part in mine] == ends[:-1]
        assert ends[-1] == (made.job.targets[split], len(whole))


def test_what_two_writers_wrote_of_the_same_rows_does_not_meet(made):
    one, two = (Parts(made.store, made.job, []) for _ in range(2))
    [short] = one.write(made.fold, {"train": 3, "test": 0})
    [long] = two.write(made.fold, {"train": 5, "test": 0})
    assert made.read(short).count(b"\n") == 3
    assert made.read(long).count(b"\n") == 5


def test_where_the_store_did_not_take_rows_they_are_written_the_next_time(made, tmp_path):
    store = Store(str(tmp_path / "store"))
    parts = Parts(store, made.job, [])
    (tmp_path / "store").write_text("in the way")
    with pytest.raises(StoreFailed):
        parts.write(made.fold, {"train": 5, "test": 0})
    (tmp_path / "store").unlink()
    [part] = parts.write(made.fold, {"train": 7, "test": 0})
    assert (part["first_row"], part["rows"]) == (0, 7)


def test_the_next_part_is_not_due_at_once(made):
    parts = Parts(made.store, made.job, [])
    assert not parts.due()
    parts.write(made.fold, {"train": 0, "test": 0})
    assert not parts.due()
