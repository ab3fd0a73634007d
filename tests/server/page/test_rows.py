from __future__ import annotations

import json
import re
from html import unescape

import pytest
import sqlalchemy as sa

from generating import THREE
from hf_synth.server.page.rows import Field, fields_of
from hf_synth.server.store import Store
from hf_synth.server.tables import parts
from serving import ended, generate


@pytest.fixture(scope="module")
def made(served):
    """A key, and its job of 60 rows in three splits."""
    key = served.key()
    client = served.client(key)
    job_id = generate(client, count=60, splits=THREE)["job_id"]
    assert ended(client, job_id)["status"] == "completed"
    return key, job_id


def rows_of(served, job_id, split):
    """From the store."""
    asked = sa.select(parts).where(parts.c.job_id == job_id, parts.c.split == split)
    with served.database.read() as connection:
        (part,) = connection.execute(asked).all()
    text = Store(served.settings.store_url).read(part.path, 0, part.bytes)
    return [json.loads(line) for line in text.splitlines()]


def test_rows_are_shown_twenty_a_page(person, served, made):
    key, job_id = made
    http = person(key).sign_in().http
    wanted = rows_of(served, job_id, "train")
    for page, (first, last) in {1: (0, 20), 2: (20, 40), 3: (40, 48)}.items():
        text = unescape(http.get(f"/jobs/{job_id}/rows?split=train&page={page}").text)
        assert re.findall(r"Row (\d+)<", text) == [str(number + 1) for number in range(first, last)]
        places = [text.find(row["instruction"]) for row in wanted[first:last]]
        assert min(places) >= 0
        assert places == sorted(places)
        assert f"Page {page} of 3" in text
        assert ('rel="prev"' in text, 'rel="next"' in text) == (page > 1, page < 3)


def test_rows_are_shown_by_split(person, served, made):
    key, job_id = made
    http = person(key).sign_in().http
    text = unescape(http.get(f"/jobs/{job_id}/rows?split=test").text)
    assert "6 of 6 rows of <bdi>test</bdi>." in text
    assert all(row["instruction"] in text for row in rows_of(served, job_id, "test"))
    assert re.search(r'aria-current="page"><bdi>test</bdi>', text)
    assert http.get(f"/jobs/{job_id}/rows?split=other").status_code == 404


def test_beyond_the_last_page_there_are_no_rows(person, made):
    key, job_id = made
    text = person(key).sign_in().http.get(f"/jobs/{job_id}/rows?page=9").text
    assert "There are no rows here." in text
    assert f'href="/jobs/{job_id}/rows?split=train&amp;page=3" rel="prev"' in text


def test_fields_are_drawn_as_what_they_are():
    row = {
        "text": "a\nb",
        "long": "x" * 501,
        "turns": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "y\n" * 20}],
        "score": 0.5,
        "none": None,
        "tags": ["a"],
        "empty": [],
        "facts": {"seed": 1},
    }
    drawn = list(fields_of(row))
    assert drawn == [
        Field("text", "a\nb"),
        Field("long", "x" * 501),
        Field("turns, user", "Hi"),
        Field("turns, assistant", "y\n" * 20),
        Field("score", "0.5"),
        Field("none", "null"),
        Field("tags", '[\n  "a"\n]', plain=False),
        Field("empty", "[]", plain=False),
        Field("facts", '{\n  "seed": 1\n}', plain=False),
    ]
    assert [field.name for field in drawn if field.long] == ["long", "turns, assistant", "tags", "empty", "facts"]
