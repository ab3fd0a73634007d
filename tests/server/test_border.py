"""What went wrong in the server is told to nobody, in its own words."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from serving import OFFLINE, PREFIX, Site, settings_of, site

CANARY = "zebra-crossing-41"
BREAK = "CREATE TRIGGER broken BEFORE INSERT ON jobs BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END"


@pytest.fixture
def broken(tmp_path) -> Iterator[Site]:
    """A server whose database takes no job, and quotes the job that it does not take."""
    with site(settings_of(tmp_path), working=False) as one:
        with one.database.write() as connection:
            connection.execute(sa.text(BREAK))
        yield one


def test_a_mistake_is_a_problem_without_its_words_and_stands_in_the_log_without_them(broken, caplog):
    client = broken.client()
    config = {**OFFLINE, "domain": CANARY, "guidance": CANARY}
    with caplog.at_level(logging.DEBUG):
        answer = client.post(f"{PREFIX}/generate", json=config, headers={"Idempotency-Key": CANARY})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:hf-synth:error:Mistake"
    assert "broken on purpose" not in answer.text
    told = "\n".join(logging.Formatter().format(record) for record in caplog.records)
    assert "POST: IntegrityError" in told
    assert "submitting.py" in told
    assert CANARY not in told
    assert "broken on purpose" not in told
    assert "INSERT" not in told


def test_people_are_told_on_a_page(broken):
    answer = broken.client().get("/nothing", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_the_server_goes_on_after_a_mistake(broken):
    client = broken.client()
    for _ in range(8):  # more than there are turns
        assert client.post(f"{PREFIX}/generate", content=json.dumps(OFFLINE)).status_code == 500
    assert client.get(f"{PREFIX}/jobs").json()["jobs"] == []
