"""Rows of jobs that still run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from generating import THREE
from server.held import Following, Held, held
from serving import Site, settings_of, site


@pytest.fixture(scope="module")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server whose jobs may name a model of their own."""
    with site(settings_of(tmp_path_factory.mktemp("open"), allow=("base_url",))) as one:
        yield one


@dataclass
class Story:
    """What readers got of a job of 60 rows in three splits: who came before its first row, and half-way.

    Attributes:
        early: what the reader of the whole had when it was seen that the job runs.
        ranges: pieces of a hundred bytes or more, asked for one after the other from half-way to the end.
    """

    job: Held
    early: bytes = b""
    whole: bytes = b""
    readers: dict[str, Following] = field(default_factory=dict)
    ranges: list[httpx.Response] = field(default_factory=list)


@pytest.fixture(scope="module")
def story(open_site: Site) -> Iterator[Story]:
    with held(open_site, splits=THREE) as job:
        told = Story(job)
        queries = ["", "?after=59", "?after=61", "?format=csv", "?format=csv&after=7", *(f"?split={s}" for s in THREE)]
        told.readers |= {query: Following(job, query) for query in queries}
        told.readers[""].has(3)
        told.early = bytes(told.readers[""].got)
        assert job.status == "running"
        rows = told.early.count(b"\n")
        told.readers["resumed"] = Following(job, f"?after={rows}")
        place = len(job.now()) + 10_000
        told.readers["waiting"] = Following(job, headers={"Range": f"bytes={place}-{place + 3}"})
        told.ranges = list(_ranges(job))
        told.whole = job.finish()
        yield told


def _ranges(job: Held) -> Iterator[httpx.Response]:
    at, total = 0, "*"
    while total == "*" or at < int(total):
        answer = job.client.get(job.results, headers={"Range": f"bytes={at}-{at + 3999}"})
        total = answer.headers["content-range"].partition("/")[2]
        at += len(answer.content) if answer.status_code == 206 else 0
        yield answer
        job.release()


def test_a_reader_gets_the_first_rows_while_others_are_still_made(story: Story):
    assert 3 <= story.early.count(b"\n") < 60
    reader = story.readers[""]
    assert reader.end() == story.whole
    assert story.whole.count(b"\n") == 60
    assert reader.error is None
    assert reader.answer.headers["x-job-status"] in ("queued", "running")
    assert not {"content-length", "etag"} & {*reader.answer.headers}


def test_splits_come_one_after_the_other_and_each_by_itself(story: Story):
    splits = [story.readers[f"?split={split}"].end() for split in THREE]
    assert [split.count(b"\n") for split in splits] == [48, 6, 6]
    assert b"".join(splits) == story.whole


def test_pieces_by_after_are_the_whole(story: Story):
    lines = story.whole.splitlines(keepends=True)
    assert story.early + story.readers["resumed"].end() == story.whole
    assert story.readers["?after=59"].end() == lines[59]
    assert story.readers["?after=61"].end() == b""
    assert story.readers["?after=61"].error is None
    for row in (0, 1, 30, 47, 48, 49, 53, 54, 59, 60, 61):
        answer = story.job.client.get(story.job.results, params={"after": row})
        assert answer.content == b"".join(lines[row:])


def test_pieces_by_range_are_the_whole(story: Story):
    pieces = b""
    assert story.ranges[0].headers["content-range"].endswith("/*")
    for answer in story.ranges:
        if answer.status_code == 416:  # it ended just there
            assert answer.headers["content-range"] == f"bytes */{len(story.whole)}"
            continue
        assert answer.status_code == 206
        assert len(answer.content) == int(answer.headers["content-length"])
        last = len(pieces) + len(answer.content) - 1
        assert answer.headers["content-range"].startswith(f"bytes {len(pieces)}-{last}/")
        pieces += answer.content
    assert pieces == story.whole


def test_a_range_that_is_not_there_yet_is_waited_for(story: Story):
    waited = story.readers["waiting"]
    assert (waited.end(), waited.answer.status_code) == (story.whole[_first(waited) :][: len(waited.got)], 206)
    assert len(waited.got) == 4


def _first(reader: Following) -> int:
    return int(reader.answer.headers["content-range"].removeprefix("bytes ").partition("-")[0])


def test_csv_comes_while_the_job_runs(story: Story):
    for query in ("?format=csv", "?format=csv&after=7"):
        reader = story.readers[query]
        assert reader.end() == story.job.client.get(story.job.results + query).content
        assert reader.error is None
        assert reader.answer.headers["x-job-status"] in ("queued", "running")


@pytest.fixture(scope="module")
def halfway(open_site: Site) -> Iterator[Held]:
    """A job with some rows, of which no more are made."""
    with held(open_site) as job:
        job.rows(2)
        job.settle()
        yield job


def test_without_following_it_ends_with_what_is_there(halfway: Held):
    rows = halfway.now()
    for query, expected in (("", rows), ("&after=1", rows.partition(b"\n")[2]), ("&after=61", b"")):
        answer = halfway.client.get(f"{halfway.results}?follow=false{query}")
        assert answer.status_code == 200
        assert answer.content == expected
        assert int(answer.headers["content-length"]) == len(expected)
    table = halfway.client.get(f"{halfway.results}?follow=false&format=csv").content
    assert table.count(b'\n"') == rows.count(b"\n")
    assert halfway.status == "running"


def test_a_range_of_a_job_that_runs_is_what_is_there_now(halfway: Held):
    there = halfway.now()

    def ranged(what: str, query: str = "") -> httpx.Response:
        return halfway.client.get(halfway.results + query, headers={"Range": f"bytes={what}"})

    answer = ranged("10-")
    assert (answer.status_code, answer.content) == (206, there[10:])
    assert answer.headers["content-range"] == f"bytes 10-{len(there) - 1}/*"
    assert ranged("5-9").content == there[5:10]
    assert ranged("0-", "?after=1").content == there.partition(b"\n")[2]
    assert ranged("-5", "?follow=false").status_code == 200  # of what, is not known
    for query in ("?follow=false", "?follow=false&after=59"):
        answer = ranged(f"{len(there)}-", query)
        assert answer.status_code == 416
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["content-type"] == "application/problem+json"
        assert "content-range" not in answer.headers


def test_the_head_of_a_job_that_runs_comes_at_once(halfway: Held):
    answer = halfway.client.head(halfway.results)
    assert (answer.status_code, answer.content, answer.headers["x-job-status"]) == (200, b"", "running")
    assert "content-length" not in answer.headers


@pytest.mark.parametrize("query", ["?format=parquet", "/url", "/url?format=parquet"])
def test_files_come_with_the_end(halfway: Held, query):
    answer = halfway.client.get(halfway.results + query)
    assert answer.status_code == 409
    assert "streams the rows" in answer.json()["hint"]
