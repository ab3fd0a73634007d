from __future__ import annotations

import csv
import io
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.lines import csv_head, csv_line, json_line
from hf_synth.server.answers import Refused
from hf_synth.server.formats import Csv, chosen, disposition


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "ndjson"),
        ("*/*", "ndjson"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "ndjson"),
        ("application/x-ndjson", "ndjson"),
        ("application/json", "ndjson"),
        ("application/*", "ndjson"),
        ("text/csv", "csv"),
        ("TEXT/CSV; charset=utf-8", "csv"),
        ("text/*", "csv"),
        ("text/csv, */*", "csv"),
        ("text/csv;q=0.5, */*", "ndjson"),
        ("application/json;q=0.2, text/csv;q=0.7", "csv"),
        ("application/vnd.apache.parquet", "parquet"),
        ("*/*, application/x-ndjson;q=0, application/json;q=0, application/ndjson;q=0, application/jsonl;q=0", "csv"),
        ("text/csv;q=x, application/json", "ndjson"),
    ],
)
def test_the_format_is_what_is_liked_most(accept, expected):
    assert chosen(None, accept) == expected


@pytest.mark.parametrize("accept", ["text/html", "image/*", "text/csv;q=0", "nonsense", ",;,"])
def test_who_accepts_none_of_them_is_told_which_there_are(accept):
    with pytest.raises(Refused) as refused:
        chosen(None, accept)
    assert refused.value.status == 406
    assert "text/csv" in refused.value.detail


def test_a_format_that_is_named_is_taken_whatever_is_accepted():
    assert chosen("csv", "text/html") == "csv"


@given(st.text(max_size=40))
def test_any_accept_header_gets_a_format_or_a_no(accept):
    with suppress(Refused):
        assert chosen(None, accept) in ("ndjson", "csv", "parquet")


@given(st.text(max_size=20), st.none() | st.text(max_size=20))
def test_no_name_ends_the_header_or_leaves_the_folder(schema, split):
    told = disposition(schema, split, "csv")
    told.encode("ascii")
    assert told.startswith('attachment; filename="')
    name, _, rest = told.removeprefix('attachment; filename="').partition('"')
    assert name.endswith(".csv")
    assert not {*name} & set('/\\\r\n;"')
    assert not rest or rest.startswith("; filename*=UTF-8''")
    assert not {*rest.removeprefix("; ")} & set('/\\\r\n;"')


def test_a_plain_name_is_told_once_and_another_in_full_too():
    assert disposition("eval_v1", "test", "parquet") == 'attachment; filename="eval_v1-test.parquet"'
    assert disposition("eval_v1", None, "ndjson") == 'attachment; filename="eval_v1.jsonl"'
    assert disposition("eval_v1", "prüfung", "csv").endswith("filename*=UTF-8''eval_v1-pr%C3%BCfung.csv")


ROWS = st.lists(st.fixed_dictionaries({"prompt": st.text(), "score": st.floats(0, 10), "tags": st.lists(st.text())}))


@given(ROWS, st.data())
def test_csv_does_not_depend_on_where_the_pieces_end(rows, data):
    text = b"".join(map(json_line, rows))
    table, made = Csv(), b""
    while text:
        size = data.draw(st.integers(1, len(text)))
        made += table.feed(text[:size])
        text = text[size:]
    expected = "".join(csv_line(row, disarm=True) for row in rows)
    assert made.decode() == (csv_head(rows[0]) + expected if rows else "")


def test_csv_is_disarmed_and_read_back():
    rows = [{"prompt": "=1+1", "n": -1.5, "tags": ["é", "\u2028"]}, {"prompt": 'a "b"\n,c', "n": 2.0, "tags": []}]
    made = Csv().feed(b"".join(map(json_line, rows))).decode()
    read = list(csv.DictReader(io.StringIO(made, newline="")))
    assert [row["prompt"] for row in read] == ["'=1+1", 'a "b"\n,c']
    assert [json.loads(row["tags"]) for row in read] == [["é", "\u2028"], []]


def test_later_rows_come_without_a_head():
    assert Csv(head=False).feed(b'{"a": 1}\n') == b"1\n"
