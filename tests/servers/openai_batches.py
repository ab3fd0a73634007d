"""Files and batches as OpenAI's API has them."""

from __future__ import annotations

import json
import re
from typing import Any

from servers.base import Answer, Received
from servers.batches import Batch, Desk, Outcome

_WORDS = {"complete": "completed", "expire": "expired", "cancel": "cancelled", "fail": "failed"}
_PART = re.compile(rb'name="([^"]+)"(?:; filename="[^"]*")?')


def refused(status: int, message: str, code: str | None = None) -> Answer:
    return Answer({"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}, status)


class OpenAIDesk(Desk):
    """`/files`, `/files/{id}`, `/files/{id}/content`, `/batches`, `/batches/{id}`, `/batches/{id}/cancel`."""

    def handle(self, request: Received) -> Answer | None:
        match [request.method, *request.path.removeprefix("/v1/").split("/")]:
            case ["POST", "files"]:
                return self._upload(request)
            case ["DELETE", "files", file]:
                self.deleted.append(file)
                return Answer({"id": file, "object": "file", "deleted": True}, paid=False)
            case ["GET", "files", file, "content"]:
                return self._content(file)
            case ["POST", "batches"]:
                return self._create(request)
            case ["GET", "batches"]:
                page, more = self.listed(request.query.get("after"), request.query.get("limit"))
                return Answer(
                    {"object": "list", "data": [self._shown(one) for one in page], "has_more": more}, paid=False
                )
            case [_, "batches", name, *rest]:
                return self._about(name, cancel=rest == ["cancel"])
        return None

    def _upload(self, request: Received) -> Answer:
        form = parts(request.headers["content-type"], request.body)
        if form.get("purpose") != b"batch" or "file" not in form:
            return refused(400, "a file and the purpose 'batch' are wanted")
        name = f"file-{len(self.uploads) + 1}"
        self.uploads[name] = form["file"]
        shown = {"id": name, "object": "file", "bytes": len(form["file"]), "purpose": "batch", "status": "processed"}
        return Answer(shown, paid=False)

    def _create(self, request: Received) -> Answer:
        asked: dict[str, Any] = request.body
        if asked.get("endpoint") != "/v1/chat/completions" or asked.get("completion_window") != "24h":
            return refused(400, "unknown endpoint or completion_window")
        if asked.get("input_file_id") not in self.uploads:
            return refused(400, f"no such file: {asked.get('input_file_id')}")
        lines = [json.loads(line) for line in self.uploads[asked["input_file_id"]].split(b"\n") if line]
        name, marks = f"batch_{len(self.made) + 1}", asked.get("metadata") or {}
        batch = self.take(Batch(name, lines, request.headers, marks))
        if len(set(batch.custom_ids)) < len(lines):
            batch.outcome = Outcome("fail", code="duplicate_custom_id", message="The custom_id is not unique.", line=2)
        return self.created(self._shown(batch))

    def _about(self, name: str, *, cancel: bool) -> Answer:
        batch = self.find(name)
        if batch is None:
            return refused(404, f"No batch found with id '{name}'.")
        if cancel:
            self.cancels.append(name)
            if batch.fate:
                return refused(409, f"Cannot cancel a batch with status '{_WORDS[batch.fate]}'.")
            batch.cancelling = True
        else:
            self.look(batch)
        return Answer(self._shown(batch), paid=False)

    def _shown(self, batch: Batch) -> dict[str, Any]:
        fine = [name for name, answer in batch.results.items() if answer and answer.status == 200]
        bad = [name for name, answer in batch.results.items() if answer and answer.status != 200]
        untried = bool(batch.fate) and batch.fate != "fail" and len(fine) < len(batch.lines)
        first = batch.outcome
        failed = {"code": first.code, "message": first.message, "param": None, "line": first.line}
        running = "cancelling" if batch.cancelling else "in_progress"
        return {
            "id": batch.id,
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "created_at": int(batch.created),
            "status": _WORDS[batch.fate] if batch.fate else running,
            "metadata": batch.marks,
            "errors": {"object": "list", "data": [failed]} if batch.fate == "fail" else None,
            "output_file_id": f"output-{batch.id}" if fine else None,
            "error_file_id": f"errors-{batch.id}" if untried else None,
            "request_counts": {
                "total": len(batch.lines),
                "completed": len(fine) if batch.fate else min(self.finished, len(batch.lines)),
                "failed": len(bad),
            },
        }

    def _content(self, file: str) -> Answer:
        kind, _, name = file.partition("-")
        batch = self.find(name)
        if batch is None or kind not in ("output", "errors"):
            return refused(404, f"No such File object: {file}")
        lines = [self._line(batch, name, answer) for name, answer in batch.results.items()]
        return self.download([line for line in lines if (kind == "output") == _is_fine(line)])

    def _line(self, batch: Batch, custom_id: str, answer: Answer | None) -> dict[str, Any]:
        line: dict[str, Any] = {"id": f"batch_req_{custom_id}", "custom_id": custom_id, "response": None, "error": None}
        if answer is None:
            word = "expired" if batch.fate == "expire" else "cancelled"
            return line | {"error": {"code": f"batch_{word}", "message": "This request could not be executed."}}
        return line | {"response": {"status_code": answer.status, "request_id": "req_1", "body": answer.body}}


def _is_fine(line: dict[str, Any]) -> bool:
    return bool(line["response"]) and line["response"]["status_code"] == 200


def parts(kind: str, raw: bytes) -> dict[str, bytes]:
    """The fields of a form by name."""
    found: dict[str, bytes] = {}
    for part in raw.split(b"--" + kind.partition("boundary=")[2].encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        if name := _PART.search(head):
            found[name[1].decode()] = content.removesuffix(b"\r\n")
    return found
