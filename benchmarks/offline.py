"""CPU of the offline provider per ask: the provider alone, and with the engine, the checks and the journal around it.

python benchmarks/offline.py --rows 2000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from typing import Any

from _run import local, measured, median, recipe, spread

SCHEMAS = ("instruction_v1", "preference_v1", "eval_v1")


def work(task: dict[str, Any]) -> dict[str, float]:
    """In the measured process."""
    from hf_synth.providers.offline import TemplateProvider  # noqa: PLC0415

    asked: list[Any] = []
    complete = TemplateProvider.complete

    async def noted(self: Any, request: Any, dialect: Any, timeout: float) -> Any:
        asked.append(request)
        return await complete(self, request, dialect, timeout)

    config = recipe("", task["rows"], task["schema"], models={"generator": "offline"})
    warm = local({**config, "count": 50, "seed": 1}, task["cache"])
    warm.fill(warm.resolved.targets)
    TemplateProvider.complete = noted  # type: ignore[method-assign]
    made = local(config, task["cache"])
    began = time.process_time()
    made.fill(made.resolved.targets)
    whole = time.process_time() - began

    async def again() -> float:
        provider, began = TemplateProvider(), time.process_time()
        for request in asked:
            await complete(provider, request, "json_schema", 60.0)
        return time.process_time() - began

    alone = asyncio.run(again())
    return {"alone": alone / len(asked) * 1000, "whole": whole / len(asked) * 1000, "calls": len(asked) / task["rows"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.task:
        print(json.dumps(work(json.loads(args.task))))
        return
    print("schema            provider ms/ask     (range)   with all around it     (range)   asks/row")
    for schema in SCHEMAS:
        runs = [measured(__file__, {"rows": args.rows, "schema": schema}) for _ in range(args.rounds)]
        alone, whole = [run["alone"] for run in runs], [run["whole"] for run in runs]
        asks = median([run["calls"] for run in runs])
        print(
            f"{schema:16}{median(alone):17.3f}{spread(alone):>12}{median(whole):21.3f}{spread(whole):>12}{asks:11.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
