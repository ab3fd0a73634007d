from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.lines import csv_head, csv_line, json_line

texts = st.text(st.characters(exclude_categories=["Cs"]))
rows = st.dictionaries(texts, texts | st.floats(allow_nan=False, allow_infinity=False) | st.lists(texts), min_size=1)


@given(rows)
def test_a_row_is_one_line_of_json_that_loses_nothing(row: dict[str, Any]):
    line = json_line(row)
    assert line.count(b"\n") == 1
    assert json.loads(line) == row


def test_letters_of_all_scripts_stay_as_they_are():
    assert json_line({"text": "größe 東京"}) == '{"text": "größe 東京"}\n'.encode()


@given(st.lists(texts, min_size=1, max_size=4))
def test_csv_reads_back_as_it_was(cells: list[str]):
    names = [f"c{number}" for number in range(len(cells))]
    text = csv_head(names) + csv_line(dict(zip(names, cells, strict=True)))
    assert list(csv.reader(io.StringIO(text, newline=""))) == [names, cells]


def test_lists_and_structs_are_json_in_csv():
    assert csv_line({"a": ["x", "y"], "b": {"c": "é"}}) == '"[""x"", ""y""]","{""c"": ""é""}"\n'


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "  ="])
def test_what_a_spreadsheet_would_run_is_disarmed(sign):
    line = csv_line({"a": f'{sign}HYPERLINK("http://evil")', "b": -1.5}, disarm=True)
    cell, number = next(csv.reader(io.StringIO(line, newline="")))
    assert cell.startswith("'")
    assert number == "-1.5", "a number is no formula"


def test_only_texts_that_look_like_formulas_are_changed():
    assert csv_line({"a": "1 + 1 = 2"}, disarm=True) == '"1 + 1 = 2"\n'
