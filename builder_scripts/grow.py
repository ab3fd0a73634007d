# /// script
# requires-python = ">=3.11"
# dependencies = ["hf-synth[report]", "datasets>=3.6"]
# ///
"""Grow a set: further rows for a repo of the Hub that holds its records, or for a recipe, and pay for those alone.

    uv run grow.py user/warehouse --count 1000 --max-cost 2 --push
    uv run grow.py recipe.yaml --count 1000 --max-cost 2 --out warehouse.parquet
    hf jobs uv run --secrets HF_TOKEN --secrets OPENAI_API_KEY --timeout 6h grow.py \\
        user/warehouse --count 1000 --push --keep hf://buckets/user/kept/answers

The rows there are come first, unchanged. Those of a repo are made again from its records (`--records` when it was
pushed), those of a recipe from what the cache holds, without a call. The estimate is for the rest, and printed before
anything is paid for. Run the same again after whatever stopped it, with the same `--cache` or `--keep`, and no answer
is paid for twice.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from datasets import disable_progress_bars, load_dataset

import hf_synth
from hf_synth.api.extending import shared_recipe
from hf_synth.api.find import local, parts_of
from hf_synth.cli.options import build_config
from hf_synth.cli.output import check_out, write_out
from hf_synth.config import read_config
from hf_synth.errors import HfSynthError
from hf_synth.executors.keeping import kept
from hf_synth.publishing.once import check_target


def arguments() -> argparse.Namespace:
    head, _, rest = (__doc__ or "").partition("\n\n")
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=head, epilog=rest, formatter_class=raw, allow_abbrev=False)
    add = parser.add_argument
    add("what", metavar="REPO|RECIPE", help="a dataset of the Hub (OWNER/NAME), or the path of a recipe (YAML or JSON)")
    add("--count", type=int, required=True, help="rows in all, those there are among them")
    add("--config-name", metavar="NAME", help="which config of the repo, where it has several")
    add("--revision", help="of the repo, to read from and to push to")
    add("--recipe", type=Path, help="instead of the repo's recipe, yours with what does not travel: addresses, folders")
    add("--max-cost", type=float, metavar="USD", help="stop before so many US dollars are spent, all runs together")
    add("--mode", choices=["live", "batch"], help="batch: half the price, within a day (live)")
    add("--cache", metavar="DIR", help="where to work, on a disk of this machine; the cache of datasets by default")
    add("--keep", metavar="PLACE", help="a folder or URL (hf://buckets/…) that answers are brought from and taken to")
    add("--keep-every", type=float, default=60, metavar="SECONDS", help="how often they are taken there (60)")
    add("--out", metavar="PLACE", help="a .parquet, .jsonl or .csv file or a directory; any fsspec URL")
    add("--push", action="store_true", help="push the result to the repo, records included")
    add("--yes", action="store_true", help="do not ask whether to go on; only a terminal is asked")
    return parser.parse_args()


def grow(given: argparse.Namespace) -> None:
    where = {"config_name": given.config_name, "revision": given.revision}
    in_repo = not given.what.endswith((".yaml", ".yml", ".json"))
    if given.push and not in_repo:
        sys.exit("--push is for a repo: the build scripts push the rows of a recipe, with --push-to.")
    if given.out:
        check_out(given.out)
    check_target(given.what if given.push else None)
    source = given.recipe or (shared_recipe(given.what, **where) if in_repo else Path(given.what))
    config = build_config(source, {"max_cost": given.max_cost, "mode": given.mode})
    with kept(given.keep, local(config, given.cache).folder, given.keep_every):
        make(config, where if in_repo else None, given)


def make(config: hf_synth.GenerationConfig, repo: dict[str, Any] | None, given: argparse.Namespace) -> None:
    larger = read_config(config, count=given.count)
    at = {"cache_dir": given.cache}
    there = hf_synth.partial(config, **at) if repo is None else hf_synth.extend(given.what, recipe=config, **repo, **at)
    told = hf_synth.estimate(larger, cache_dir=given.cache)
    print(told)
    ask = told.likely.calls and told.likely.cost != 0 and sys.stdin.isatty() and not given.yes
    if ask and input("Go on? [y/N] ").strip().lower() not in ("y", "yes"):
        sys.exit("Nothing was paid for.")
    if repo is None:
        rows = load_dataset("hf_synth", larger, cache_dir=given.cache)
    else:
        rows = hf_synth.extend(given.what, recipe=larger, push=given.push, **repo, **at)
    for split, before in parts_of(there).items():
        same = rows[split][: len(before)] == before[:]
        print(f"{split}: {len(before)} rows before, {len(rows[split])} now{'' if same else ', and others than before'}")
    print(hf_synth.receipt(rows, cache_dir=given.cache))
    if given.out:
        print(*write_out(rows, given.out), sep="\n")


def main() -> None:
    if not sys.stderr.isatty():
        disable_progress_bars()
    try:
        grow(arguments())
    except (HfSynthError, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(getattr(error, "exit_code", 1))
    except KeyboardInterrupt:
        print("Interrupted. What was paid for is kept: run the same again to go on.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
