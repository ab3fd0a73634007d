"""Jobs that tests hold half-way: their model answers so many requests, and the others when told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx

from generating import recipe, until
from servers.model import Model
from servers.openai_server import FakeOpenAI
from serving import PREFIX, Site, ended, generate, look


@dataclass(frozen=True)
class Held:
    """A job, whose it is, and the model that it asks."""

    client: httpx.Client
    job_id: str
    model: FakeOpenAI

    @property
    def results(self) -> str:
        return f"{PREFIX}/jobs/{self.job_id}/results"

    def release(self) -> None:
        """Let the model answer all requests."""
        self.model.allowed = float("inf")

    def finish(self, status: str = "completed") -> bytes:
        """Let the job end; all of its rows."""
        self.release()
        assert ended(self.client, self.job_id)["status"] == status
        return self.client.get(self.results).content

    def cancel(self) -> None:
        """Cancel the job. Answers come one by one, so that it does not complete before that is seen."""
        self.client.post(f"{PREFIX}/jobs/{self.job_id}/cancel")
        self.until(lambda: self.status == "cancelled", float("inf"))

    def until(self, ready: Callable[[], bool], most: float = 80) -> None:
        """Let the model answer one request after the other, so many in all at most, until something is so."""
        end = time.monotonic() + 60
        while not ready():
            assert time.monotonic() < end, f"in vain, with {self.model.allowed} answers"
            self.model.allowed = min(self.model.allowed + 1, most)
            time.sleep(0.04)

    def rows(self, least: int = 1) -> bytes:
        """Rows that can be read by now, once they are so many."""
        self.until(lambda: self.now().count(b"\n") >= least)
        return self.now()

    def settle(self) -> None:
        """Wait until what the model has answered is judged and handed out: until nothing changed for a while."""
        before, end = None, time.monotonic() + 60
        while (now := (look(self.client, self.job_id)["statistics"]["calls"], self.now())) != before:
            assert time.monotonic() < end, "in vain: rows are made still"
            before = now
            time.sleep(2)

    def now(self) -> bytes:
        """Rows that can be read by now."""
        return self.client.get(self.results, params={"follow": "false"}).content

    @property
    def status(self) -> str:
        return look(self.client, self.job_id)["status"]


@contextmanager
def held(site: Site, schema: str = "instruction_v1", count: int = 60, **config: Any) -> Iterator[Held]:
    """A job whose model answers nothing at first; what is left of it in the end is cancelled."""
    with FakeOpenAI(model=Model()) as model:
        model.allowed = 0
        client = site.client()
        job_id = generate(client, recipe(model, schema, count, **config))["job_id"]
        try:
            yield Held(client, job_id, model)
        finally:
            model.allowed = float("inf")
            with suppress(httpx.TransportError):  # the server has ended
                client.post(f"{PREFIX}/jobs/{job_id}/cancel")
                until(lambda: client.get(f"{PREFIX}/jobs/{job_id}").json().get("ended_at", True), "the end")


class Following:
    """A reader in a thread of its own; `got` grows, `error` is what it ended in."""

    def __init__(self, job: Held, path: str = "", headers: dict[str, str] | None = None) -> None:
        self._job, self._path, self._headers = job, path, headers
        self.got, self.answer, self.error = bytearray(), httpx.Response(500), None
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            with self._job.client.stream("GET", self._job.results + self._path, headers=self._headers) as answer:
                self.answer = answer
                for chunk in answer.iter_raw():
                    self.got += chunk
        except httpx.HTTPError as error:
            self.error = error

    def has(self, rows: int) -> None:
        """Let the model answer until so many rows have come."""
        self._job.until(lambda: self.got.count(b"\n") >= rows)

    def end(self) -> bytes:
        self._thread.join(60)
        assert not self._thread.is_alive()
        return bytes(self.got)
