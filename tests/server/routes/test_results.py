"""Rows of completed jobs."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from hf_synth.lines import csv_head, csv_line
from hf_synth.server.tables import parts
from serving import PREFIX, Site, ended, generate


@dataclass(frozen=True)
class Done:
    """A completed job of several splits."""

    client: httpx.Client
    job_id: str
    whole: bytes

    def get(self, path: str = "", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(f"{PREFIX}/jobs/{self.job_id}/results{path}", headers=named)


def complete(site: Site, **config: Any) -> Done:
    client = site.client()
    job_id = generate(client, **config)["job_id"]
    assert ended(client, job_id)["status"] == "completed"
    return Done(client, job_id, client.get(f"{PREFIX}/jobs/{job_id}/results").content)


@pytest.fixture(scope="module")
def done(served: Site) -> Done:
    return complete(served, count=20, splits={"test": 0.2, "prüfung": 0.8})


@pytest.fixture(scope="module")
def single(served: Site) -> Done:
    return complete(served, count=4)


def test_rows_are_lines_of_json_with_their_length(done):
    answer = done.get()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["x-job-status"] == "completed"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-disposition"] == 'attachment; filename="instruction_v1.jsonl"'
    rows = [json.loads(line) for line in answer.content.splitlines()]
    assert len(rows) == 20
    assert [*rows[0]] == ["system_prompt", "instruction", "response", "metadata"]


def test_the_head_is_that_of_the_whole_without_it(done):
    for path in ("", "?format=parquet&split=test", "?after=3"):
        place = f"{PREFIX}/jobs/{done.job_id}/results{path}"
        head = done.client.head(place, headers={"Range": "bytes=0-3"})
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(done.client.get(place).content))


def test_splits_are_read_in_the_order_of_the_config(done):
    test, other = (done.get(f"?split={split}").content for split in ("test", "prüfung"))
    assert (test.count(b"\n"), other.count(b"\n")) == (4, 16)
    assert test + other == done.whole


@pytest.mark.parametrize("path", ["?split=train", "?split=", "?split=train&format=csv", "/url?split=../x"])
def test_an_unknown_split_is_refused_with_those_that_there_are(done, path):
    answer = done.get(path)
    assert answer.status_code == 422
    assert "It has test, prüfung." in answer.json()["hint"]


@pytest.mark.parametrize("path", ["?format=parquet", "/url", "/url?format=parquet"])
def test_a_file_of_several_splits_must_be_named(done, path):
    answer = done.get(path)
    assert answer.status_code == 422
    assert "test, prüfung" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["?after=-1", "?after=x", "?format=xml", "/url?expires_in=59", "/url?expires_in=604801"]
)
def test_what_cannot_be_is_refused(done, path):
    answer = done.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_nobody_else_sees_them(done, served):
    other = served.client()
    for path in ("", "?format=parquet&split=test", "/url?split=test"):
        assert other.get(f"{PREFIX}/jobs/{done.job_id}/results{path}").status_code == 404
        assert httpx.get(f"{served.url}{PREFIX}/jobs/{done.job_id}/results{path}").status_code == 401


def test_a_range_is_a_slice(done):
    size = len(done.whole)
    for asked, expected in (
        ("0-0", (0, 1)), ("10-", (10, size)), ("-7", (size - 7, size)), (f"5-{size + 9}", (5, size)),
    ):  # fmt: skip
        answer = done.get(Range=f"bytes={asked}")
        assert answer.status_code == 206
        assert answer.content == done.whole[slice(*expected)]
        assert answer.headers["content-range"] == f"bytes {expected[0]}-{expected[1] - 1}/{size}"
        assert answer.headers["content-length"] == str(len(answer.content))
    rest = done.whole.split(b"\n", 6)[-1]
    assert done.get("?after=6", Range="bytes=3-").content == rest[3:]


@pytest.mark.parametrize("asked", ["{size}-", "{size}-{size}", "-0"])
def test_a_range_beyond_the_end_is_refused_with_the_size(done, asked):
    size = len(done.whole)
    answer = done.get(Range=f"bytes={asked.format(size=size)}")
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{size}"
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "bytes=x", "lines=0-1"])
def test_what_is_no_single_range_is_ignored(done, asked):
    answer = done.get(Range=asked)
    assert (answer.status_code, answer.content) == (200, done.whole)


def test_conditions_spare_what_the_reader_has_and_mix_no_versions(done, single):
    tags = [done.get(path).headers["etag"] for path in ("", "?after=1", "?split=test", "?format=parquet&split=test")]
    tags.append(single.get().headers["etag"])
    assert len({*tags}) == 5
    answer = done.get(If_None_Match=tags[0])
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tags[0])
    assert done.get(If_None_Match=tags[1]).content == done.whole
    assert done.get(If_Range=tags[0], Range="bytes=0-3").status_code == 206
    assert done.get(If_Range=tags[1], Range="bytes=0-3").content == done.whole


def test_csv_is_disarmed_and_goes_on_after_any_row(done):
    answer = done.get("?format=csv", Range="bytes=0-3")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["accept-ranges"] == "none"
    rows = [json.loads(line) for line in done.whole.splitlines()]
    lines = [csv_line(row, disarm=True) for row in rows]
    assert answer.text == csv_head(rows[0]) + "".join(lines)
    assert [row["instruction"] for row in csv.DictReader(io.StringIO(answer.text))] == [
        row["instruction"] for row in rows
    ]
    assert done.get("?format=csv&after=17").text == "".join(lines[17:])
    assert done.get("?split=test", Accept="text/csv").text == csv_head(rows[0]) + "".join(lines[:4])
    assert done.get("?format=csv&after=17&follow=false").text == "".join(lines[17:])


def test_parquet_is_the_file_with_ranges(done):
    answer = done.get("?split=prüfung", Accept="application/vnd.apache.parquet")
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"instruction_v1-pr_fung.parquet\"; filename*=UTF-8''instruction_v1-pr%C3%BCfung.parquet"
    )
    rows = pq.read_table(io.BytesIO(answer.content)).to_pylist()
    assert rows == [json.loads(line) for line in done.whole.splitlines()[4:]]
    end = done.get("?split=prüfung&format=parquet", Range="bytes=-4")
    assert (end.status_code, end.content) == (206, b"PAR1")


def test_nothing_acceptable_is_406(done):
    answer = done.get(Accept="text/html")
    assert (answer.status_code, answer.headers["content-type"]) == (406, "application/problem+json")


def test_the_only_split_need_not_be_named(single):
    assert pq.read_table(io.BytesIO(single.get("?format=parquet").content)).num_rows == 4
    assert httpx.get(single.get("/url").json()["url"]).content == single.whole


def test_a_job_that_is_deleted_while_it_is_read_cuts_the_reader(served):
    done = complete(served, count=4)
    files = served.settings.data / "results" / "jobs" / done.job_id
    with (files / "000.jsonl").open("ab") as file:  # so large that it waits for the reader
        file.write(b"\n" * (64 << 20))
    with served.database.write() as connection:
        connection.execute(parts.update().where(parts.c.job_id == done.job_id).values(bytes=64 << 20))
    with done.client.stream("GET", f"{PREFIX}/jobs/{done.job_id}/results") as answer:
        chunks = answer.iter_raw()
        assert next(chunks)
        assert done.client.delete(f"{PREFIX}/jobs/{done.job_id}").status_code == 204
        with pytest.raises(httpx.RemoteProtocolError):
            for _ in chunks:
                pass
    assert done.get().status_code == 404
