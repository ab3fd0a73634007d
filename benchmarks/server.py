"""A cheap OpenAI-shaped server for benchmarks, in a process of its own: about 30 µs a call, fixed latency.

    python benchmarks/server.py --port 8000 --latency 0.2
    curl http://127.0.0.1:8000/stats

It is no HTTP server: a parser of what the clients measured here send. It answers our prompts by what it finds in
the bytes of a request, the same request always alike; `--faults 5,2,2,1` is percent of calls that end as 429 with
`retry-after: 1`, as 500, as malformed JSON (in the completion where a schema was asked for, of the body where not) and
as a reset connection. A call counts as answered when a whole answer was written to a client that was there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import socket
import struct
import sys
import time
from collections import Counter
from hashlib import blake2b

from _texts import Prose, ideas, outline, verdict

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_MODEL = "benchmark-model"
_ERRORS = {
    "limited": (b"429 Too Many Requests", b"retry-after: 1\r\n", b'{"error":{"message":"slow down","code":"rate"}}'),
    "broken": (b"500 Internal Server Error", b"", b'{"error":{"message":"it broke","type":"server_error"}}'),
}
_LINGER = struct.pack("ii", 1, 0)


class Service:
    """What all connections share."""

    def __init__(self, latency: float, spread: float, faults: list[float], tokens: int, seed: int) -> None:
        self._latency, self._spread = latency, spread
        self.counts: Counter[str] = Counter()
        self.in_flight = self.most_in_flight = 0
        self.first = 0.0
        self._prose = Prose(tokens)
        self._faults = [sum(faults[: n + 1]) / 100 for n in range(len(faults))]
        self._lot = random.Random(seed)
        self._times_answered: Counter[bytes] = Counter()

    def latency(self) -> float:
        """Seconds the next answer takes."""
        return self._latency * (1 + self._spread * self._lot.uniform(-1, 1))

    def fate(self) -> str:
        """How a call ends."""
        lot = self._lot.random()
        for name, below in zip(("limited", "broken", "malformed", "reset"), self._faults, strict=True):
            if lot < below:
                return name
        return "answered"

    def answer(self, body: bytes, fate: str) -> bytes:
        """The body of an answer."""
        seed = int.from_bytes(blake2b(body, digest_size=7).digest(), "big")
        shaped = b'"response_format"' in body
        if not shaped:
            text = self._prose(body, seed)
        elif b'"first_score"' in body:
            text = verdict(body)
        elif b'"topics"' in body:
            text = outline(seed)
        elif b'"difficulty"' in body:
            text = '{"difficulty":"medium","tone":"formal"}'
        else:
            text = ideas(body, seed)
        if shaped and fate == "malformed":
            text = text[: len(text) // 2]
        given, made = len(body) // 4, len(text) // 4
        whole = (
            f'{{"id":"chatcmpl-{seed:x}","object":"chat.completion","created":1790000000,"model":"{_MODEL}","choices":'
            f'[{{"index":0,"message":{{"role":"assistant","content":{json.dumps(text)},"refusal":null}},"logprobs":null,'
            f'"finish_reason":"stop"}}],"usage":{{"prompt_tokens":{given},"completion_tokens":{made},"total_tokens":'
            f"{given + made}}}}}"
        ).encode()
        return whole if shaped or fate != "malformed" else whole[: len(whole) // 2]

    def note(self, body: bytes, fate: str) -> None:
        self.counts[fate] += 1
        if fate == "answered":
            self._times_answered[blake2b(body, digest_size=8).digest()] += 1

    def stats(self) -> bytes:
        told = {
            "calls": sum(self.counts.values()),
            "distinct": len(self._times_answered),
            "again": self._times_answered.total() - len(self._times_answered),
            "in_flight": self.in_flight,
            "most_in_flight": self.most_in_flight,
            "first": self.first,
            "cpu": time.process_time(),
            **{name: self.counts[name] for name in ("answered", "limited", "broken", "malformed", "reset", "gone")},
        }
        return json.dumps(told).encode()


class Connection(asyncio.Protocol):
    """One client's connection: requests one after the other, answers after the latency."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[:end])
            found = _LENGTH.search(head)
            whole = end + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < whole:
                return
            body = bytes(self._buffer[end + 4 : whole])
            del self._buffer[:whole]
            if head.startswith(b"GET /stats"):
                self._send(b"200 OK", b"", self._service.stats())
            else:
                self._take(body)

    def _take(self, body: bytes) -> None:
        service = self._service
        service.first = service.first or time.time()
        service.in_flight += 1
        service.most_in_flight = max(service.most_in_flight, service.in_flight)
        self._loop.call_later(service.latency(), self._end, body, service.fate())

    def _end(self, body: bytes, fate: str) -> None:
        service = self._service
        service.in_flight -= 1
        if self._transport.is_closing():
            service.note(body, "gone")
            return
        service.note(body, fate)
        if fate == "reset":
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
            self._transport.abort()
        elif fate in _ERRORS:
            self._send(*_ERRORS[fate])
        else:
            self._send(b"200 OK", b"", service.answer(body, fate))

    def _send(self, status: bytes, header: bytes, content: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 %b\r\ncontent-type: application/json\r\n%bcontent-length: %d\r\n\r\n%b"
            % (status, header, len(content), content)
        )


async def serve(service: Service, port: int) -> None:
    """Until stdin ends; the first line printed is the base URL."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(service), "127.0.0.1", port, backlog=2048)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds every answer takes")
    parser.add_argument("--spread", type=float, default=0.0, help="0.5: from half to one and a half times that")
    parser.add_argument("--faults", default="0,0,0,0", help="percent of 429, 500, malformed JSON, resets")
    parser.add_argument("--tokens", type=int, default=150, help="length of a response")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    faults = [float(percent) for percent in args.faults.split(",")]
    asyncio.run(serve(Service(args.latency, args.spread, faults, args.tokens, args.seed), args.port))


if __name__ == "__main__":
    main()
