"""Any parts of any splits: what an index finds is what stands there when all is joined."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.server.database import Database
from hf_synth.server.rows import Index, Part, load_index
from hf_synth.server.tables import jobs, keys, parts

LINES = st.lists(st.binary(max_size=5).map(lambda text: text.replace(b"\n", b"") + b"\n"), max_size=8)
SPLITS = ["train", "validation", "test"]


@st.composite
def divided(draw: st.DrawFn) -> dict[str, list[list[bytes]]]:
    """Splits in any order, each as parts, each as lines; parts may be empty."""
    return {split: draw(st.lists(LINES, max_size=4)) for split in draw(st.permutations(SPLITS))}


def index_of(rows: Mapping[str, list[list[bytes]]], missing: Mapping[str, int], status: str) -> Index:
    """The index of parts, and the objects are their paths: SPLIT/NUMBER."""
    there: dict[str, list[Part]] = {}
    for split, pieces in rows.items():
        row = byte = 0
        there[split] = []
        for number, lines in enumerate(pieces):
            size = len(b"".join(lines))
            there[split].append(Part(row, len(lines), byte, size, f"{split}/{number}"))
            row, byte = row + len(lines), byte + size
    targets = {split: sum(map(len, pieces)) + missing.get(split, 0) for split, pieces in rows.items()}
    return Index("job", status, 1, targets, there)


def content(rows: Mapping[str, list[list[bytes]]], part: Part) -> bytes:
    split, _, number = part.path.partition("/")
    return b"".join(rows[split][int(number)])


def joined(rows: Mapping[str, list[list[bytes]]], splits: list[str]) -> list[bytes]:
    return [line for split in splits for lines in rows[split] for line in lines]


def reached(index: Index, splits: list[str]) -> list[str]:
    """The splits of which something can be read: up to the first with a row missing, while the job runs."""
    for number, split in enumerate(splits):
        if not index.ended and index.rows_of(split) < index.targets[split]:
            return splits[: number + 1]
    return splits


ANY = {
    "rows": divided(),
    "missing": st.dictionaries(st.sampled_from(SPLITS), st.integers(0, 3)),
    "status": st.sampled_from(["queued", "running", "completed", "failed", "cancelled"]),
    "one": st.sampled_from([None, *SPLITS]),
}


@given(**ANY, offset=st.integers(0, 200), chunk=st.integers(1, 7))
def test_read_from_any_byte_on_it_is_a_slice_of_the_whole(rows, missing, status, one, offset, chunk):
    index = index_of(rows, missing, status)
    splits = [*rows] if one is None else [one]
    whole = b"".join(joined(rows, reached(index, splits)))
    assert index.size(splits) == len(whole)
    got, at = b"", offset
    while (place := index.find(splits, at)) is not None:
        part, start = place
        piece = content(rows, part)[start : start + chunk]
        assert piece
        got, at = got + piece, at + len(piece)
    assert got == whole[offset:]


@given(**ANY, row=st.integers(0, 40))
def test_any_row_begins_where_the_rows_before_it_end(rows, missing, status, one, row):
    index = index_of(rows, missing, status)
    splits = [*rows] if one is None else [one]
    lines = joined(rows, reached(index, splits))
    found = index.find_row(splits, row)
    if found is None:  # it may still come
        assert row > len(lines)
        assert not index.over(splits)
        return
    skipped = 0
    if found.part is not None:
        skipped = sum(len(line) + 1 for line in content(rows, found.part).split(b"\n")[: found.skip])
        assert found.skip < found.part.rows
    assert found.offset + skipped == len(b"".join(lines[:row]))
    assert row <= len(lines) or index.over(splits)


@given(rows=divided(), missing=ANY["missing"])
def test_all_of_a_job_is_over_with_it_and_one_split_of_several_once_it_is_full(rows, missing):
    running = index_of(rows, missing, "running")
    assert not running.over([*rows])
    for split in rows:
        assert running.over([split]) == (not missing.get(split))
    assert index_of(rows, missing, "cancelled").over([*rows])


TARGETS = {"b": 10, "a": 5}


@pytest.fixture
def database(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'jobs.sqlite3'}")
    database.migrate()
    job = {key: {} for key in ("config", "estimate", "statistics", "files")}
    with database.write() as connection:
        connection.execute(keys.insert().values(id="k", name="k", digest="d", created_at=0.0))
        connection.execute(
            jobs.insert().values(
                **job, id="j", key_id="k", status="running", version=1, created_at=0.0, targets=TARGETS,
                body_digest="", usd=0.0, cancel_requested=False, deaths=0,
            )
        )  # fmt: skip
    yield database
    database.close()


def change(database: Database, *new: tuple[str, int, int, int, int, str], replace: bool = False, **values: Any) -> None:
    with database.write() as connection:
        connection.execute(jobs.update().values(version=jobs.c.version + 1, **values))
        if replace:
            connection.execute(parts.delete())
        for split, first_row, rows, first_byte, size, path in new:
            connection.execute(
                parts.insert().values(
                    job_id="j",
                    split=split,
                    first_row=first_row,
                    rows=rows,
                    first_byte=first_byte,
                    bytes=size,
                    path=path,
                )
            )


def test_an_index_that_grew_is_one_that_was_read_at_once(database):
    known = load_index(database, "j", TARGETS)
    assert (known.version, known.size(["b", "a"])) == (1, 0)
    for first in (0, 4):
        change(database, ("b", first, 4, 10 * first, 40, f"b{first}"), ("a", first, 4, 7 * first, 28, f"a{first}"))
        known = load_index(database, "j", TARGETS, known)
        assert known == load_index(database, "j", TARGETS)
    assert [part.path for part in known.parts["b"]] == ["b0", "b4"]
    assert known.version == 3
    change(database, ("b", 0, 10, 0, 100, "b"), ("a", 0, 5, 0, 35, "a"), replace=True, status="completed")
    whole = load_index(database, "j", TARGETS, known)
    assert whole == load_index(database, "j", TARGETS) == load_index(database, "j", TARGETS, whole)
    assert [part.path for split in whole.parts.values() for part in split] == ["b", "a"]


def test_a_deleted_job_has_no_rows_and_tells_so(database):
    change(database, ("b", 0, 1, 0, 10, "b0"), status="cancelled")
    known = load_index(database, "j", TARGETS)
    change(database, replace=True, deleted_at=1.0)
    index = load_index(database, "j", TARGETS, known)
    assert index.deleted
    assert index.size(["b", "a"]) == 0
    assert load_index(database, "other", TARGETS).deleted
