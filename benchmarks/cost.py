"""Tokens and dollars of 1,000 accepted rows, by schema, tier and length of responses; and what they are spent on.

    python benchmarks/cost.py --rows 1000
    python benchmarks/cost.py --rows 1000 --only cache

The real engine runs from end to end against a local server that speaks OpenAI's API for the tiers on gpt-4o and
Anthropic's for the one on Claude. What is written there has the lengths that such models give our prompts
(`_writer.py`, told in the output). Tokens are characters over four, the JSON schema included, plus 4 a message and 3 a
request. Prompts are cached as the services say they do it (`_till.py`): OpenAI's by prefixes of 1,024 tokens and
more in steps of 128, the schema first; Anthropic's up to a `cache_control` mark behind 1,024 tokens or more. What one
call caches, others can read once it has ended. Prices are those the package itself takes for the tier's model; in
batch mode everything costs half.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from _run import local, measured, recipe
from _till import Call, Till, till, tokens
from _writer import LENGTHS

CELLS = (
    ("instruction_v1", "economy"),
    ("eval_v1", "economy"),
    ("instruction_v1", "standard"),
    ("eval_v1", "standard"),
    ("instruction_v1", "premium"),
    ("preference_v1", "premium"),
    ("eval_v1", "premium"),
)
RESPONSES = (150, 400)
GUIDANCE = (
    "Rows are about the daily work in warehouses of small and medium firms, never about robots or drones. Name halls, "
    "machines and roles as people there do; use metric units; keep to the law of the European Union on working hours, "
    "loads and fire safety, and say so where it decides the answer. Prefer what costs little. "
)
GUIDED = 6000  # characters


def work(task: dict[str, Any]) -> dict[str, Any]:
    """In a process of its own: make the rows, then add the journal up."""
    from dataclasses import asdict  # noqa: PLC0415

    from hf_synth.engine.money import cost  # noqa: PLC0415
    from hf_synth.engine.records import read_usage  # noqa: PLC0415
    from hf_synth.executors.prices import price_of  # noqa: PLC0415
    from hf_synth.registry.find import provider_kind  # noqa: PLC0415
    from hf_synth.tiers import tiers  # noqa: PLC0415
    from hf_synth.types import Endpoint  # noqa: PLC0415

    tier = tiers()[task["tier"]]
    price = price_of(Endpoint(tier.provider, tier.model, provider_kind(tier.provider).default_base_url))
    assert price
    given = {"input": price.input, "output": price.output, "cached_input": price.cached_input}
    url = task["url"] if tier.provider == "openai" else task["url"].removesuffix("/v1")
    generator = {"provider": tier.provider, "model": tier.model, "base_url": url, "price": given}
    config = recipe("", task["rows"], task["schema"], models={"generator": generator}, guidance=task["guidance"])
    made = local(config, task["cache"])
    made.fill(made.resolved.targets)
    _, rows = made.recorded()
    sums: Counter[str] = Counter()
    usd = 0.0
    for _, record in made.journal().scan():
        if record["type"] == "answer":
            usage = read_usage(record)
            sums.update({name: int(number) for name, number in asdict(usage).items()})
            usd += cost(usage, price) or 0.0
    told = {"accepted": rows.accepted, "judged": rows.judged, "causes": dict(rows.causes), "list": tier.list_price}
    return {**told, "usd": usd, "sums": dict(sums), "prices": [price.input, price.output], "dated": price.dated}


def run(schema: str, tier: str, length: int, rows: int, guidance: str = "") -> tuple[dict[str, Any], Till]:
    """What the journal says, and what the server saw."""
    with till(length) as (url, seen):
        task = {"url": url, "schema": schema, "tier": tier, "rows": rows, "guidance": guidance}
        return measured(__file__, task), seen


def table(rows: Iterable[Iterable[object]]) -> None:
    for number, row in enumerate(rows):
        cells = [f"{cell:,.1f}" if isinstance(cell, float) else str(cell) for cell in row]
        print("| " + " | ".join(cells) + " |", flush=True)
        if number == 0:
            print("|" + "---|" * len(cells))


def costs(rows: int) -> dict[tuple[str, str, int], tuple[dict[str, Any], Till]]:
    """The first table; what was measured for it."""
    found: dict[tuple[str, str, int], tuple[dict[str, Any], Till]] = {}

    def lines() -> Iterable[Iterable[object]]:
        yield (
            "schema, tier, response tokens, calls, input, cached, output, live $, batch $, list $, dropped".split(", ")
        )
        for schema, tier in CELLS:
            for length in RESPONSES if schema != "eval_v1" else RESPONSES[:1]:
                told, seen = found[schema, tier, length] = run(schema, tier, length, rows)
                n, sums = told["accepted"], told["sums"]
                usd = told["usd"] / n * 1000
                yield (
                    *(schema, tier, length if schema != "eval_v1" else "–", f"{len(seen.calls) / n:.2f}"),
                    *(sums["input_tokens"] / n, sums["cached_tokens"] / n, sums["output_tokens"] / n),
                    *(f"{usd:.3f}", f"{usd / 2:.3f}", f"{told['list']:.2f}", f"{1 - n / told['judged']:.1%}"),
                )

    table(lines())
    told = next(iter(found.values()))[0]
    print(f"\nTokens per accepted row, dollars per 1,000 of them ({told['dated']}). {LENGTHS}")
    for (schema, tier, length), (told, _) in found.items():
        if tier == "premium":
            print(f"dropped, {schema} {length}: {told['causes']}")
    return found


def shared(calls: Iterable[Call]) -> dict[str, str]:
    """What the system texts of all requests of a task begin with, up to the end of a paragraph."""
    first: dict[str, str] = {}
    for call in calls:
        text = call.asked.system
        known = first.setdefault(call.asked.task, text)
        while not text.startswith(known):
            known = known[: known.rstrip("\n").rfind("\n") + 1]
        first[call.asked.task] = known
    return first


def spent(calls: list[Call]) -> dict[str, tuple[float, float]]:
    """Input and output tokens by part of the prompt or answer."""
    common, parts = shared(calls), defaultdict[str, list[float]](lambda: [0.0, 0.0])
    for call in calls:
        asked, task = call.asked, call.asked.task
        fixed = common[task]
        parts[f"{task}: shared instructions"][0] += tokens(fixed)
        parts[f"{task}: schema"][0] += tokens(asked.schema)
        parts[f"{task}: system prompt or manner"][0] += tokens(asked.system[len(fixed) :])
        question, _, responses = asked.user.partition("\n<first_response>")
        what = {"draft": "topic and slots", "judge": "the prompt again"}.get(task, "the instruction again")
        parts[f"{task}: {what}"][0] += tokens(question)
        parts[f"{task}: the responses again"][0] += tokens(responses)
        parts["chat template"][0] += call.given - sum(map(tokens, (asked.schema, asked.system, asked.user)))
        for name, size in _written(call).items():
            parts[name][1] += size
    return {name: (given, made) for name, (given, made) in parts.items() if given or made}


def _written(call: Call) -> Mapping[str, int]:
    task = call.asked.task
    plain = {"respond": "response", "answer": "second answer", "outline": "outline", "classify": "second look"}
    plain |= {"compare": "comparison"}
    if task in plain:
        return {plain[task]: tokens(call.text)}
    said = json.loads(call.text)
    if task == "judge":
        assessed = tokens(said["first_assessment"]) + tokens(said["second_assessment"])
        return {"judge: assessments": assessed, "judge: keys and scores": tokens(call.text) - assessed}
    ideas = said.get("ideas") or [{"system_prompt": said.get("system_prompt", "")}]
    systems = sum(tokens(idea.get("system_prompt", "")) for idea in ideas)
    texts = said.get("instructions") or said.get("prompts") or []
    texts += [idea.get("instruction") or idea.get("prompt") or idea.get("input") or "" for idea in ideas]
    texts += [idea.get("ideal_output", "") for idea in ideas]
    written = sum(map(tokens, texts))
    rest = tokens(call.text) - systems - written
    return {"draft: system prompts": systems, "draft: texts": written, "draft: keys and marks": rest}


def parts_of(found: Mapping[tuple[str, str, int], tuple[dict[str, Any], Till]]) -> None:
    """The second table: by part, tokens and dollars."""
    for (schema, tier, length), (told, seen) in found.items():
        if (schema, tier, length) not in (
            ("instruction_v1", "standard", 400),
            ("preference_v1", "premium", 400),
            ("eval_v1", "standard", 150),
        ):
            continue
        n, (given, made) = told["accepted"], told["prices"]
        parts = spent(seen.calls)
        dollars = {name: (a * given + b * made) / n / 1000 for name, (a, b) in parts.items()}
        print(f"\n{schema}, {tier}" + (f", responses of {length} tokens" if schema != "eval_v1" else ""))
        table(
            [("part", "input", "output", "$ per 1,000 rows", "share")]
            + [
                (name, parts[name][0] / n, parts[name][1] / n, f"{usd:.3f}", f"{usd / sum(dollars.values()):.1%}")
                for name, usd in sorted(dollars.items(), key=lambda pair: -pair[1])
            ]
        )


def caching(rows: int) -> None:
    """The third table: cached prompt tokens, with short prompts and with long ones."""
    guidance = (GUIDANCE * (GUIDED // len(GUIDANCE) + 1))[:GUIDED]

    def lines() -> Iterable[Iterable[object]]:
        yield "schema, tier, guidance, input, cached, share, written, live $, live $ without cache".split(", ")
        for schema, tier in (
            ("instruction_v1", "standard"),
            ("eval_v1", "standard"),
            ("instruction_v1", "premium"),
            ("preference_v1", "premium"),
            ("eval_v1", "premium"),
        ):
            for words in ("", guidance):
                told, _ = run(schema, tier, 150, rows, words)
                n, sums, (given, made) = told["accepted"], told["sums"], told["prices"]
                bare = (sums["input_tokens"] * given + sums["output_tokens"] * made) / n / 1000
                yield (
                    *(schema, tier, f"{len(words):,}", sums["input_tokens"] / n, sums["cached_tokens"] / n),
                    *(f"{sums['cached_tokens'] / sums['input_tokens']:.1%}", sums["cache_write_tokens"] / n),
                    *(f"{told['usd'] / n * 1000:.3f}", f"{bare:.3f}"),
                )

    table(lines())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1000, help="accepted rows of each line")
    parser.add_argument("--only", choices=["costs", "cache"])
    parser.add_argument("--task", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.task:
        print(json.dumps(work(json.loads(args.task))))
        return
    if args.only != "cache":
        parts_of(costs(args.rows))
    if args.only != "costs":
        print()
        caching(args.rows)


if __name__ == "__main__":
    main()
