"""What `make demo` shows: all three kinds of row, a receipt, a report, a second load that calls nobody, and growth.

Runs without a key and without a network: the `offline` provider writes template text, at once.
"""

from __future__ import annotations

import json
import tempfile
from typing import Any

from datasets import disable_progress_bars, load_dataset

import hf_synth

SCHEMAS = ("instruction_v1", "preference_v1", "eval_v1")
WIDTH = 96
REPORT_LINES = 9


def heading(text: str) -> None:
    print(f"\n== {text}")


def show(row: dict[str, Any]) -> None:
    for name, value in row.items():
        text = value if isinstance(value, str) else json.dumps(value)
        text = " ".join(text.split())
        print(f"   {name + ':':15} {text if len(text) <= WIDTH else text[: WIDTH - 1] + '…'}")


def calls(recipe: dict[str, Any], cache: str) -> int:
    """Calls on record for a recipe."""
    return sum(line.calls for line in hf_synth.receipt(recipe, cache_dir=cache).calls)


def main(cache: str) -> None:
    recipes = {
        schema: {"schema": schema, "domain": "customer_support", "count": 20, "models": {"generator": "offline"}}
        for schema in SCHEMAS
    }

    heading("What would 20 rows cost with a real model? Nobody is called for this.")
    print(hf_synth.estimate(recipes["instruction_v1"] | {"models": {}, "tier": "economy"}, cache_dir=cache))

    for schema, recipe in recipes.items():
        heading(f'load_dataset("hf_synth", "{schema}", domain="customer_support", count=20, …)')
        rows = load_dataset("hf_synth", recipe, split="train", cache_dir=cache)
        print(f"   {rows.num_rows} rows of template text. The first:")
        show(rows[0])

    heading("The receipt of the preference pairs")
    print(hf_synth.receipt(recipes["preference_v1"], cache_dir=cache))

    heading("The head of their report (the whole: hf-synth report … --html report.html)")
    report = hf_synth.report(recipes["preference_v1"], cache_dir=cache)
    print("\n".join(f"   {line}" for line in str(report).splitlines()[2:REPORT_LINES]))

    recipe = recipes["instruction_v1"]
    before = calls(recipe, cache)
    first = load_dataset("hf_synth", recipe, split="train", cache_dir=cache)
    heading("The same again")
    print(f"   {first.num_rows} rows, {calls(recipe, cache) - before} calls: it came from the cache.")

    grown = load_dataset("hf_synth", recipe, count=30, split="train", cache_dir=cache)
    kept = sum(old == new for old, new in zip(first, grown, strict=False))
    heading("The same with count=30")
    print(f"   {grown.num_rows} rows, {calls(recipe, cache) - before} further calls, the first {kept} rows as before.")


if __name__ == "__main__":
    disable_progress_bars()
    with tempfile.TemporaryDirectory(prefix="hf-synth-demo-") as folder:
        main(folder)
