"""An OpenAI-shaped server. `python -m servers.openai_server [PORT]` runs it in a process of its own."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping
from typing import Any

from servers.base import Answer, FakeServer
from servers.model import Model
from servers.openai_batches import OpenAIDesk


def completion(text: str | None, *, model: str = "gpt-4o-2024-08-06", finish: str = "stop", **changes: Any) -> Any:
    """A chat completion. `changes` replace top-level fields; `message={…}` and `choice={…}` add to those."""
    message = {"role": "assistant", "content": text, "refusal": None, **changes.pop("message", {})}
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None, **changes.pop("choice", {})}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": model,
        "choices": [choice],
        "usage": {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30},
        **changes,
    }


def error(status: int, message: str, code: Any = None, kind: str | None = None, **headers: str) -> Answer:
    """An error as OpenAI sends it. Header names are given with `_` for `-`."""
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return Answer(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


class FakeOpenAI(FakeServer):
    """`POST /v1/chat/completions`, files and batches; other paths are 404."""

    prefix = "/v1"
    plausible = Model
    desk = OpenAIDesk

    def default(self, body: dict[str, Any], headers: Mapping[str, str]) -> Any:
        """A completion with counts of tokens that fit the lengths of the texts."""
        if not self.requests[-1].path.endswith("/chat/completions"):
            return error(404, "Not Found")
        return self.answer(body, headers)

    def answer(self, body: dict[str, Any], headers: Mapping[str, str]) -> Any:
        """See `FakeServer.answer`."""
        if (refused := self.model.before(body)) is not None:
            return refused
        said = self.model.say(body)
        given, made = len(json.dumps(body["messages"])) // 4, len(said.text) // 4
        usage = {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}
        finish = "length" if said.cut else "stop"
        return Answer(completion(said.text, model=body["model"], finish=finish, usage=usage), delay=self.model.wait())


def main(server: FakeServer) -> None:
    """Serve until stdin ends; the first line printed is the base URL. A second argument sets switches of its desk:

    `python -m servers.openai_server 0 '{"looks": 2, "held": true}'`.
    """
    for name, value in json.loads(sys.argv[2] if len(sys.argv) > 2 else "{}").items():
        setattr(server.batches, name, value)
    with server:
        print(server.url, flush=True)
        for _ in sys.stdin:
            pass
        threading.Event().wait(0)


if __name__ == "__main__":
    main(FakeOpenAI(port=int(sys.argv[1]) if len(sys.argv) > 1 else 0))
