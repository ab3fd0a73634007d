# /// script
# requires-python = ">=3.11"
# dependencies = ["hf-synth[report]", "datasets>=3.6"]
# ///
"""Build a preference set: pairs of preference_v1 for DPO and reward models, with the audit of their critic.

    uv run build_preferences.py --domain "warehouse logistics" --count 200 --tier premium --max-cost 8 --out pairs.jsonl
    hf jobs uv run --secrets HF_TOKEN --secrets OPENAI_API_KEY --secrets ANTHROPIC_API_KEY --timeout 6h \\
        build_preferences.py --domain "warehouse logistics" --count 200 --max-cost 8 --push-to user/pairs \\
        --generator openai:gpt-5.4-mini --critic anthropic:claude-sonnet-4-6 \\
        --keep hf://buckets/user/kept/answers

A critic of another family than the generator does not favour its own kin. The estimate is printed before anything is
paid for. Run the same again after whatever stopped it, with the same `--cache` or `--keep`, and no answer is paid for
twice.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from datasets import disable_progress_bars, load_dataset

import hf_synth
from hf_synth.api.find import local
from hf_synth.cli.options import build_config
from hf_synth.cli.output import check_out, print_rows, write_out
from hf_synth.config import read_config
from hf_synth.errors import HfSynthError
from hf_synth.executors.keeping import kept
from hf_synth.publishing.once import check_target

SCHEMA = "preference_v1"


def arguments() -> argparse.Namespace:
    head, _, rest = (__doc__ or "").partition("\n\n")
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=head, epilog=rest, formatter_class=raw, allow_abbrev=False)
    add, who = parser.add_argument, parser.add_mutually_exclusive_group()
    add("--recipe", type=Path, help=f"a recipe of {SCHEMA} (YAML or JSON), which the options below override")
    add("--domain", help="what the pairs are about: a slug or free text")
    add("--count", type=int, help="pairs to deliver, all splits together (100)")
    who.add_argument("--tier", help="premium: names a model")
    who.add_argument("--generator", metavar="P:M", help="who writes: PROVIDER:MODEL, or offline for template text")
    add("--critic", metavar="P:M", help="who scores; the generator's model where it is not given")
    add("--min-margin", type=float, metavar="POINTS", help="least distance of chosen and rejected score, of 10 (1)")
    add("--candidates", type=int, metavar="N", help="responses sampled for a pair (2)")
    add("--language", help="ISO 639-1 or BCP 47 code of every text (en)")
    add("--tone", help="formal, casual, …")
    add("--difficulty", help="easy, medium, hard, …; an even mix where it is not given")
    add("--max-cost", type=float, metavar="USD", help="stop before so many US dollars are spent, all runs together")
    add("--mode", choices=["live", "batch"], help="batch: half the price, within a day (live)")
    add("--cache", metavar="DIR", help="where to work, on a disk of this machine; the cache of datasets by default")
    add("--keep", metavar="PLACE", help="a folder or URL (hf://buckets/…) that answers are brought from and taken to")
    add("--keep-every", type=float, default=60, metavar="SECONDS", help="how often they are taken there (60)")
    add("--out", metavar="PLACE", help="a .parquet, .jsonl or .csv file or a directory; any fsspec URL")
    add("--push-to", dest="repo", metavar="REPO", help="push rows, card and recipe to this repo of the Hub")
    add("--private", action="store_true", default=None, help="make that repo a private one, if it is new")
    add("--records", action="store_true", help="push the answers, too: grow.py then pays for further rows alone")
    add("--yes", action="store_true", help="do not ask whether to go on; only a terminal is asked")
    return parser.parse_args()


def build(given: argparse.Namespace) -> None:
    config = build_config(given.recipe, {"schema": None if given.recipe else SCHEMA, **vars(given)})
    if config.schema != SCHEMA:
        sys.exit(f"{given.recipe} makes {config.schema}, and this script {SCHEMA}.")
    quality = {name: getattr(given, name) for name in ("min_margin", "candidates")}
    config = read_config(config, quality={name: value for name, value in quality.items() if value is not None})
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
    _, _, audit = str(hf_synth.report(rows, cache_dir=given.cache)).partition("\nCRITIC\n")
    print(audit, hf_synth.receipt(rows, cache_dir=given.cache), sep="\n\n")
    if given.out:
        print(*write_out(rows, given.out), sep="\n")
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
