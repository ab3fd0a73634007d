"""`generate`, `estimate`, `preview`, `status`: what one config is asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from hf_synth.cli.options import agree, build_config, config_options
from hf_synth.cli.output import check_out, print_rows, write_out
from hf_synth.errors import ConfigError, HfSynthError

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

    from hf_synth.config import GenerationConfig
    from hf_synth.engine.receipt import Receipt


def _quiet(as_json: bool) -> None:
    """Bars belong on stderr of a person; a script that reads JSON wants neither."""
    if as_json or not sys.stderr.isatty():
        from datasets import disable_progress_bars  # noqa: PLC0415

        disable_progress_bars()


def _print_json(values: Any) -> None:
    click.echo(json.dumps(values, ensure_ascii=False))


@click.command()
@config_options
@click.option("--out", help="A .parquet, .jsonl or .csv file or a directory; any fsspec URL.")
@click.option("--force", is_flag=True, help="Start a new journal and pay again; the old one is kept.")
def generate(
    recipe: str | None, cache_dir: Path | None, as_json: bool, out: str | None, force: bool, **flags: Any
) -> None:
    """Make a dataset from RECIPE (YAML or JSON) and flags, which override it."""
    config = build_config(recipe, flags)
    if out:
        check_out(out)
    agree(recipe, flags["trust_recipe"], config, cache_dir, fresh=force)
    mode = "force_redownload" if force else "reuse_dataset_if_exists"
    finish(made_with(config, cache_dir, as_json=as_json, mode=mode), cache_dir, out, as_json=as_json)


def made_with(
    config: GenerationConfig,
    cache_dir: Path | None,
    *,
    as_json: bool,
    mode: str = "reuse_dataset_if_exists",
    load: Callable[[], DatasetDict] | None = None,
) -> DatasetDict:
    """The dataset of a config. On the way stderr tells what it costs, and after an error what was paid for.

    Args:
        config: what to make.
        cache_dir: the cache of datasets.
        as_json: whether stdout is for a program.
        mode: `download_mode` of `load_dataset`.
        load: makes it, instead of `load_dataset`.
    """
    _quiet(as_json)
    # half a second, and bad input needs none of it
    from datasets import load_dataset  # noqa: PLC0415  # pyright: ignore[reportUnknownVariableType]

    from hf_synth.progress import costs_on_stderr  # noqa: PLC0415

    cache = str(cache_dir) if cache_dir else None
    try:
        with costs_on_stderr():
            return (
                load() if load else load_dataset("hf_synth", cast("Any", config), cache_dir=cache, download_mode=mode)
            )
    except HfSynthError as error:
        _tell_so_far(error, config, cache_dir)
        raise


def finish(made: DatasetDict, cache_dir: Path | None, out: str | None, *, as_json: bool) -> None:
    """Write a dataset where it is wanted, and tell its receipt."""
    from hf_synth.api import receipt  # noqa: PLC0415
    from hf_synth.api.cards import with_marks  # noqa: PLC0415

    told = receipt(made, cache_dir=cache_dir)
    written = write_out(with_marks(made, cache_dir) if out.endswith(".parquet") else made, out) if out else []
    if as_json:
        _print_json({**told.to_dict(), "written": written, "cache": _folder(made)})
        return
    if written:
        click.echo("\n".join(written))
    else:
        click.echo(f"The dataset is in {_folder(made)}")
        print_rows(next(iter(made.values())), 3)
    click.echo(str(told), err=True)


def _tell_so_far(error: HfSynthError, config: GenerationConfig, cache_dir: Path | None) -> None:
    """What was paid for before an error; nothing was where the config itself is at fault."""
    from hf_synth.api import receipt  # noqa: PLC0415

    if not isinstance(error, ConfigError) and (so_far := receipt(config, cache_dir=cache_dir)).calls:
        click.echo(str(so_far), err=True)


def _folder(made: DatasetDict) -> str:
    first: Dataset = next(iter(made.values()))
    files: list[dict[str, str]] = first.cache_files  # pyright: ignore[reportUnknownVariableType]
    return str(Path(files[0]["filename"]).parent) if files else ""


@click.command()
@config_options
def estimate(recipe: str | None, cache_dir: Path | None, as_json: bool, **flags: Any) -> None:
    """Tokens and dollars before the first call: likely and worst case, the tier's list price beside them."""
    config = build_config(recipe, flags)
    from hf_synth.api import estimate as estimated  # noqa: PLC0415

    result = estimated(config, cache_dir=cache_dir)
    if as_json:
        _print_json(result.to_dict())
    else:
        click.echo(str(result))


@click.command()
@config_options
@click.option("-n", "rows", default=5, show_default=True, help="Rows to make.")
def preview(recipe: str | None, cache_dir: Path | None, as_json: bool, rows: int, **flags: Any) -> None:
    """A few real rows, printed. They are paid for, and count towards the later full run."""
    config = build_config(recipe, flags)
    agree(recipe, flags["trust_recipe"], config, cache_dir)
    _quiet(as_json)
    from hf_synth.api import preview as previewed  # noqa: PLC0415

    made = previewed(config, rows, cache_dir=cache_dir)
    if as_json:
        _print_json({"rows": made.to_list()})
    else:
        print_rows(made, rows)


@click.command()
@config_options
def status(recipe: str | None, cache_dir: Path | None, as_json: bool, **flags: Any) -> None:
    """What is on record for a config: rows, calls, dollars, causes of drops, open batches. Calls nobody."""
    config = build_config(recipe, flags)
    from hf_synth.api import receipt  # noqa: PLC0415

    told: Receipt = receipt(config, cache_dir=cache_dir)
    if as_json:
        _print_json(told.to_dict())
        return
    click.echo(str(told))
    if told.batches:
        click.echo("hf-synth generate picks open batches up, now or later; hf-synth cancel cancels them.")
