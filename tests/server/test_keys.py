from __future__ import annotations

import hashlib
import hmac
import math
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from databases import claimed, end, key_of, queued, row_of
from hf_synth.errors import ConfigError, RecordsNotFound
from hf_synth.server.database import Database
from hf_synth.server.keys import check_key, create_key, key_by_id, list_keys, revoke_key
from hf_synth.server.leases import mine
from hf_synth.server.tables import keys


def test_a_key_opens_with_its_limits(database: Database):
    text = create_key(database, "team a", requests_per_minute=5, most_jobs=2, budget=9.5)
    key = check_key(database, text)
    assert key is not None
    assert (key.name, key.requests_per_minute, key.most_jobs, key.budget) == ("team a", 5, 2, 9.5)
    assert key_by_id(database, key.id) == key
    assert text not in repr(key)


def test_whatever_else_is_sent_opens_nothing(database: Database):
    text, other = create_key(database, "one"), create_key(database, "other")
    head, secret = text[:17], text[17:]
    wrong = [
        "",
        "hfs_",
        text[:-1],
        text + "x",
        text + "\n",
        text.upper(),
        head + secret[::-1],
        head + other[17:],
        f"hfs_{'0' * 12}_{secret}",
        f"hfs_{'%' * 12}_{secret}",
        head + "é" * 43,
        "x" * 100_000,
        "\x00",
    ]
    assert [check_key(database, given) for given in wrong] == [None] * len(wrong)
    assert check_key(database, text) is not None


def test_every_key_is_compared_in_constant_time_also_one_that_is_not_there(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    """An unknown id, a malformed key and a wrong secret end in the same comparison, of digests of the same length."""
    compared: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def watched(one: str, other: str) -> bool:
        compared.append((len(one), len(other)))
        return compare(one, other)

    text = create_key(database, "one")
    monkeypatch.setattr(hmac, "compare_digest", watched)
    for given in (text, text[:17] + "x" * 43, f"hfs_{'0' * 12}_{'x' * 43}", "none"):
        check_key(database, given)
    assert compared == [(64, 64)] * 4


def test_the_secret_is_stored_nowhere(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path}/jobs.sqlite3")
    database.migrate()
    text = create_key(database, "team")
    secret = text[17:]
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    database.close()
    held += b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in held
    assert hashlib.sha256(secret.encode()).hexdigest().encode() in held


def test_keys_are_long_random_and_of_one_word(database: Database):
    made = {create_key(database, f"key {number}") for number in range(20)}
    assert len(made) == 20
    assert all(len(text) == 60 and text.startswith("hfs_") for text in made)


def test_a_name_is_used_once_also_when_it_was_revoked(database: Database):
    create_key(database, "team")
    revoke_key(database, "team")
    with pytest.raises(ConfigError, match=r"named 'team' already\. Choose another name; a revoked key keeps its name"):
        create_key(database, "team")


def test_of_several_that_make_one_name_at_once_one_does(database: Database):
    done: list[str] = []

    def make() -> None:
        try:
            done.append(create_key(database, "team"))
        except ConfigError as error:
            done.append(str(error))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(text.startswith("hfs_") for text in done) == [False] * 7 + [True]


def test_a_name_that_would_break_a_list_is_refused(database: Database):
    for name in ("", "  ", "x" * 201, "a\nb", "a\x00b", "\x1b[31mred"):
        with pytest.raises(ConfigError, match="is no name for a key"):
            create_key(database, name)


def test_a_budget_is_an_amount(database: Database):
    for budget in (math.nan, math.inf, -math.inf, 0.0, -1.0):
        with pytest.raises(ConfigError, match="is no budget"):
            create_key(database, "team", budget=budget)


def test_keys_are_listed_with_what_their_jobs_spent(database: Database):
    one, other = key_of(database, "one", budget=5.0), key_of(database, "other")
    for usd in (0.5, 0.25):
        job = queued(database, one, worst=1.0)
        assert claimed(database) == [job.id]
        assert end(database, "worker", job.id, usd=usd)
    listed = list_keys(database)
    assert [(key.id, key.spent, key.budget) for key in listed] == [(one.id, 0.75, 5.0), (other.id, 0.0, None)]


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_revoked_key_is_good_for_nothing(database: Database, by: str):
    text = create_key(database, "team")
    key = check_key(database, text)
    assert key is not None
    assert revoke_key(database, getattr(key, by)).name == "team"
    assert check_key(database, text) is None
    assert key_by_id(database, key.id) is None
    at = list_keys(database)[0].revoked_at
    revoke_key(database, "team")
    assert list_keys(database)[0].revoked_at == at is not None


def test_revoking_a_key_cancels_its_jobs_and_no_others(database: Database):
    key, other = key_of(database, "team"), key_of(database)
    running, waiting, done, theirs = (queued(database, one) for one in (key, key, key, other))
    with database.write() as connection:
        connection.execute(sa.text("update jobs set status = 'completed' where id = :id"), {"id": done.id})
    assert claimed(database) == [running.id]
    revoke_key(database, "team")
    assert mine(database, "worker") == {running.id: True}
    told = [row_of(database, job.id) for job in (waiting, done, theirs)]
    assert [row.status for row in told] == ["cancelled", "completed", "queued"]
    assert [row.version for row in told] == [2, 1, 1]
    assert told[0].ended_at is not None


def test_a_key_is_revoked_while_no_job_is_submitted_or_claimed(database: Database):
    """Else a job that comes at the same moment is not cancelled with the others."""
    key_of(database, "team")
    revoking = threading.Thread(target=revoke_key, args=(database, "team"))
    with database.write(alone=True):
        revoking.start()
        revoking.join(0.2)
        assert revoking.is_alive()
    revoking.join()
    assert list_keys(database)[0].revoked_at is not None


def test_a_key_that_is_named_like_the_id_of_another_one_is_the_one_that_is_revoked(database: Database):
    key = key_of(database, "team")
    like = key_of(database, key.id)
    assert revoke_key(database, key.id).id == like.id
    assert key_by_id(database, key.id) is not None
    assert revoke_key(database, "team").id == key.id


def test_a_key_that_is_not_there_cannot_be_revoked(database: Database):
    with pytest.raises(RecordsNotFound, match=r"There is no key 'nobody'\. See hf-synth keys list"):
        revoke_key(database, "nobody")


def test_the_digest_never_leaves_the_table(database: Database):
    key = key_of(database)
    with database.read() as connection:
        digest = connection.scalar(sa.select(keys.c.digest))
    assert digest
    assert digest not in repr(key) + repr(list_keys(database))
