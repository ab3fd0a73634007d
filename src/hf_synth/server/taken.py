"""What is taken when a worker looks for a job: places of keys, journals, money."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, Literal

import sqlalchemy as sa

from hf_synth.server.database import clock
from hf_synth.server.tables import jobs, keys

DOUBTFUL, DEADLY = 3, 5
"""Deaths of workers after which a job may be what kills them, and is taken for it.

Of the former, one is tried at a time, so that the next death tells which it was; the latter are run no more.
"""
TRIAL = 60.0
"""Seconds of such a trial. A job that got on is sound once its worker lived for so long: what kills by and by, such as
one that takes more and more memory, gets on as well."""
JOURNAL = sa.func.coalesce(jobs.c.journal, jobs.c.id)
_PLACE = JOURNAL.label("place")
_HEAD = ("id", "key_id", "status", "created_at")

Hindrance = Literal["places", "journal", "money"]
"""Why a job may not run now: its key runs as many as it may; another one works on its journal; others hold money."""


def kept(places: int) -> int:
    """How many of a worker's places are kept, while they are free, for keys that run nothing yet."""
    return max(1, places // 4) if places >= 4 else 0


def candidates() -> sa.Select[*tuple[Any, ...]]:
    """Jobs with all that a decision about them rests on."""
    names = (*_HEAD, "bound", "allotted", "usd", "lease_until", "deaths")
    asked = sa.select(*(jobs.c[name] for name in names), _PLACE, keys.c.most_jobs, keys.c.budget)
    return asked.join(keys, keys.c.id == jobs.c.key_id)


def _rank(rows: sa.FromClause, *of: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """Numbers from 1 within each group: those whose worker died ("running") before those that wait ("queued")."""
    order = (rows.c.status.desc(), rows.c.created_at, rows.c.id)
    return sa.func.row_number().over(partition_by=of, order_by=order)


class Taken:
    """Counted once, and kept up while jobs are claimed in the same transaction.

    A job whose worker died keeps its place, its journal and its money until it is claimed again: what it has spent of
    it is not known yet.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self.running: Counter[str] = Counter()
        """Jobs by key."""
        self._journals: dict[tuple[str, str], str] = {}  # the job that works on each
        self._held: defaultdict[str, dict[str, float]] = defaultdict(dict)  # dollars that jobs may yet spend, by key
        self._spent: dict[str, float] = {}
        self._short: set[str] = set()  # keys with a job that waits for money: later ones do not overtake it
        self._full: set[str] = set()
        self.dead: list[str] = []
        """Jobs whose worker died."""
        self.trying: set[str] = set()
        """Workers that run a doubtful job."""
        names = ("id", "key_id", "owner", "lease_until", "deaths", "allotted", "usd")
        asked = sa.select(*(jobs.c[name] for name in names), _PLACE, keys.c.most_jobs, clock().label("now"))
        for row in self._all(asked.join(keys, keys.c.id == jobs.c.key_id).where(jobs.c.status == "running")):
            self._add(row, row.allotted)
            if row.most_jobs is not None and self.running[row.key_id] >= row.most_jobs:
                self._full.add(row.key_id)
            if row.lease_until < row.now:
                self.dead.append(row.id)
            elif row.deaths >= DOUBTFUL:
                self.trying.add(row.owner)

    def _all(self, asked: sa.Select[*tuple[Any, ...]]) -> list[Any]:
        return list(self._connection.execute(asked))

    def waiting(self, most: int, *, sound: bool = False) -> list[Any]:
        """Of each key up to `most` jobs that may be next, and as many without a price: those wait for no money.

        A key's own queue hides no other key's, and jobs on one journal hide nothing but each other. With `sound`,
        doubtful jobs are left out: they would hide those behind them.
        """
        queued = sa.and_(
            jobs.c.status == "queued",
            jobs.c.key_id.not_in(self._full),
            sa.tuple_(jobs.c.key_id, JOURNAL).not_in(list(self._journals)),
        )
        which = jobs.c.status.in_(("queued", "running")), sa.or_(queued, jobs.c.id.in_(self.dead))  # of one index
        if sound:
            deaths = jobs.c.deaths + sa.case((jobs.c.status == "running", 1), else_=0)
            which = *which, deaths < DOUBTFUL
        free = sa.func.coalesce(jobs.c.bound, 1.0) == 0
        turn = _rank(jobs, jobs.c.key_id, free, JOURNAL).label("turn")
        head = sa.select(*(jobs.c[name] for name in _HEAD), free.label("free"), turn).where(*which).subquery()
        number = _rank(head, head.c.key_id, head.c.free).label("number")
        first = sa.select(head.c.id, number).where(head.c.turn == 1).subquery()
        return self.look(candidates().join(first, first.c.id == jobs.c.id).where(first.c.number <= most))

    def look(self, asked: sa.Select[*tuple[Any, ...]]) -> list[Any]:
        """Some `candidates`; `hindrance` may be asked about them then."""
        found = self._all(asked)
        self._sum_up({row.key_id for row in found if row.budget is not None})
        return found

    def _sum_up(self, key_ids: set[str]) -> None:
        spent = sa.select(jobs.c.key_id, sa.func.sum(jobs.c.usd).label("usd")).where(jobs.c.key_id.in_(key_ids))
        if key_ids:
            self._spent = {row.key_id: row.usd for row in self._all(spent.group_by(jobs.c.key_id))}

    def hindrance(self, row: Any) -> Hindrance | None:
        """Why a job may not run now. To be asked in the order of the queue: who waits for money is not overtaken."""
        again = row.status == "running"
        if row.most_jobs is not None and self.running[row.key_id] - again >= row.most_jobs:
            return "places"
        if not again and self.on_journal(row):
            return "journal"
        if needs_none(row) or self._own(row):
            return None
        left = self._left(row)
        enough = left > 0 and row.bound is not None and left >= row.bound
        if row.key_id in self._short or (not enough and self._others_hold(row)):
            self._short.add(row.key_id)
            return "money"
        return None

    def on_journal(self, row: Any) -> str | None:
        """The job that works on a job's journal."""
        return self._journals.get((row.key_id, row.place))

    def take(self, row: Any) -> float | None:
        """Take a place, a journal and money for a job; what it may spend in all, `None` without a budget.

        Where less is left than it wants, and nobody can give any back, it gets what there is, be it nothing.
        """
        if row.status == "running":
            self.running[row.key_id] -= 1
        if needs_none(row):  # what is to cost nothing may cost nothing
            allotted = None if row.budget is None else row.usd
        elif self._own(row):
            allotted = row.allotted
        else:
            left = max(0.0, self._left(row))
            allotted = row.usd + (left if row.bound is None else min(left, row.bound))
        self._add(row, allotted)
        return allotted

    def _add(self, row: Any, allotted: float | None) -> None:
        self.running[row.key_id] += 1
        self._journals[row.key_id, row.place] = row.id
        self._held[row.key_id][row.id] = max(0.0, (allotted or 0.0) - row.usd)

    def _own(self, row: Any) -> float:
        """What is left to a job whose worker died of what it was allotted before: it keeps that."""
        return self._held[row.key_id].get(row.id, 0.0)

    def _others_hold(self, row: Any) -> float:
        return sum(held for job_id, held in self._held[row.key_id].items() if job_id != row.id)

    def _left(self, row: Any) -> float:
        return row.budget - self._spent.get(row.key_id, 0.0) - self._others_hold(row)


def needs_none(row: Any) -> bool:
    """Whether a job takes nothing of a budget."""
    return row.budget is None or row.bound == 0
