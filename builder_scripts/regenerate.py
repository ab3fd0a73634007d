# /// script
# requires-python = ">=3.11"
# dependencies = ["hf-synth[report]", "datasets>=3.6", "huggingface-hub>=0.30"]
# ///
"""Regenerate a set of the Hub from its recipe, and say whether the rows are those that were published.

    uv run regenerate.py user/warehouse
    uv run regenerate.py hf://datasets/user/warehouse@main/instruction_v1.synth.yaml --anew --max-cost 2
    hf jobs uv run --secrets HF_TOKEN --secrets OPENAI_API_KEY regenerate.py user/warehouse --anew --max-cost 2 \\
        --keep hf://buckets/user/kept/answers

From the records of the repo (`--records` when it was pushed) the rows are made again without a call, through every
check, as far as the records go; `--max-cost` bounds what is missing. The provider's key has to be there all the same.
With `--anew` the models are asked again, at your cost: the estimate is printed before. Run the same again after
whatever stopped it, with the same `--cache` or `--keep`, and no answer is paid for twice. Exit code 0: the rows are
identical. 10: they differ.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from datasets import Dataset, disable_progress_bars, load_dataset
from huggingface_hub import HfFileSystem

import hf_synth
from hf_synth.api.extending import shared_recipe
from hf_synth.api.find import local
from hf_synth.cli.options import build_config
from hf_synth.errors import HfSynthError, RecordsNotFound
from hf_synth.executors.keeping import kept
from hf_synth.hub.recipes import ENDING

DIFFERENT = 10


def arguments() -> argparse.Namespace:
    head, _, rest = (__doc__ or "").partition("\n\n")
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=head, epilog=rest, formatter_class=raw, allow_abbrev=False)
    add = parser.add_argument
    add("what", metavar="REPO|ADDRESS", help=f"OWNER/NAME, or hf://datasets/OWNER/NAME[@REVISION]/CONFIG{ENDING}")
    add("--config-name", metavar="NAME", help="which config of the repo, where it has several")
    add("--revision", help="of the repo")
    add("--recipe", type=Path, help="instead of the repo's recipe, yours with what does not travel: addresses, folders")
    add("--anew", action="store_true", help="ask the models again, for all that the cache does not hold")
    add("--max-cost", type=float, metavar="USD", help="stop before so many US dollars are spent, all runs together")
    add("--cache", metavar="DIR", help="where to work, on a disk of this machine; the cache of datasets by default")
    add("--keep", metavar="PLACE", help="a folder or URL (hf://buckets/…) that answers are brought from and taken to")
    add("--keep-every", type=float, default=60, metavar="SECONDS", help="how often they are taken there (60)")
    add("--yes", action="store_true", help="do not ask whether to go on; only a terminal is asked")
    given = parser.parse_args()
    if given.what.startswith("hf://"):
        place = HfFileSystem().resolve_path(given.what)
        given.what, given.revision = place.repo_id, place.revision
        given.config_name = place.path_in_repo.removesuffix(ENDING)
    return given


def regenerate(given: argparse.Namespace) -> bool:
    where = {"config_name": given.config_name, "revision": given.revision}
    recipe = build_config(given.recipe or shared_recipe(given.what, **where), {"max_cost": given.max_cost})
    with kept(given.keep, local(recipe, given.cache).folder, given.keep_every):
        return make(recipe, where, given)


def make(recipe: hf_synth.GenerationConfig, where: dict[str, Any], given: argparse.Namespace) -> bool:
    if given.anew:
        told = hf_synth.estimate(recipe, cache_dir=given.cache)
        print(told)
        ask = told.likely.calls and told.likely.cost != 0 and sys.stdin.isatty() and not given.yes
        if ask and input("Go on? [y/N] ").strip().lower() not in ("y", "yes"):
            sys.exit("Nothing was paid for.")
        made = load_dataset("hf_synth", recipe, cache_dir=given.cache)
    else:
        made = hf_synth.extend(given.what, recipe=recipe, cache_dir=given.cache, **where)
    print(hf_synth.receipt(made, cache_dir=given.cache))
    published = load_dataset(given.what, given.config_name, revision=given.revision)
    told = [compared(split, made.get(split), published.get(split)) for split in {**published, **made}]
    print(*told, sep="\n")
    return all(line.endswith("identical") for line in told)


def compared(split: str, made: Dataset | None, published: Dataset | None) -> str:
    """What differs between two splits, in a line."""
    if made is None or published is None:
        return f"{split}: only {'made' if published is None else 'published'}"
    if made.column_names != published.column_names:
        return f"{split}: the columns {made.column_names} were made, {published.column_names} published"
    mine, theirs = [*made], [*published]
    if mine == theirs:
        return f"{split}: {len(mine)} rows, identical"
    same = [one == other for one, other in zip(mine, theirs, strict=False)]
    first = same.index(False) if False in same else len(same)
    return f"{split}: {len(mine)} rows made, {len(theirs)} published, {sum(same)} the same, other from row {first} on"


def main() -> None:
    if not sys.stderr.isatty():
        disable_progress_bars()
    try:
        sys.exit(0 if regenerate(arguments()) else DIFFERENT)
    except RecordsNotFound as error:
        print(error, "Or ask the models again: --anew.", file=sys.stderr)
        sys.exit(error.exit_code)
    except (HfSynthError, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(getattr(error, "exit_code", 1))
    except KeyboardInterrupt:
        print("Interrupted. What was paid for is kept: run the same again to go on.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
