"""A client of the job server, complete and small.

    pip install httpx datasets aiohttp requests
    export KEY=hfs_…
    python examples/job_client.py http://localhost:8000 [CONFIG.json]

It sends a config, looks at the job until it runs, and writes the rows to rows.jsonl while they are made. Where the
network or the server is away for a while, it goes on where it was. In the end the rows are loaded from addresses that
need no key.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
from datasets import load_dataset

CONFIG = {"schema": "eval_v1", "domain": "geography", "count": 30, "models": {"generator": "offline"}}
TRIES = 8  # one after the other, without an answer
AGAIN = (429, 502, 503, 504)  # statuses of a moment


def pause(tries: int, answer: httpx.Response | None = None) -> None:
    """Wait as long as the server asks, or longer and longer."""
    told = answer.headers.get("Retry-After") if answer is not None else None
    time.sleep(float(told) if told else min(30.0, 0.5 * 2**tries))


def ask(client: httpx.Client, method: str, url: str, **given: Any) -> dict[str, Any]:
    """Send a request until it is answered; what cannot be is told in the words of the server."""
    for tries in range(TRIES):
        try:
            answer = client.request(method, url, **given)
        except httpx.TransportError:
            pause(tries)
            continue
        if answer.status_code not in AGAIN:
            told = answer.json()
            if answer.is_error:
                sys.exit(f"{told['title']}: {told['detail']} {told.get('hint', '')}")
            return told
        pause(tries, answer)
    sys.exit(f"{url} does not answer.")


def lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Whole lines. Split at line feeds alone: texts may hold other characters that end a line for `splitlines`."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole


def rows(client: httpx.Client, url: str) -> Iterator[bytes]:
    """The rows of a job as they are made, each once, however often the stream is cut."""
    got = tries = 0
    while tries < TRIES:
        try:
            with client.stream("GET", url, params={"after": got}) as answer:
                if answer.status_code in AGAIN:
                    tries += 1
                    pause(tries, answer)
                    continue
                answer.raise_for_status()
                tries = 0
                for line in lines(answer.iter_bytes()):
                    got += 1
                    yield line
                return  # the answer is whole: there are no more rows
        except httpx.TransportError:  # it was cut, or silent for a minute: go on after what has come
            tries += 1
            pause(tries)
    sys.exit(f"{url} does not answer.")


def main(server: str, config: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {os.environ['KEY']}"}
    with httpx.Client(base_url=server, headers=headers, timeout=60) as client:
        once = {"Idempotency-Key": str(uuid.uuid4())}  # sent twice, it is the same job all the same
        job = ask(client, "POST", "/v1/synthetic/generate", json=config, headers=once)
        likely = job["estimate"]["likely"]["cost"]
        print(f"{job['job_id']}: about {'an unknown sum' if likely is None else f'${likely:.2f}'}")

        links = job["links"]
        while job["status"] == "queued":
            time.sleep(0.5)
            job = ask(client, "GET", links["self"])

        with Path("rows.jsonl").open("wb") as file:
            for number, line in enumerate(rows(client, links["results"]), 1):
                file.write(line + b"\n")
                print(f"\r{number} of {job['statistics']['rows_requested']} rows", end="", flush=True)

        job = ask(client, "GET", links["self"])
        figures = job["statistics"]
        print(f"\n{job['status']}: {figures['rows_accepted']} rows, {figures['calls']} calls")
        if job["status"] != "completed":
            error = job["error"] or {"detail": "It was cancelled.", "hint": ""}
            sys.exit(f"{error['detail']} {error['hint']}")

        files = {
            split: ask(client, "GET", links["results_url"], params={"split": split})["url"]
            for split in figures["rows_by_split"]
        }
    print(load_dataset("json", data_files=files))  # whoever has the addresses needs no key


if __name__ == "__main__":
    if len(sys.argv) < 2 or "KEY" not in os.environ:
        sys.exit("Set KEY to an API key, and name the server: job_client.py http://localhost:8000 [CONFIG.json]")
    main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text("utf-8")) if len(sys.argv) > 2 else CONFIG)
