"""Figures for Prometheus, in a registry of their own: requests of this process, and jobs as the database has them.

Labels are few and of a fixed set: no key, job, domain or address is in any. Routes are told as they are written in the
code, with `{job_id}` in place of an id.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, get_args

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hf_synth.server.database import Database
from hf_synth.server.patience import AWAY
from hf_synth.server.shapes import Status
from hf_synth.server.tables import jobs

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)
_FRESH = 5.0  # seconds for which the database is not asked again
_OTHER = "other"


class Metrics:
    """What is counted in one server process.

    Args:
        working: whether the worker runs, where there is to be one.
    """

    def __init__(self, working: Callable[[], bool] | None = None) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self.requests = Counter(
            "hf_synth_requests", "Answers that began.", ["method", "route", "status"], registry=self._registry
        )
        self.seconds = Histogram(
            "hf_synth_request_seconds",
            "Seconds until an answer began.",
            ["route"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self.open = Gauge("hf_synth_open_requests", "Requests that have no whole answer yet.", registry=self._registry)
        if working is not None:
            up = Gauge("hf_synth_worker_up", "Whether the worker of this server runs.", registry=self._registry)
            up.set_function(lambda: float(working()))
        ProcessCollector(registry=self._registry)

    def follow(self, database: Database) -> None:
        """Tell of the jobs of a database, too."""
        self._registry.register(_Jobs(database))

    def tell_store(self, up: Callable[[], bool]) -> None:
        """Tell of the store, too: whether it was there when somebody last looked."""
        gauge = Gauge("hf_synth_store_up", "Whether results can be read from the store.", registry=self._registry)
        gauge.set_function(lambda: float(up()))

    def page(self, accept: str) -> tuple[bytes, str]:
        """All of it in a format that the scraper takes, and the content type."""
        encode, kind = choose_encoder(accept)
        return encode(self._registry), kind


class _Jobs(Collector):
    """Jobs as the database has them: the same on all servers of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._read = float("-inf")
        self._rows: list[Any] | None = None
        self._most = {"rows": 0.0, "usd": 0.0}

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            if time.monotonic() - self._read > _FRESH:
                self._rows, self._read = self._look(), time.monotonic()
            rows = self._rows
        up = float(rows is not None)
        yield GaugeMetricFamily("hf_synth_database_up", "Whether the database answers.", up)
        if rows is None:
            return
        found = {row.status: row for row in rows}
        number = GaugeMetricFamily("hf_synth_jobs", "Jobs by status; those queued are the queue.", labels=["status"])
        for status in get_args(Status):
            number.add_metric([status], found[status].there if status in found else 0)
        yield number
        oldest = found["queued"].oldest if "queued" in found else None
        age = 0.0 if oldest is None else max(0.0, time.time() - oldest)
        yield GaugeMetricFamily("hf_synth_queue_oldest_seconds", "How long the oldest queued job waits.", age)
        made, spent = sum(row.made or 0 for row in rows), sum(row.usd or 0.0 for row in rows)
        yield CounterMetricFamily("hf_synth_rows_accepted", "Rows of all jobs.", self._highest("rows", made))
        yield CounterMetricFamily("hf_synth_spent_usd", "US dollars of all jobs.", self._highest("usd", spent))

    def _look(self) -> list[Any] | None:
        asked = sa.select(
            jobs.c.status,
            sa.func.count(sa.case((jobs.c.deleted_at.is_(None), 1))).label("there"),
            sa.func.min(jobs.c.created_at).label("oldest"),
            sa.func.sum(jobs.c.statistics["rows_accepted"].as_integer()).label("made"),
            sa.func.sum(jobs.c.usd).label("usd"),
        ).group_by(jobs.c.status)
        try:
            with self._database.read() as connection:
                return list(connection.execute(asked))
        except AWAY:
            return None

    def _highest(self, name: str, value: float) -> float:
        """Money that was set aside may come back, and a counter that falls is taken for one that began anew."""
        self._most[name] = max(self._most[name], value)
        return self._most[name]


class Measured:
    """Counts requests around an application, and lets every message through as it comes."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, answered = time.perf_counter(), False

        def count(status: int) -> None:
            nonlocal answered
            answered = True
            route: str = getattr(scope.get("route"), "path", None) or _OTHER
            method = scope["method"] if scope["method"] in _METHODS else _OTHER
            self._metrics.requests.labels(method, route, status).inc()
            self._metrics.seconds.labels(route).observe(time.perf_counter() - began)

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                count(message["status"])
            await send(message)

        with self._metrics.open.track_inprogress():
            try:
                await self._app(scope, receive, counted)
            except Exception:
                if not answered:  # it is answered with a 500 further out
                    count(500)
                raise
