"""Work under a limit: 600 requests and 60,000 tokens in any 60 seconds, enforced by a server of its own.

    python benchmarks/pressure.py                     # about 60,000 tokens a minute: tokens bind
    python benchmarks/pressure.py --minute-tokens 1000000  # requests bind

Side by side, each against a server of its own: the limits given by the user; learnt from the headers of answers;
learnt from 429 alone; and the SDK under a semaphore of 32 with its own retries. Wanted of the first three, after the
first minute: at least 90 % of the allowed work done, under 2 % of the calls answered by 429.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
import time
from contextlib import ExitStack
from itertools import count
from typing import Any

from _run import folder, local, recipe, serving, start, stats

GIVEN, TOLD, UNTOLD, SDK = "hf_synth, limits given", "hf_synth, headers", "hf_synth, 429 alone", "openai, semaphore 32"
_SYSTEM = "You answer questions from people in a warehouse, plainly and in full sentences. " * 6


def work(task: dict[str, Any]) -> None:
    """In the measured process: make rows, without end."""
    if task["who"] == SDK:
        asyncio.run(loop(task["url"]))
        return
    run: dict[str, Any] = {"concurrency": task["in_flight"]}
    if task["who"] == GIVEN:
        run |= {"requests_per_minute": task["requests"], "tokens_per_minute": task["minute_tokens"]}
    config = {**recipe(task["url"], 100_000), "run": run}
    made = local(config, task["cache"])
    threading.Thread(target=made.fill, args=(made.resolved.targets,), daemon=True).start()
    time.sleep(task["seconds"])


async def loop(url: str) -> None:
    """Ask again and again, as one does with the SDK alone."""
    from openai import AsyncOpenAI, OpenAIError  # noqa: PLC0415

    client, slots, numbers = AsyncOpenAI(base_url=url, api_key="EMPTY", max_retries=8), asyncio.Semaphore(32), count()

    async def ask(user: str) -> None:
        messages: Any = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": user}]
        async with slots:
            try:
                await client.chat.completions.create(model="benchmark-model", messages=messages, max_tokens=1024)
            except OpenAIError:
                print("lost", flush=True)

    while True:
        await asyncio.gather(*(ask(f"Question {next(numbers)}: how do I store parcels?") for _ in range(2000)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=210.0)
    parser.add_argument("--requests", type=int, default=600)
    parser.add_argument("--minute-tokens", type=int, default=60_000)
    parser.add_argument("--headers", choices=["oldest", "all"], default="oldest", help="see limited_server.py")
    parser.add_argument("--latency", type=float, default=1.5, help="seconds; from 0.3 to 1.7 times that")
    parser.add_argument("--in-flight", type=int, default=128)
    parser.add_argument("--only", nargs="+", choices=[GIVEN, TOLD, UNTOLD, SDK], default=[GIVEN, TOLD, UNTOLD, SDK])
    parser.add_argument("--task", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.task:
        work(json.loads(args.task))
        return
    with ExitStack() as stack:
        urls: dict[str, str] = {}
        for who in args.only:
            options = {"requests": args.requests, "minute-tokens": args.minute_tokens, "latency": args.latency}
            options["headers"] = args.headers if who == TOLD else "none"
            urls[who] = url = stack.enter_context(serving("limited_server.py", **options))
            cache = stack.enter_context(folder())
            task = {**vars(args), "who": who, "url": url, "cache": str(cache), "seconds": args.seconds + 60}
            stack.callback(stack.enter_context(start(__file__, task, cache)).kill)
        time.sleep(args.seconds)
        told = {who: stats(url) for who, url in urls.items()}
    print(f"{args.requests} requests, {args.minute_tokens} tokens a minute; {args.seconds:g} s; in % of the allowance")
    print("                          first minute: requests  tokens   429   afterwards: requests  tokens   429")
    for who, shares in told.items():
        first, warm = (
            [100 * shares[part][name] for name in ("requests", "tokens", "refused")] for part in ("first", "warm")
        )
        print(f"{who:38}{first[0]:10.1f}{first[1]:8.1f}{first[2]:6.1f}{warm[0]:22.1f}{warm[1]:8.1f}{warm[2]:6.2f}")


if __name__ == "__main__":
    main()
