"""How long status answers of `hf-synth serve` take while jobs run, beside the same server when it is idle.

    python benchmarks/server_status.py --jobs 20 --readers 8

Needs `wrk` (Debian: apt install wrk), which asks for the status of a job again and again from so many connections; a
pause between two questions (`--pause`, milliseconds) keeps it from measuring how the server is saturated. One server is
asked idle first and then busy; its jobs ask a model server of their own with a latency of 200 ms.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from _run import environment, folder, serving

_SCRIPT = """
wrk.headers["Authorization"] = "Bearer {key}"
function delay() return {pause} end
done = function(summary, latency, requests)
  io.write(string.format("%d %d %f %f %f %f\\n", summary.requests, summary.errors.status, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, latency.max / 1000, summary.requests / summary.duration * 1e6))
end
"""
HF_SYNTH = [sys.executable, "-c", "from hf_synth.cli import main; main()"]


@contextmanager
def job_server(cache: Path, models: str) -> Iterator[tuple[str, str]]:
    """A job server in a process of its own: its address and a key."""
    env = environment(cache, OPENAI_BASE_URL=models, OPENAI_API_KEY="none")
    create = [*HF_SYNTH, "keys", "create", "reader"]
    key = subprocess.run(create, env=env, capture_output=True, text=True, check=True)  # noqa: S603
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    serve = [*HF_SYNTH, "serve", "--port", str(port)]
    with subprocess.Popen(serve, env=env, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            url = f"http://127.0.0.1:{port}"
            _until_up(url)
            yield url, key.stdout.strip()
        finally:
            process.terminate()


def _until_up(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/openapi.json").close()  # noqa: S310 ours
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server does not start")


def ask(url: str, key: str, path: str, body: Any = None) -> Any:
    """One call of the API."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/v1/synthetic/{path}", data, headers)  # noqa: S310 ours
    with urllib.request.urlopen(request) as answer:  # noqa: S310 ours
        return json.load(answer)


def submit(url: str, key: str, number: int, rows: int) -> str:
    """A job with a journal of its own."""
    models = {"generator": {"provider": "openai", "model": "benchmark-model"}}
    config = {"schema": "instruction_v1", "domain": "warehouse logistics", "count": rows, "seed": number}
    return ask(url, key, "generate", {**config, "models": models, "run": {"concurrency": 32}})["job_id"]


def wrk(url: str, readers: int, pause: int, seconds: int, key: str) -> dict[str, float]:
    """Latencies in milliseconds."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_SCRIPT.format(key=key, pause=pause))
        script.flush()
        command = ["wrk", "-t1", f"-c{readers}", f"-d{seconds}s", "-s", script.name, url]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    last = re.findall(r"^(\d+) (\d+) ([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+)$", out, re.MULTILINE)[-1]
    names = ("requests", "errors", "p50", "p99", "max", "rate")
    return dict(zip(names, map(float, last), strict=True))


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--jobs", type=int, default=20)
    read.add_argument("--readers", type=int, default=8)
    read.add_argument("--pause", type=int, default=20)
    read.add_argument("--seconds", type=int, default=15)
    read.add_argument("--rows", type=int, default=5000)
    given = read.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed: apt install wrk")
    with folder() as cache, serving(latency=0.2) as models, job_server(cache, models) as (url, key):
        first = submit(url, key, 0, 5)
        while ask(url, key, f"jobs/{first}")["status"] != "completed":
            time.sleep(0.2)
        status = f"{url}/v1/synthetic/jobs/{first}"
        table = {"idle": wrk(status, given.readers, given.pause, given.seconds, key)}
        jobs = [submit(url, key, number + 1, given.rows) for number in range(given.jobs)]
        while sum(ask(url, key, f"jobs/{job}")["status"] == "running" for job in jobs) < given.jobs:
            time.sleep(0.2)
        table["busy"] = wrk(status, given.readers, given.pause, given.seconds, key)
        running = sum(ask(url, key, f"jobs/{job}")["status"] == "running" for job in jobs)
        rows = sum(ask(url, key, f"jobs/{job}")["statistics"]["rows_accepted"] for job in jobs)
        for job in jobs:
            ask(url, key, f"jobs/{job}/cancel", {})
    print(f"load {os.getloadavg()[0]:.1f}; {running} of {given.jobs} jobs ran to the end of it, {rows} rows made")
    print(f"{'':<6}{'requests/s':>12}{'errors':>8}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}")
    for name, told in table.items():
        print(
            f"{name:<6}{told['rate']:>12.0f}{told['errors']:>8.0f}{told['p50']:>9.1f}{told['p99']:>9.1f}{told['max']:>9.1f}"
        )
    print(
        "busy × idle: "
        + ", ".join(f"{name} {table['busy'][name] / table['idle'][name]:.2f}" for name in ("p50", "p99"))
    )


if __name__ == "__main__":
    main()
