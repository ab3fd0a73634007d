"""Growth of memory per 1,000 rows, from 1,000 to 20,000 rows, with and without the near-duplicate check.

    python benchmarks/memory.py --rows 20000

Proportional set size of the process, looked at about ten times a second while rows are made; the growth is the
slope of a line through all samples after the first 1,000 rows. With `quality: {duplicate: false}` equal texts are
still refused, so an index of exact texts remains. Linux only.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from _run import local, measured, recipe, serving


def resident() -> float:
    """Megabytes: private memory and this process's share of what is shared."""
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    raise OSError("no Pss in smaps_rollup")


def work(task: dict[str, Any]) -> dict[str, Any]:
    """In the measured process."""
    quality = {} if task["duplicate"] else {"quality": {"duplicate": False}}
    made = local(recipe(task["url"], task["rows"], task["schema"], **quality), task["cache"])
    samples: list[tuple[int, float]] = []
    made.fill(made.resolved.targets, lambda progress: samples.append((progress.accepted, resident())))
    samples = [sample for sample in samples if sample[0] >= 1000]
    (first, least), (last, most) = samples[0], samples[-1]
    return {"first": least, "last": most, "ends": (most - least) / (last - first) * 1000, "slope": slope(samples)}


def slope(samples: list[tuple[int, float]]) -> float:
    """Megabytes per 1,000 rows, by least squares."""
    rows = sum(row for row, _ in samples) / len(samples)
    size = sum(megabytes for _, megabytes in samples) / len(samples)
    above = sum((row - rows) * (megabytes - size) for row, megabytes in samples)
    return above / sum((row - rows) ** 2 for row, _ in samples) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--schema", default="instruction_v1")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.task:
        print(json.dumps(work(json.loads(args.task))))
        return
    print("near-duplicates   MB at 1,000 rows   at the end   MB/1,000 rows   (by the ends)")
    for _ in range(args.rounds):
        for duplicate in (True, False):
            with serving(latency=0.1) as url:
                task = {"url": url, "rows": args.rows, "schema": args.schema, "duplicate": duplicate}
                told = measured(__file__, task)
            name = "checked" if duplicate else "only equal ones"
            row = f"{name:16}{told['first']:18.1f}{told['last']:13.1f}{told['slope']:16.3f}{told['ends']:16.3f}"
            print(row, flush=True)


if __name__ == "__main__":
    main()
