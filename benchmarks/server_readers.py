"""Many readers of the job server at once: its memory beside what it sends.

    python benchmarks/server_readers.py --rows 10000 --readers 20 200

`hf-synth serve` in a process of its own, one completed job of the offline provider, and readers that all stream all of
its rows at the same time; a slow lot reads in small bites and pauses between them, so that the server has to wait.
Wanted: memory that does not grow with the number of rows, and with readers by no more than a piece of 128 KiB each.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
from _run import environment, folder

API = "/v1/synthetic"
BITE = 1 << 16
CODE = "from hf_synth.cli import main; main()"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


@contextlib.contextmanager
def serving(cache: Path, *options: str) -> Iterator[tuple[int, int]]:
    """The job server; its port and the id of the process that answers."""
    port = free_port()
    command = [sys.executable, "-c", CODE, "serve", "--port", str(port), "--data", str(cache / "server"), *options]
    log = (cache / "serve.log").open("wb")
    with log, subprocess.Popen(command, env=environment(cache), stdout=log, stderr=log) as process:  # noqa: S603
        try:
            while ask(port, "GET", "/healthz")[0] != 200:
                if process.poll() is not None:
                    raise SystemExit((cache / "serve.log").read_text())
                time.sleep(0.1)
            yield port, process.pid
        finally:
            process.send_signal(signal.SIGTERM)


def ask(port: int, method: str, path: str, key: str = "", body: Any = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        connection.request(method, API + path if path != "/healthz" else path, body and json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:
        return 0, b""
    finally:
        connection.close()


def new_key(cache: Path) -> str:
    command = [sys.executable, "-c", CODE, "keys", "create", "benchmark", "--data", str(cache / "server")]
    made = subprocess.run(command, env=environment(cache), check=True, capture_output=True, text=True)  # noqa: S603
    return made.stdout.strip()


def job_of(port: int, key: str, rows: int) -> str:
    config = {"schema": "instruction_v1", "domain": "gardens", "count": rows, "models": {"generator": "offline"}}
    job_id = json.loads(ask(port, "POST", "/generate", key, config)[1])["job_id"]
    while (job := json.loads(ask(port, "GET", f"/jobs/{job_id}", key)[1]))["status"] != "completed":
        if job["status"] in ("failed", "cancelled"):
            raise SystemExit(job)
        time.sleep(0.5)
    return job_id


def memory(process: int, what: str) -> float:
    """`VmRSS` or its highest value, `VmHWM`, MB."""
    lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:")) / 1024


def forget_peak(process: int) -> None:
    Path(f"/proc/{process}/clear_refs").write_text("5", "ascii")


async def crowd(url: str, key: str, readers: int, pause: float) -> tuple[float, int, int]:
    """Seconds, rows and bytes of all of them."""
    headers = {"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"}
    connector = aiohttp.TCPConnector(limit=0)
    options: dict[str, Any] = {"connector": connector, "headers": headers, "read_bufsize": BITE}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None), **options) as session:

        async def read() -> tuple[int, int]:
            rows = size = 0
            async with session.get(url) as answer:
                answer.raise_for_status()
                async for piece in answer.content.iter_any():
                    rows, size = rows + piece.count(b"\n"), size + len(piece)
                    if pause:
                        await asyncio.sleep(pause)
            return rows, size

        began = time.monotonic()
        told = await asyncio.gather(*(read() for _ in range(readers)))
        return time.monotonic() - began, sum(rows for rows, _ in told), sum(size for _, size in told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--readers", type=int, nargs="+", default=[20, 200])
    parser.add_argument("--pause", type=float, default=0.05, help="seconds between two bites of a slow reader")
    args = parser.parse_args()
    with folder() as cache:
        with serving(cache) as (port, _):
            key = new_key(cache)
            job_id = job_of(port, key, args.rows)
        print(
            "readers          rows    MB sent   seconds    rows/s       ×   RSS before   peak  growth MB  KB a reader"
        )
        with serving(cache, "--jobs", "0") as (port, process):  # the worker is not what is measured
            url = f"http://127.0.0.1:{port}{API}/jobs/{job_id}/results"
            asyncio.run(crowd(url, key, 2, 0.0))
            first = 0.0
            for pause in (0.0, args.pause):
                for readers in args.readers:
                    forget_peak(process)
                    before = memory(process, "VmRSS")
                    seconds, rows, size = asyncio.run(crowd(url, key, readers, pause))
                    if rows != readers * args.rows:
                        raise SystemExit(f"{rows} rows came instead of {readers * args.rows}")
                    peak = memory(process, "VmHWM")
                    first = first or rows / seconds
                    print(
                        f"{readers:4} {'slow' if pause else 'fast'} {rows:12,}{size / 1e6:11.0f}{seconds:10.2f}"
                        f"{rows / seconds:10,.0f}{rows / seconds / first:8.2f}{before:13.1f}{peak:7.1f}"
                        f"{peak - before:11.1f}{(peak - before) * 1024 / readers:13.0f}",
                        flush=True,
                    )


if __name__ == "__main__":
    if not os.path.isdir("/proc/self"):  # noqa: PTH112
        raise SystemExit("This needs /proc.")
    main()
