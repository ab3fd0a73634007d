"""Batch mode: memory, time and what is paid, by rows, beside the same rows made live.

    python benchmarks/batch.py --rows 2000 20000 100000

Against `batch_server.py` in a process of its own, whose batches end at the first look: what is
measured is the client alone. Peak of the proportional set size of the process, looked at about ten times a second. The
check for near-duplicates keeps 3 MB per 1,000 rows whatever the mode and is switched off. Linux only.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from _run import local, measured, recipe, serving
from memory import resident


def work(task: dict[str, Any]) -> dict[str, Any]:
    """In the measured process."""
    config = recipe(task["url"], task["rows"], quality={"duplicate": False})
    config["run"] |= {"mode": task["mode"], "poll_seconds": 0.2}
    made = local(config, task["cache"])
    samples = [resident()]
    began, cpu = time.monotonic(), time.process_time()
    made.fill(made.resolved.targets, lambda progress: samples.append(resident()))
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    kinds = [record["type"] for _, record in made.journal().scan()]
    return {
        "peak": max(samples),
        "first": samples[1],
        "seconds": seconds,
        "cpu": cpu,
        "batches": kinds.count("batch_end"),
        "calls": kinds.count("answer"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[2000, 20_000])
    parser.add_argument("--modes", nargs="+", default=["batch", "live"])
    parser.add_argument("--task", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.task:
        print(json.dumps(work(json.loads(args.task))))
        return
    print("  rows   mode   calls per row   batches   MB at the start   MB at most   CPU ms per call   seconds")
    for rows in args.rows:
        for mode in args.modes:
            with serving("batch_server.py") as url:
                told = measured(__file__, {"url": url, "rows": rows, "mode": mode})
            print(
                f"{rows:6}  {mode:>5}{told['calls'] / rows:16.3f}{told['batches']:10}{told['first']:18.1f}"
                f"{told['peak']:13.1f}{told['cpu'] / told['calls'] * 1000:18.3f}{told['seconds']:10.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
