from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from generating import load, local, recorded
from hf_synth.errors import JournalError
from hf_synth.hub.records import packed, unpacked

JOURNAL = "a" * 64
OFFLINE: dict[str, Any] = {"schema": "eval_v1", "domain": "gardens", "count": 20, "models": {"generator": "offline"}}
ANSWER: dict[str, Any] = {
    "type": "answer",
    "name": "0.0.0:1:generator:0.0:abc",
    "role": "generator",
    "text": "Yes.",
    "stop": "stop",
    "model": "m",
    "usage": [1, 2, 0, 0, 0, 0],
    "usd": 0.5,
    "at": 1.5,
}


def file_of(*records: Any, head: Any = None) -> bytes:
    head = {"type": "records", "format": 1, "journal": JOURNAL, "reached": 3} if head is None else head
    return gzip.compress("".join(f"{json.dumps(one)}\n" for one in (head, *records)).encode())


def test_the_answers_of_a_journal_come_back_as_they_were(cache):
    load(OFFLINE, cache)
    journal = local(OFFLINE, cache).journal()
    held = unpacked(packed(JOURNAL, 4, (record for _, record in journal.scan())), "repo/file")
    assert (held.journal, held.reached) == (JOURNAL, 4)
    mine = [{**answer, "usd": 0.0, "elsewhere": answer["usd"]} for answer in recorded(OFFLINE, cache)]
    known = {*mine[0]} | {"detail"}
    assert [{k: v for k, v in one.items() if k in known} for one in mine] == held.answers


def test_the_same_answers_make_the_same_bytes():
    assert packed(JOURNAL, 0, [ANSWER]) == packed(JOURNAL, 0, [ANSWER, {"type": "row"}])


def test_what_it_cost_is_noted_as_paid_elsewhere_and_stays_so():
    once = unpacked(file_of(ANSWER), "f").answers
    assert (once[0]["usd"], once[0]["elsewhere"]) == (0.0, 0.5)
    twice = unpacked(packed(JOURNAL, 0, once), "f").answers
    assert (twice[0]["usd"], twice[0]["elsewhere"]) == (0.0, 0.5)


@pytest.mark.parametrize(
    "change",
    [
        {"usd": -1.0},
        {"usd": "free"},
        {"usd": float("nan")},
        {"usage": [1, 2]},
        {"usage": [-1, 0, 0, 0, 0, 0]},
        {"usage": [True, 0, 0, 0, 0, "0"]},
        {"name": ""},
        {"name": "a\nb"},
        {"name": "../../x"},
        {"role": "boss"},
        {"stop": "maybe"},
        {"text": 7},
        {"at": -1.0},
        {"type": "row"},
        {"type": "reserve"},
    ],
)
def test_a_record_with_a_field_that_cannot_be_is_refused(change):
    with pytest.raises(JournalError, match="user/repo/file, line 3"):
        unpacked(file_of(ANSWER, {**ANSWER, **change}), "user/repo/file")


def test_fields_that_a_record_does_not_have_are_not_taken():
    taken = unpacked(file_of({**ANSWER, "batch": "x", "reserved": "y"}), "f").answers[0]
    assert set(taken) == {*ANSWER, "elsewhere"}


@pytest.mark.parametrize(
    "head",
    [
        {},
        [],
        {"type": "records", "format": 1, "journal": "short", "reached": 0},
        {"type": "records", "format": 1, "journal": JOURNAL, "reached": -7},
        {"type": "answer"},
    ],
)
def test_a_file_that_begins_otherwise_holds_no_records(head):
    with pytest.raises(JournalError, match="cannot be read as records"):
        unpacked(file_of(head=head), "f")


def test_a_file_of_a_newer_version_says_so():
    head = {"type": "records", "format": 99, "journal": JOURNAL, "reached": 0}
    with pytest.raises(JournalError, match="newer hf-synth"):
        unpacked(file_of(head=head), "f")


@pytest.mark.parametrize("damage", ["nothing", "text", "no line", "no end", "a beginning"])
def test_what_is_damaged_is_refused(damage):
    whole = file_of(ANSWER)
    data = {"nothing": b"", "text": b"not gzip", "no line": gzip.compress(b"")}.get(
        damage, whole[:-20] if damage == "no end" else whole[:40]
    )
    with pytest.raises(JournalError, match="cannot be read as records"):
        unpacked(data, "f")


def test_a_line_without_end_is_refused_before_it_fills_the_memory():
    with pytest.raises(JournalError, match="larger than records can be"):
        unpacked(gzip.compress(b"x" * (5 * 1024 * 1024)), "f")
