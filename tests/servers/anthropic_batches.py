"""Message batches as Anthropic's API has them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from servers.base import Answer, Received
from servers.batches import Batch, Desk, Outcome

_CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def refused(status: int, kind: str, message: str) -> Answer:
    return Answer({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}, status)


class AnthropicDesk(Desk):
    """`/v1/messages/batches`, `…/{id}`, `…/{id}/results`, `…/{id}/cancel`."""

    body = "params"

    def handle(self, request: Received) -> Answer | None:
        match [request.method, *request.path.strip("/").split("/")[2:]]:
            case ["POST", "batches"]:
                return self._create(request)
            case ["GET", "batches"]:
                page, more = self.listed(request.query.get("after_id"), request.query.get("limit"))
                data = [self._shown(one) for one in page]
                ends = {"first_id": page[0].id if page else None, "last_id": page[-1].id if page else None}
                return Answer({"data": data, "has_more": more, **ends}, paid=False)
            case ["GET", "batches", name]:
                return self._looked(self.find(name))
            case ["GET", "batches", name, "results"]:
                return self._results(self.find(name))
            case ["POST", "batches", name, "cancel"]:
                self.cancels.append(name)
                return self._cancelled(self.find(name))
        return None

    def _create(self, request: Received) -> Answer:
        lines: Any = request.body.get("requests") if isinstance(request.body, dict) else None
        if not lines:
            return refused(400, "invalid_request_error", "requests: a list is wanted")
        batch = Batch(f"msgbatch_{len(self.made) + 1}", lines, request.headers)
        ids = batch.custom_ids
        if len(set(ids)) < len(ids) or not all(_CUSTOM_ID.fullmatch(one) for one in ids):
            return refused(400, "invalid_request_error", "requests: custom_id is not unique or not valid")
        if self.outcomes and self.outcomes[0].fate == "fail":
            return _failed(self.outcomes.pop(0))
        return self.created(self._shown(self.take(batch)))

    def _looked(self, batch: Batch | None) -> Answer:
        if batch is None:
            return refused(404, "not_found_error", "Message batch not found")
        self.look(batch)
        return Answer(self._shown(batch), paid=False)

    def _cancelled(self, batch: Batch | None) -> Answer:
        if batch is None:
            return refused(404, "not_found_error", "Message batch not found")
        if batch.fate:
            return refused(400, "invalid_request_error", f"Batch {batch.id} has ended and cannot be canceled")
        batch.cancelling = True
        return Answer(self._shown(batch), paid=False)

    def _results(self, batch: Batch | None) -> Answer:
        if batch is None or not batch.fate:
            return refused(404, "not_found_error", "No results are there")
        lines = [
            {"custom_id": name, "result": _result(answer, "expired" if batch.fate == "expire" else "canceled")}
            for name, answer in batch.results.items()
        ]
        return self.download(lines)

    def _shown(self, batch: Batch) -> dict[str, Any]:
        answers = list(batch.results.values())
        fine = sum(1 for answer in answers if answer and answer.status == 200)
        tried = sum(1 for answer in answers if answer)
        untried = len(answers) - tried
        running = "canceling" if batch.cancelling else "in_progress"
        return {
            "id": batch.id,
            "type": "message_batch",
            "processing_status": "ended" if batch.fate else running,
            "request_counts": {
                "processing": 0 if batch.fate else len(batch.lines),
                "succeeded": fine,
                "errored": tried - fine,
                "canceled": 0 if batch.fate == "expire" else untried,
                "expired": untried if batch.fate == "expire" else 0,
            },
            "created_at": datetime.fromtimestamp(batch.created, UTC).isoformat().replace("+00:00", "Z"),
            "expires_at": datetime.fromtimestamp(batch.created + 86400, UTC).isoformat().replace("+00:00", "Z"),
            "results_url": f"https://elsewhere.example/{batch.id}/results" if batch.fate else None,
        }


def _result(answer: Answer | None, untried: str) -> dict[str, Any]:
    if answer is None:
        return {"type": untried}
    if answer.status == 200:
        return {"type": "succeeded", "message": answer.body}
    return {"type": "errored", "error": {"type": "error", "request_id": "req_1", **answer.body}}


def _failed(outcome: Outcome) -> Answer:
    if outcome.code == "token_limit_exceeded":
        return refused(429, "rate_limit_error", outcome.message)
    return refused(400, "invalid_request_error", outcome.message)
