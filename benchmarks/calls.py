"""Client CPU per call and calls a second: hf_synth beside the loop one would write with the openai SDK.

    python benchmarks/calls.py --in-flight 32 128 256 --rounds 3
    python benchmarks/calls.py --schema preference_v1 --in-flight 128 --only "hf_synth aiohttp"

Both make the same calls: a draft of five ideas with a JSON schema, then one response for each. The loop keeps its
rows in a list; hf_synth journals, checks and indexes its own. Each run is a fresh process that has made 30 rows
before the clock starts, against a server of its own; contenders take turns. Compare ratios, not seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from typing import Any

from _run import block, local, measured, median, recipe, serving, spread, stats

LOOP, DEFAULT, FAST = "loop", "hf_synth httpx2", "hf_synth aiohttp"
ROWS = {32: 1000, 128: 6000, 256: 10000}
_SYSTEM = (
    "For a fine-tuning dataset, write what a user asks an assistant, one instruction per numbered line (difficulty; "
    "task; who asks; form), in order: self-contained, with every fact and figure it needs, not answered, at most 35 "
    "words. system_prompt: one short sentence, who the assistant is for all of them. No two share a scenario, opening "
    "words or names. Write in English.\nDomain: warehouse logistics"
)
_SLOTS = "\n".join(f"{n}. medium; compare options; shift leader; one short, direct question" for n in range(1, 6))
_ANSWER = "Answer in English, without preamble, complete within 563 words."


def idea_schema() -> dict[str, Any]:
    text = {"type": "string"}
    fields = {"system_prompt": text, "instructions": {"type": "array", "items": text}}
    ideas = {"type": "object", "properties": fields, "required": [*fields], "additionalProperties": False}
    return {"name": "ideas", "strict": True, "schema": ideas}


async def loop(url: str, rows: int, in_flight: int, salt: str) -> list[dict[str, str]]:
    """The ten lines."""
    from openai import AsyncOpenAI  # noqa: PLC0415

    client, slots = AsyncOpenAI(base_url=url, api_key="EMPTY"), asyncio.Semaphore(in_flight)

    async def ask(system: str, user: str, **more: Any) -> str:
        messages: Any = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        async with slots:
            answer = await client.chat.completions.create(model="benchmark-model", messages=messages, **more)
        return answer.choices[0].message.content or ""

    async def cell(number: int) -> list[dict[str, str]]:
        user = f"Topic: cold room {salt}{number}\n{_SLOTS}"
        shape: Any = {"type": "json_schema", "json_schema": idea_schema()}
        drafted = json.loads(await ask(_SYSTEM, user, max_tokens=2000, response_format=shape))
        system, instructions = f"{_ANSWER}\n\n{drafted['system_prompt']}", drafted["instructions"]
        asked = await asyncio.gather(*(ask(system, instruction, max_tokens=1024) for instruction in instructions))
        return [{"instruction": one, "response": text} for one, text in zip(instructions, asked, strict=True)]

    async with client:
        cells = await asyncio.gather(*(cell(number) for number in range(-(-rows // 5))))
    return [row for rows_ in cells for row in rows_]


def work(task: dict[str, Any]) -> dict[str, Any]:
    """In the measured process."""
    if task["who"] == DEFAULT:
        block("aiohttp")
    url, rows, in_flight = task["url"], task["rows"], task["in_flight"]

    def run(rows: int, seed: int) -> int:
        if task["who"] == LOOP:
            return len(asyncio.run(loop(url, rows, in_flight, f"{seed}.")))
        config = recipe(url, rows, task["schema"], in_flight=in_flight, seed=seed)
        made = local(config, task["cache"])
        made.fill(made.resolved.targets)
        return rows

    run(30, 1)
    before = stats(url)["calls"]
    cpu, wall = time.process_time(), time.monotonic()
    made = run(rows, 0)
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    told = stats(url)
    calls = told["calls"] - before
    server = told["cpu"] / told["calls"] * 1000
    return {"cpu": cpu / calls * 1000, "rate": calls / wall, "calls": calls, "rows": made, "server": server}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--in-flight", type=int, nargs="+", default=[32, 128, 256])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, help="by default 1000, 6000, 10000 for 32, 128, 256 in flight")
    parser.add_argument("--schema", default="instruction_v1", help="of hf_synth; the loop always makes instructions")
    parser.add_argument("--only", nargs="+", choices=[LOOP, DEFAULT, FAST], default=[LOOP, DEFAULT, FAST])
    parser.add_argument("--tokens", type=int, default=150, help="length of a response")
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--spread", type=float, default=0.0, help="see server.py")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.task:
        print(json.dumps(work(json.loads(args.task))))
        return
    print("in flight  who                 CPU ms/call     (range)  calls/s  rows/s  calls/row  CPU×  rate×  server ms")
    for in_flight in args.in_flight:
        compare(args, in_flight)


def compare(args: argparse.Namespace, in_flight: int) -> None:
    rows = args.rows or ROWS.get(in_flight, 20 * in_flight)
    results: dict[str, list[dict[str, Any]]] = {who: [] for who in args.only}
    for number in range(args.rounds):
        for who in args.only if number % 2 == 0 else reversed(args.only):
            task = {"who": who, "rows": rows, "in_flight": in_flight, "schema": args.schema}
            with serving(latency=args.latency, spread=args.spread, tokens=args.tokens) as url:
                results[who].append(measured(__file__, {**task, "url": url}))
    first: dict[str, float] = {}
    for who, runs in results.items():
        mid = {name: median([run[name] for run in runs]) for name in runs[0]}
        first = first or mid
        print(
            f"{in_flight:9}  {who:18}{mid['cpu']:13.2f}{spread([run['cpu'] for run in runs]):>12}{mid['rate']:9.0f}"
            f"{mid['rate'] * mid['rows'] / mid['calls']:8.0f}{mid['calls'] / mid['rows']:11.3f}"
            f"{mid['cpu'] / first['cpu']:6.2f}{mid['rate'] / first['rate']:7.2f}{mid['server']:11.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
