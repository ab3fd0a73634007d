"""A server of the Messages API. `python -m servers.anthropic_server [PORT]` runs it in a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from servers.anthropic_batches import AnthropicDesk
from servers.base import Answer, FakeServer
from servers.model import Model
from servers.openai_server import main


def message(text: str | None, *, model: str = "claude-sonnet-4-6", stop: str = "end_turn", **changes: Any) -> Any:
    """A message. `changes` replace top-level fields; `None` for a text is an answer without content."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [] if text is None else [{"type": "text", "text": text}],
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 20, "output_tokens": 10},
        **changes,
    }


def error(status: int, kind: str, text: str, error_code: str | None = None, **headers: str) -> Answer:
    """An error as Anthropic sends it. Header names are given with `_` for `-`."""
    details = {"details": {"error_code": error_code}} if error_code else {}
    body = {"type": "error", "error": {"type": kind, "message": text, **details}, "request_id": "req_1"}
    return Answer(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


class FakeAnthropic(FakeServer):
    """`POST /v1/messages` and its batches; other paths are 404."""

    plausible = Model
    desk = AnthropicDesk

    def default(self, body: dict[str, Any], headers: Mapping[str, str]) -> Any:
        """A message with counts of tokens that fit the lengths of the texts."""
        if self.requests[-1].path != "/v1/messages":
            return error(404, "not_found_error", "Not Found")
        return self.answer(body, headers)

    def answer(self, body: dict[str, Any], headers: Mapping[str, str]) -> Any:
        """See `FakeServer.answer`."""
        if (refused := self.model.before(body)) is not None:
            return refused
        said = self.model.say(body)
        given = len(json.dumps([body.get("system"), body["messages"]])) // 4
        usage = {"input_tokens": given, "output_tokens": len(said.text) // 4}
        stop = "max_tokens" if said.cut else "end_turn"
        return Answer(message(said.text, model=body["model"], stop=stop, usage=usage), delay=self.model.wait())


if __name__ == "__main__":
    main(FakeAnthropic(port=int(sys.argv[1]) if len(sys.argv) > 1 else 0))
