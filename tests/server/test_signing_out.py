"""Sessions that were ended, in each kind of database."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa

from databases import key_of
from hf_synth.server.database import Database
from hf_synth.server.keys import key_by_id
from hf_synth.server.signing_out import end_session, not_ended
from hf_synth.server.tables import signed_out


def there(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(signed_out)) or 0


def test_a_session_that_was_ended_is_no_way_to_its_key_and_others_are(database):
    key, later = key_of(database), time.time() + 3600
    end_session(database, "one", later)
    assert key_by_id(database, key.id, not_ended("one")) is None
    assert key_by_id(database, key.id, not_ended("two")) == key
    assert key_by_id(database, key.id) == key


def test_a_session_can_be_ended_twice(database):
    for _ in range(2):
        end_session(database, "one", time.time() + 3600)
    assert there(database) == 1


def test_what_has_expired_is_forgotten_once_somebody_signs_out(database):
    end_session(database, "old", time.time() - 3600)
    assert there(database) == 1
    end_session(database, "just over", time.time() - 1)  # by a clock that is late it is not
    assert there(database) == 1
    end_session(database, "new", time.time() + 3600)
    assert there(database) == 2
    key = key_of(database)
    assert [key_by_id(database, key.id, not_ended(one)) is None for one in ("old", "just over", "new")] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("session", ["", "\0", "\u00e9" * 300])
def test_an_odd_session_is_no_error(database, session):
    assert key_by_id(database, key_of(database).id, not_ended(session))
    end_session(database, session, time.time() + 3600)
    assert there(database) == 1
