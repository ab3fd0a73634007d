"""The batches of a server: what they hold, how long they take, what becomes of them. `server.batches` is a `Desk`.

Tests turn its switches from outside; a batch's requests are answered by what answers live calls, when it ends.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from servers.base import Answer, Received

Fate = Literal["complete", "expire", "cancel", "fail"]


@dataclass(frozen=True)
class Outcome:
    """What becomes of a batch.

    Attributes:
        fate: `complete`; `expire` or `cancel` (by the provider) after some requests; `fail` as a whole, which at
            Anthropic's is an error on creating it.
        after: requests that are answered before.
        code: of the failure, `message` and `line` with it.
    """

    fate: Fate = "complete"
    after: int = 0
    code: str = ""
    message: str = ""
    line: int | None = None


FULL = Outcome(
    "fail", code="token_limit_exceeded", message="Enqueued token limit reached for gpt-4o in organization x."
)
INVALID = Outcome("fail", code="invalid_json_line", message="This line is not parseable as valid JSON.", line=1)


@dataclass
class Batch:
    """A batch that was made. `lines` are as they came, `results` custom id to `Answer`, `None` if never tried."""

    id: str
    lines: list[dict[str, Any]]
    headers: Mapping[str, str]
    marks: dict[str, str] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)
    created: float = field(default_factory=time.time)
    looks: int = 0
    cancelling: bool = False
    fate: Fate | None = None
    results: dict[str, Answer | None] = field(default_factory=dict)

    @property
    def custom_ids(self) -> list[str]:
        return [line["custom_id"] for line in self.lines]


class Desk:
    """Takes in batches and hands out results.

    Attributes:
        held: while set, no batch ends.
        looks: how often a batch is seen running (looked at, or listed) before it ends; at 0 it ends at the first look.
        seconds: how long a batch takes at least.
        finished: requests of a running batch that are done: shown while it runs, answered if it is then cancelled.
        outcomes: what becomes of the next batches; the others complete.
        fault: given the number of a request in its batch and its body, an `Answer` to fail it with, or `None`.
        drops: connections to reset after the next batches were made, so that nobody learns their ids.
        cuts: downloads of results to cut in the middle.
        garble: what to send instead of the bytes of a file of results.
        page: most batches in one answer to a listing.
        made: the batches, in order.
        uploads: the files that were sent, by id.
        deleted: ids of files that were deleted.
        cancels: ids of batches that somebody asked to cancel, each time.
        answered: bodies of the requests that were answered with a 200 inside a batch, in order: what was paid for.
    """

    body = "body"

    def __init__(self, ask: Callable[[dict[str, Any], Mapping[str, str]], Any]) -> None:
        self.held = False
        self.looks = 0
        self.seconds = 0.0
        self.finished = 0
        self.outcomes: list[Outcome] = []
        self.fault: Callable[[int, dict[str, Any]], Answer | None] | None = None
        self.drops = 0
        self.cuts = 0
        self.garble: Callable[[bytes], Any] = bytes
        self.page = 20
        self.made: list[Batch] = []
        self.uploads: dict[str, bytes] = {}
        self.deleted: list[str] = []
        self.cancels: list[str] = []
        self.answered: list[dict[str, Any]] = []
        self._ask = ask

    def handle(self, request: Received) -> Answer | None:
        """The answer to a call about batches, `None` where it is about something else. Never paid for."""
        raise NotImplementedError

    def find(self, batch: str) -> Batch | None:
        return next((one for one in self.made if one.id == batch), None)

    def take(self, batch: Batch) -> Batch:
        """Take in a batch."""
        batch.outcome = self.outcomes.pop(0) if self.outcomes else Outcome()
        self.made.append(batch)
        return batch

    def look(self, batch: Batch) -> None:
        """Somebody looks at a batch: it may have ended meanwhile."""
        if batch.fate:
            return
        batch.looks += 1
        if batch.cancelling:
            self._end(batch, "cancel", self.finished)
        elif not self.held and batch.looks > self.looks and time.time() - batch.created >= self.seconds:
            self._end(batch, batch.outcome.fate, batch.outcome.after)

    def _end(self, batch: Batch, fate: Fate, after: int) -> None:
        tried = {"complete": len(batch.lines), "fail": 0}.get(fate, after)
        for number, line in enumerate(batch.lines):
            batch.results[line["custom_id"]] = self._answered(number, line, batch.headers) if number < tried else None
        batch.fate = fate

    def _answered(self, number: int, line: dict[str, Any], headers: Mapping[str, str]) -> Answer:
        body = line[self.body]
        given = (self.fault and self.fault(number, body)) or self._ask(body, headers)
        answer = given if isinstance(given, Answer) else Answer(given)
        if answer.how != "send" or not isinstance(answer.body, dict):  # ruins of an answer, which no batch holds
            answer = Answer({"error": {"type": "server_error", "message": "it broke"}}, 500)
        if answer.status == 200 and answer.paid:
            self.answered.append(body)
        return answer

    def listed(self, cursor: str | None, limit: str | None) -> tuple[list[Batch], bool]:
        """A page of batches, newest first, after the one that `cursor` names; whether there are more."""
        batches = sorted(self.made, key=lambda batch: (batch.created, int(batch.id.rpartition("_")[2])), reverse=True)
        names = [batch.id for batch in batches]
        start = names.index(cursor) + 1 if cursor in names else 0
        end = start + min(self.page, int(limit or 20))
        for batch in batches[start:end]:
            self.look(batch)
        return batches[start:end], end < len(batches)

    def created(self, body: dict[str, Any]) -> Answer:
        """The answer to whoever made a batch, unless it is to be lost."""
        if self.drops:
            self.drops -= 1
            return Answer(how="reset")
        return Answer(body, paid=False)

    def download(self, lines: list[dict[str, Any]]) -> Answer:
        """A file of results, in no order that means anything."""
        content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in reversed(lines)).encode()
        if self.cuts:
            self.cuts -= 1
            return Answer(content, how="cut")
        return Answer(self.garble(content), paid=False)
