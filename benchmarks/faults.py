"""A run under faults beside one without, and a kill in the middle of one.

    python benchmarks/faults.py --rows 10000

5 % 429 with `retry-after: 1`, 2 % 500, 2 % malformed JSON, 1 % resets. Wanted: every row, at most 1.15 times
the calls and 1.15 times the time + 3 s. Then the process is killed (-9) at half of the rows and started again: an
answer on record is never asked for again; one that the server gave and the kill kept from the journal can be.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from _run import folder, local, measured, recipe, serving, start, stats

BAD = "5,2,2,1"


def work(task: dict[str, Any]) -> dict[str, Any]:
    """In the measured process."""
    made = local(recipe(task["url"], task["rows"], in_flight=task["in_flight"]), task["cache"])
    wall, cpu = time.monotonic(), time.process_time()
    made.fill(made.resolved.targets, lambda progress: print(progress.accepted, flush=True) if task["tell"] else None)
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    _, rows = made.recorded()
    return {"rows": rows.accepted, "wall": wall, "cpu": cpu, "causes": dict(rows.causes)}


def runs(args: argparse.Namespace) -> None:
    print(
        "faults        rows    calls  calls×  seconds  time×  allowed  CPU ms/call   429  500  no JSON  resets  dropped"
    )
    for _ in range(args.rounds):
        plain: dict[str, Any] = {}
        for faults in ("0,0,0,0", BAD):
            with serving(latency=args.latency, faults=faults) as url:
                task = {"url": url, "rows": args.rows, "in_flight": args.in_flight, "tell": False}
                told = measured(__file__, task)
                told = stats(url) | told
            plain = plain or told
            print(
                f"{faults:10}{told['rows']:8}{told['calls']:9}{told['calls'] / plain['calls']:8.3f}{told['wall']:9.1f}"
                f"{told['wall'] / plain['wall']:7.2f}{1.15 * plain['wall'] + 3:9.1f}"
                f"{told['cpu'] / told['calls'] * 1000:13.2f}{told['limited']:6}{told['broken']:5}{told['malformed']:9}"
                f"{told['reset']:8}  {told['causes'] or 'none'}",
                flush=True,
            )


def on_record(folder_: Path) -> set[str]:
    """Names of the answers in a journal whose process was killed."""
    names: set[str] = set()
    for segment in folder_.rglob("*.jsonl"):
        for line in segment.read_bytes().split(b"\n")[:-1]:
            record = json.loads(line)
            if record["type"] == "answer":
                names.add(record["name"])
    return names


def kill(args: argparse.Namespace) -> None:
    print("kill -9: faults  answered   on record   in flight   answered again   rows after   twice on record")
    for faults in ("0,0,0,0", BAD):
        with serving(latency=args.latency, faults=faults) as url, folder() as cache:
            task = {"url": url, "rows": args.kill_rows, "in_flight": args.in_flight, "cache": str(cache), "tell": True}
            with start(__file__, task, cache) as process:
                assert process.stdout
                for line in process.stdout:
                    if int(line) >= args.kill_rows // 2:
                        process.kill()
                        break
            time.sleep(args.latency + 0.5)
            before, names = stats(url), on_record(cache)
            with start(__file__, {**task, "tell": False}, cache) as process:
                rows = json.loads(process.communicate()[0].strip().splitlines()[-1])["rows"]
            after = stats(url)
            records = [line for s in cache.rglob("*.jsonl") for line in s.read_bytes().split(b"\n")[:-1]]
            paid = [record["name"] for record in map(json.loads, records) if record["type"] == "answer"]
            print(
                f"{faults:>15}{before['answered']:10}{len(names):12}{before['gone']:12}{after['again']:17}{rows:13}"
                f"{len(paid) - len(set(paid)):18}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--kill-rows", type=int, default=2_000)
    parser.add_argument("--in-flight", type=int, default=128)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", choices=["runs", "kill"])
    parser.add_argument("--task", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.task:
        print(json.dumps(work(json.loads(args.task))))
        return
    if args.only != "kill":
        runs(args)
    if args.only != "runs":
        kill(args)


if __name__ == "__main__":
    main()
