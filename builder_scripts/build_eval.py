# /// script
# requires-python = ">=3.11"
# dependencies = ["hf-synth[report]", "datasets>=3.6", "pyyaml>=6.0.2"]
# ///
"""Build an evaluation set: items of eval_v1 with the metrics that score them, and a recipe for Inspect if you ask.

    uv run build_eval.py --domain "warehouse logistics" --count 200 --tier economy --max-cost 1 --inspect items.yaml
    hf jobs uv run --secrets HF_TOKEN --secrets OPENAI_API_KEY --timeout 6h build_eval.py \\
        --domain "warehouse logistics" --count 200 --tier economy --max-cost 1 --push-to user/items \\
        --keep hf://buckets/user/kept/answers

A repo of the Hub gets a task for each metric: `inspect eval hf/user/items --model PROVIDER/MODEL`. The estimate is
printed before anything is paid for. Run the same again after whatever stopped it, with the same `--cache` or
`--keep`, and no answer is paid for twice.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

import yaml
from datasets import disable_progress_bars, load_dataset

import hf_synth
from hf_synth.api.find import local
from hf_synth.cli.options import build_config
from hf_synth.cli.output import check_out, print_rows, write_out
from hf_synth.config import read_config
from hf_synth.errors import HfSynthError
from hf_synth.executors.keeping import kept
from hf_synth.publishing.once import check_target

SCHEMA = "eval_v1"


def arguments() -> argparse.Namespace:
    head, _, rest = (__doc__ or "").partition("\n\n")
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=head, epilog=rest, formatter_class=raw, allow_abbrev=False)
    add, who = parser.add_argument, parser.add_mutually_exclusive_group()
    add("--recipe", type=Path, help=f"a recipe of {SCHEMA} (YAML or JSON), which the options below override")
    add("--domain", help="what the items are about: a slug or free text")
    add("--count", type=int, help="items to deliver, all splits together (100)")
    who.add_argument("--tier", help="economy, standard or premium: names a model")
    who.add_argument("--generator", metavar="P:M", help="who writes: PROVIDER:MODEL, or offline for template text")
    add("--repeated-answers", type=int, metavar="N", help="answer each item so often, to see how hard it is (0)")
    add("--language", help="ISO 639-1 or BCP 47 code of every text (en)")
    add("--tone", help="formal, casual, …")
    add("--difficulty", help="easy, medium, hard, …; an even mix where it is not given")
    add("--max-cost", type=float, metavar="USD", help="stop before so many US dollars are spent, all runs together")
    add("--mode", choices=["live", "batch"], help="batch: half the price, within a day (live)")
    add("--cache", metavar="DIR", help="where to work, on a disk of this machine; the cache of datasets by default")
    add("--keep", metavar="PLACE", help="a folder or URL (hf://buckets/…) that answers are brought from and taken to")
    add("--keep-every", type=float, default=60, metavar="SECONDS", help="how often they are taken there (60)")
    add("--out", metavar="PLACE", help="a .parquet, .jsonl or .csv file or a directory; any fsspec URL")
    add("--inspect", type=Path, metavar="FILE", help="write the recipe that inspect_task.py evaluates a model on")
    add("--push-to", dest="repo", metavar="REPO", help="push rows, card and recipe to this repo of the Hub")
    add("--private", action="store_true", default=None, help="make that repo a private one, if it is new")
    add("--records", action="store_true", help="push the answers, too: grow.py then pays for further rows alone")
    add("--yes", action="store_true", help="do not ask whether to go on; only a terminal is asked")
    return parser.parse_args()


def build(given: argparse.Namespace) -> None:
    config = build_config(given.recipe, {"schema": None if given.recipe else SCHEMA, **vars(given)})
    if config.schema != SCHEMA:
        sys.exit(f"{given.recipe} makes {config.schema}, and this script {SCHEMA}.")
    if given.repeated_answers is not None:
        config = read_config(config, quality={"repeated_answers": given.repeated_answers})
    if given.out:
        check_out(given.out)
    check_target(given.repo)
    with kept(given.keep, local(config, given.cache).folder, given.keep_every):
        make(config, given)


def make(config: hf_synth.GenerationConfig, given: argparse.Namespace) -> None:
    told = hf_synth.estimate(config, cache_dir=given.cache)
    print(told)
    ask = told.likely.calls and told.likely.cost != 0 and sys.stdin.isatty() and not given.yes
    if ask and input("Go on? [y/N] ").strip().lower() not in ("y", "yes"):
        sys.exit("Nothing was paid for.")
    rows = load_dataset("hf_synth", config, cache_dir=given.cache)
    print_rows(next(iter(rows.values())), 1)
    _, _, metrics = str(hf_synth.report(rows, cache_dir=given.cache)).partition("\nEVALUATION\n")
    print(metrics, hf_synth.receipt(rows, cache_dir=given.cache), sep="\n\n")
    if given.out:
        print(*write_out(rows, given.out), sep="\n")
    if given.inspect:
        given.inspect.write_text(yaml.safe_dump(config.model_dump(mode="json", exclude_unset=True)), "utf-8")
        where = f"HF_DATASETS_CACHE={shlex.quote(given.cache)} " if given.cache else ""
        print(f"{where}inspect eval inspect_task.py -T config={given.inspect} --model PROVIDER/MODEL")
    if given.repo:
        options = {"private": given.private, "records": given.records, "cache_dir": given.cache}
        print(hf_synth.push_to_hub(rows, given.repo, **options).commit_url)


def main() -> None:
    if not sys.stderr.isatty():
        disable_progress_bars()
    try:
        build(arguments())
    except (HfSynthError, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(getattr(error, "exit_code", 1))
    except KeyboardInterrupt:
        print("Interrupted. What was paid for is kept: run the same again to go on.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
