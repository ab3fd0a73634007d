from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from databases import OVER, claimed, end, expire, key_of, migrate_and_claim, queued, row_of
from generating import Child, until
from hf_synth.server import leases, queue
from hf_synth.server.database import Database
from hf_synth.server.jobs import cancel_job
from hf_synth.server.keys import Key
from hf_synth.server.tables import facts, jobs, parts
from hf_synth.server.taken import DEADLY, DOUBTFUL

PART = {"split": "train", "first_row": 0, "rows": 6, "first_byte": 0, "bytes": 99, "path": "p"}


def pile(database: Database, key: Key, number: int) -> list[str]:
    """Many jobs at once, one after the other in time."""
    first = queued(database, key)
    row = {**row_of(database, first.id)._mapping, "journal": None, "created_at": first.created_at + 1}
    ids = [f"job_{key.id}{count:012x}" for count in range(number - 1)]
    with database.write() as connection:
        connection.execute(jobs.insert(), [{**row, "id": one} for one in ids])
    return [first.id, *ids]


def allotted(database: Database, job_id: str) -> float | None:
    return row_of(database, job_id).allotted


# -- each to one -----------------------------------------------------------------------------------------------------


def test_a_claimed_job_is_told_to_its_worker_with_all_that_is_known(database: Database):
    key = key_of(database)
    waiting = queued(database, key, config={"domain": "gardens", "guidance": "short"})
    assert queue.claim(database, "one", 0) == []
    (job,) = queue.claim(database, "one", 5)
    assert (job.id, job.status, job.config, job.version) == (waiting.id, "running", waiting.config, 2)
    assert job.started_at is not None
    row = row_of(database, job.id)
    assert row.owner == "one"
    assert row.lease_until == pytest.approx(time.time() + leases.LEASE, abs=5)
    assert queue.claim(database, "other", 5) == []
    assert (leases.mine(database, "one"), leases.mine(database, "other")) == ({job.id: False}, {})
    assert leases.owners(database) == {"one"}


def test_many_threads_that_claim_at_once_get_each_job_once(database: Database):
    keys = [key_of(database) for _ in range(3)]
    made = [queued(database, key).id for key in keys for _ in range(10)]
    got: list[tuple[str, str]] = []

    def work(worker: str, free: int) -> None:
        while found := claimed(database, worker, free):
            got.extend((worker, job_id) for job_id in found)

    threads = [threading.Thread(target=work, args=(f"worker {n}", 1 + n % 3)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(job_id for _, job_id in got) == sorted(made)
    for worker in {worker for worker, _ in got}:
        assert {*leases.mine(database, worker)} == {job_id for one, job_id in got if one == worker}


def test_processes_that_make_the_tables_and_claim_at_once_get_each_job_once(database_url: str, tmp_path: Path):
    with (
        Child(tmp_path, migrate_and_claim, database_url, "one") as one,
        Child(tmp_path, migrate_and_claim, database_url, "other") as other,
    ):
        database = Database(database_url)
        database.migrate()
        key, ready = key_of(database), sa.select(sa.func.count()).where(facts.c.value == "ready")
        with database.read() as connection:
            until(lambda: connection.scalar(ready) == 2, "both are ready")
        made = pile(database, key, 20)
        with database.write() as connection:
            connection.execute(facts.insert().values(name=OVER, value=""))
        got = claimed(database, free=3)
        assert sorted(got + one.result() + other.result()) == sorted(made)
        database.close()


@pytest.mark.parametrize("dies", [leases.release, expire])
def test_a_job_whose_worker_died_is_claimed_again_and_is_the_old_ones_no_more(database: Database, dies):
    key = key_of(database)
    job = queued(database, key)
    assert claimed(database, "old") == [job.id]
    queue.update(database, "old", job.id, {"before": {"usd": 1.0}, "usd": 0.25})
    assert claimed(database, "new") == []
    began = row_of(database, job.id).started_at
    dies(database, "old")
    (again,) = queue.claim(database, "new", 1)
    assert (again.id, again.before, again.usd, again.started_at) == (job.id, {"usd": 1.0}, 0.25, began)
    assert (leases.mine(database, "old"), leases.renew(database, "old")) == ({}, {})
    assert not queue.update(database, "old", job.id, {"status": "failed"}, [PART], only_parts=True)
    assert not end(database, "old", job.id)
    assert row_of(database, job.id).owner == "new"
    assert end(database, "new", job.id)


def test_burying_one_worker_leaves_the_others_alone(database: Database):
    key = key_of(database)
    one, other = queued(database, key), queued(database, key)
    assert claimed(database, "one") == [one.id]
    assert claimed(database, "other") == [other.id]
    leases.release(database, "one")
    assert claimed(database, "new", 5) == [one.id]


def test_a_worker_lets_go_of_what_it_does_not_know_of_and_of_nothing_else(database: Database):
    """Its claim was made, and the answer got lost."""
    key = key_of(database)
    lost, known, theirs = (queued(database, key).id for _ in range(3))
    assert claimed(database, "one", 2) == [lost, known]
    assert claimed(database, "other", 1) == [theirs]
    leases.release(database, "one", [lost, theirs])
    assert claimed(database, "new", 9) == [lost]


def test_a_late_worker_keeps_a_job_that_nobody_took(database: Database):
    job = queued(database, key_of(database))
    claimed(database, "late")
    expire(database, "late")
    assert leases.renew(database, "late") == {job.id: False}
    assert claimed(database, "new") == []
    expire(database, "late")
    assert end(database, "late", job.id)
    assert claimed(database, "new") == []


def test_a_worker_that_comes_back_while_another_one_takes_its_job_keeps_it(postgres):
    """Between the look and the claim: only PostgreSQL lets both run at a time."""
    database = Database(postgres.new())
    database.migrate()
    job = queued(database, key_of(database))
    claimed(database, "old")
    expire(database, "old")
    got: list[str] = []
    thread = threading.Thread(target=lambda: got.extend(claimed(database, "new")))
    with database.write() as connection:  # as `update` does, which is not alone
        connection.execute(jobs.update().where(jobs.c.id == job.id).values(status="completed", lease_until=None))
        thread.start()
        waits = sa.text(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        )
        while thread.is_alive():
            with database.read() as look:
                if look.scalar(waits):
                    break
    thread.join()
    assert got == []
    assert row_of(database, job.id).status == "completed"
    database.close()


# -- deaths ----------------------------------------------------------------------------------------------------------


def die(database: Database, job_id: str, times: int) -> list[int]:
    """Let a worker claim a job and die, so many times; the deaths that each was told of."""
    told: list[int] = []
    for number in range(times):
        (job,) = queue.claim(database, f"worker {number}", 1)
        assert job.id == job_id
        told.append(job.deaths)
        leases.release(database, f"worker {number}")
    return told


def test_deaths_of_workers_are_counted_until_the_job_gets_on(database: Database):
    job = queued(database, key_of(database))
    assert die(database, job.id, 3) == [0, 1, 2]
    assert claimed(database, "new") == [job.id]
    assert queue.update(database, "new", job.id, {"deaths": 0})
    leases.release(database, "new")
    assert die(database, job.id, 1) == [1]


def test_a_worker_that_gives_a_job_back_has_not_died(database: Database):
    job = queued(database, key_of(database))
    for _ in range(7):
        assert claimed(database) == [job.id]
        assert end(database, "worker", job.id, "queued", owner=None, lease_until=None)
    assert row_of(database, job.id).deaths == 0


def test_a_job_that_no_worker_survives_ends_and_no_other_waits_for_it(database: Database, caplog):
    key = key_of(database, most_jobs=1)
    job, other = queued(database, key, journal="same"), queued(database, key, journal="same")
    assert die(database, job.id, DEADLY + 1) == [*range(DEADLY + 1)]
    assert claimed(database, "new", 9) == [other.id]
    row = row_of(database, job.id)
    assert (row.status, row.deaths, row.allotted, row.version) == ("failed", DEADLY + 1, None, DEADLY + 3)
    assert row.ended_at == pytest.approx(time.time(), abs=60)
    assert (row.error["type"], row.error["title"], row.error["exit_code"]) == ("WorkersLost", "Workers lost", 1)
    assert row.error["detail"].startswith("6 times a worker ended while it ran this job. Its")
    assert "log" in row.error["hint"]
    assert f"{job.id} failed" in caplog.text
    assert not queue.update(database, "worker 5", job.id, {"usd": 1.0}), "one that was only late finds it ended"


def test_of_what_nobody_could_count_a_key_may_not_spend_a_second_time(database: Database):
    key = key_of(database, budget=2.0)
    job = queued(database, key, worst=1.0)
    die(database, job.id, DEADLY + 1)
    other = queued(database, key, worst=1.0)
    assert claimed(database, "new", 9) == [other.id]
    assert (row_of(database, job.id).usd, allotted(database, other.id)) == (1.5, 0.5)


def test_a_late_worker_ends_its_deadly_job_itself(database: Database):
    job = queued(database, key_of(database))
    die(database, job.id, DEADLY)
    assert claimed(database, "late") == [job.id]
    expire(database, "late")
    assert leases.renew(database, "late") == {job.id: False}
    assert claimed(database, "new", 9) == []
    assert end(database, "late", job.id, "failed")


def test_the_job_that_most_workers_died_of_is_tried_first(database: Database):
    first, likeliest = (queued(database, key_of(database)).id for _ in range(2))
    assert claimed(database, "old", 2) == [first, likeliest]
    with database.write() as connection:
        for job_id, deaths in ((first, DOUBTFUL), (likeliest, DOUBTFUL + 1)):
            connection.execute(jobs.update().where(jobs.c.id == job_id).values(deaths=deaths))
    leases.release(database, "old")
    assert claimed(database, "new", 9) == [likeliest]


def test_of_jobs_that_workers_may_have_died_of_one_is_tried_at_a_time(database: Database):
    a, b, sound = (queued(database, key_of(database)).id for _ in range(3))
    with database.write() as connection:
        connection.execute(jobs.update().where(jobs.c.id.in_([a, b])).values(deaths=DOUBTFUL))

    def get(worker: str, *, wary: bool) -> list[str]:
        return [job.id for job in queue.claim(database, worker, 9, wary=wary)]

    assert get("one", wary=False) == [a, sound]
    assert get("one", wary=True) == []
    assert get("other", wary=True) == [b], "it runs no such job"
    leases.release(database, "other")
    queue.update(database, "one", a, {"deaths": 0})
    assert get("one", wary=True) == [b], "the first one got on"
    leases.release(database, "one")
    assert get("new", wary=False) == [b, a, sound], "the former is doubtful no more"
    c = queued(database, key_of(database)).id
    with database.write() as connection:
        connection.execute(jobs.update().where(jobs.c.id == c).values(deaths=DOUBTFUL))
    assert get("new", wary=False) == [c], "after a while one more is tried"


def test_a_job_whose_trial_is_over_is_trusted_more_than_the_one_that_is_tried_next(database: Database):
    waits, kills = (queued(database, key_of(database)).id for _ in range(2))
    assert claimed(database, "old", 2) == [waits, kills]
    with database.write() as connection:
        connection.execute(jobs.update().values(deaths=DOUBTFUL - 1))
    for worker, first in (("one", waits), ("two", kills), ("three", kills)):
        leases.release(database, worker.replace("one", "old").replace("two", "one").replace("three", "two"))
        assert [job.id for job in queue.claim(database, worker, 9)] == [first], worker
        if worker == "one":
            assert [job.id for job in queue.claim(database, worker, 9, wary=True)] == [], "the trial goes on"
            assert [job.id for job in queue.claim(database, worker, 9)] == [kills], "it is over"
            assert row_of(database, waits).deaths == DOUBTFUL - 1
    assert row_of(database, kills).deaths == DOUBTFUL + 2


def test_a_worker_that_lost_a_job_and_lives_is_no_death(database: Database):
    job = queued(database, key_of(database))
    for worker, other in (("one", "two"), ("two", "one")) * 3:
        [now] = queue.claim(database, worker, 1)
        assert now.deaths <= 1
        with database.write() as connection:
            connection.execute(jobs.update().values(lease_until=0.0))
        leases.alive(database, other, job.id)
    leases.release(database, "one", [job.id])
    leases.release(database, "two", [job.id])
    [now] = queue.claim(database, "new", 1)
    assert now.deaths <= 1, "nor is a claim whose answer never arrived"


def test_jobs_that_wait_for_their_trial_hide_none_behind_them(database: Database):
    key = key_of(database)
    old = [queued(database, key).id for _ in range(4)]
    assert claimed(database, "old", 4) == old
    with database.write() as connection:
        connection.execute(jobs.update().values(deaths=DOUBTFUL - 1))
    leases.release(database, "old")
    sound = queued(database, key).id
    [tried, *others] = [job.id for job in queue.claim(database, "new", 3)]
    assert (tried in old, others) == (True, [])
    assert [job.id for job in queue.claim(database, "new", 2, wary=True)] == [sound]


# -- fair ------------------------------------------------------------------------------------------------------------


def test_the_oldest_of_the_key_with_the_fewest_goes_first(database: Database):
    a, b, c = (key_of(database) for _ in range(3))
    made = [queued(database, key).id for key in (a, a, a, b, b, c)]
    assert claimed(database, free=2) == [made[0], made[3]]
    assert claimed(database, free=3) == [made[5], made[1], made[4]]
    assert claimed(database, free=9) == [made[2]]


def test_jobs_whose_worker_died_go_before_all_others(database: Database):
    a, b = key_of(database), key_of(database)
    first = [queued(database, a).id, queued(database, a).id]
    assert claimed(database, "old", 5) == first
    queued(database, b)
    leases.release(database, "old")
    assert claimed(database, "new", 2) == first


def test_ten_thousand_jobs_of_one_key_delay_no_other_keys_first(database: Database):
    many, few = key_of(database), key_of(database)
    made = pile(database, many, 10_000)
    late = queued(database, few).id
    assert claimed(database, free=2) == [made[0], late]


def test_forty_jobs_on_one_journal_hide_no_job_on_another(database: Database):
    key = key_of(database)
    same = [queued(database, key, journal="same").id for _ in range(40)]
    other = queued(database, key).id
    assert claimed(database, free=2) == [same[0], other]
    assert claimed(database, free=2) == []


def test_two_jobs_on_one_journal_run_one_after_the_other(database: Database):
    key, stranger = key_of(database), key_of(database)
    first, second = (queued(database, key, journal="same").id for _ in range(2))
    theirs = queued(database, stranger, journal="same").id
    assert {*claimed(database, free=9)} == {first, theirs}, "journals are apart by key"
    leases.release(database, "worker")
    assert {*claimed(database, "new", free=9)} == {first, theirs}, "a dead worker's job still holds it"
    end(database, "new", first)
    assert claimed(database, free=9) == [second]


def test_a_key_runs_as_many_jobs_as_it_may_also_while_a_worker_is_dead(database: Database):
    key = key_of(database, most_jobs=2)
    made = [queued(database, key).id for _ in range(4)]
    assert claimed(database, "one", 9) == made[:2]
    assert claimed(database, "other", 9) == []
    leases.release(database, "one")
    assert claimed(database, "other", 1) == made[:1]
    assert claimed(database, "other", 9) == made[1:2]
    end(database, "other", made[0], "failed")
    assert claimed(database, "other", 9) == made[2:3]


@pytest.mark.parametrize(("places", "alone"), [(0, 9), (3, 3), (4, 3), (7, 6), (8, 6), (32, 24)])
def test_the_last_places_of_a_worker_are_kept_for_keys_that_run_nothing(database: Database, places, alone):
    long, short, late = (key_of(database) for _ in range(3))
    pile(database, long, 40)
    free = places or 9

    def get(free: int) -> list[str]:
        return [row_of(database, job.id).key_id for job in queue.claim(database, "worker", free, places=places)]

    assert get(free) == [long.id] * alone
    if alone < free:
        free -= alone
        assert get(free) == []
        queued(database, short)
        queued(database, short)
        assert get(free) == [short.id], "and of those, one each"
        queued(database, late)
        assert get(free - 1) == [late.id] * (free > 1)


def test_a_key_takes_a_kept_place_once_it_runs_nothing(database: Database):
    key = key_of(database)
    first, *others = pile(database, key, 3)
    assert claimed(database) == [first]
    assert queue.claim(database, "worker", 1, places=4) == []
    end(database, "worker", first)
    assert [job.id for job in queue.claim(database, "worker", 1, places=4)] == others[:1]


def test_jobs_whose_worker_died_take_kept_places(database: Database):
    made = pile(database, key_of(database), 4)
    assert claimed(database, "old", 4) == made
    leases.release(database, "old")
    assert [job.id for job in queue.claim(database, "new", 4, places=4)] == made


# -- money -----------------------------------------------------------------------------------------------------------


def test_without_a_budget_nothing_is_allotted(database: Database):
    job = queued(database, key_of(database), worst=5.0)
    claimed(database)
    assert allotted(database, job.id) is None


def test_a_job_is_allotted_what_it_may_take_and_no_more(database: Database):
    key = key_of(database, budget=10.0)
    job, small = queued(database, key, worst=2.0), queued(database, key, 2.0, config={"run": {"max_cost": 0.5}})
    claimed(database, free=2)
    assert (allotted(database, job.id), allotted(database, small.id)) == (3.0, 0.5)


def test_a_key_whose_money_is_all_held_waits_and_what_was_not_spent_comes_back(database: Database):
    key = key_of(database, budget=4.0)
    first, second, third = (queued(database, key, worst=2.0).id for _ in range(3))
    assert claimed(database, free=9) == [first], "1 is left, and 3 may be needed"
    end(database, "worker", first, usd=0.5)
    assert claimed(database, free=9) == [second]
    assert allotted(database, second) == 3.0
    end(database, "worker", second, usd=1.5)
    assert claimed(database, free=9) == [third]
    assert allotted(database, third) == 2.0, "nobody holds any: it gets what is left"


def test_a_large_job_is_not_overtaken_for_ever_by_small_ones(database: Database):
    key = key_of(database, budget=4.0)
    running, large, small = (queued(database, key, worst=worst).id for worst in (1.0, 2.5, 0.1))
    assert claimed(database, free=9) == [running]
    end(database, "worker", running, usd=0.0)
    assert claimed(database, free=9) == [large, small]


def test_jobs_that_cost_nothing_run_whatever_the_budget(database: Database):
    key = key_of(database, budget=1.0)
    costly = queued(database, key, worst=5.0).id
    waiting = queued(database, key, worst=5.0).id
    free = [queued(database, key).id for _ in range(3)]
    assert claimed(database, free=9) == [costly, *free]
    end(database, "worker", costly, usd=1.0)
    assert claimed(database, free=9) == [waiting]
    assert [allotted(database, job_id) for job_id in (waiting, *free)] == [0.0, 0.0, 0.0, 0.0]


def test_a_job_whose_budget_others_spent_meanwhile_gets_nothing_once_nobody_can_give_any_back(database: Database):
    key = key_of(database, budget=1.0)
    first, second = (queued(database, key, worst=1.0).id for _ in range(2))
    assert claimed(database, free=9) == [first]
    queue.update(database, "worker", first, {"usd": 0.9})
    assert claimed(database, free=9) == [], "a tenth may come back"
    end(database, "worker", first, usd=1.0)
    assert claimed(database, free=9) == [second]
    assert allotted(database, second) == 0.0


def test_a_dead_workers_jobs_hold_their_money_until_they_are_claimed_again(database: Database):
    """What they spent last is not written down yet: nobody else may spend it, too."""
    key = key_of(database, budget=3.0)
    first, second = (queued(database, key, worst=1.0).id for _ in range(2))
    assert claimed(database, "old", 9) == [first, second]
    queue.update(database, "old", first, {"usd": 0.5})
    leases.release(database, "old")
    third = queued(database, key, worst=1.0).id
    assert claimed(database, "new", 1) == [first]
    assert claimed(database, "new", 9) == [second]
    assert [allotted(database, job_id) for job_id in (first, second)] == [1.5, 1.5]
    end(database, "new", first, usd=1.5)
    end(database, "new", second, usd=1.5)
    assert claimed(database, "new", 9) == [third]
    assert allotted(database, third) == 0.0


def test_a_job_whose_worker_died_keeps_what_it_was_allotted_and_gets_no_more(database: Database):
    job = queued(database, key_of(database, budget=10.0), worst=1.0)
    claimed(database, "old")
    queue.update(database, "old", job.id, {"usd": 0.5})
    leases.release(database, "old")
    assert claimed(database, "new") == [job.id]
    assert allotted(database, job.id) == 1.5


def test_keys_have_budgets_of_their_own(database: Database):
    poor, rich = key_of(database, budget=1.0), key_of(database, budget=100.0)
    one, other = queued(database, poor, worst=50.0).id, queued(database, rich, worst=50.0).id
    claimed(database, free=2)
    assert (allotted(database, one), allotted(database, other)) == (1.0, 75.0)


# -- what a worker writes --------------------------------------------------------------------------------------------


def test_places_of_rows_are_added_and_then_replaced(database: Database):
    job = queued(database, key_of(database))
    claimed(database)
    later = {**PART, "first_row": 6, "first_byte": 99}
    for new in ([PART], [later]):
        assert queue.update(database, "worker", job.id, {"usd": 0.5}, new)
    asked = sa.select(parts.c.first_row).order_by(parts.c.first_row)
    with database.read() as connection:
        assert [*connection.scalars(asked)] == [0, 6]
    assert queue.update(database, "worker", job.id, {"status": "completed"}, [{**PART, "rows": 12}], only_parts=True)
    with database.read() as connection:
        assert [*connection.scalars(asked)] == [0]
    assert row_of(database, job.id).version == 5


def test_nothing_is_written_about_a_job_that_has_ended(database: Database):
    job = queued(database, key_of(database))
    assert not queue.update(database, "worker", job.id, {"usd": 1.0})
    claimed(database)
    end(database, "worker", job.id)
    assert not queue.update(database, "worker", job.id, {"usd": 1.0}, [PART])
    assert row_of(database, job.id).usd == 0.0


def test_a_job_that_was_given_back_is_claimed_again(database: Database):
    job = queued(database, key_of(database))
    claimed(database, "old")
    assert queue.update(database, "old", job.id, {"status": "queued", "owner": None, "lease_until": None})
    cancel_job(database, queued(database, key_of(database)))
    assert claimed(database, "new", 9) == [job.id]


def test_places_are_counted_while_jobs_are_claimed(database: Database):
    keys = [key_of(database, most_jobs=2) for _ in range(4)]
    for key in keys:
        for _ in range(3):
            queued(database, key)
    got = claimed(database, free=6)
    assert sorted(Counter(row_of(database, job_id).key_id for job_id in got).values()) == [1, 1, 2, 2]
    assert len(claimed(database, free=9)) == 2
