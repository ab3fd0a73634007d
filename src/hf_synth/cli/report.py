"""`report`: the quality of what a config has made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from hf_synth.cli.options import build_config, config_options


@click.command()
@config_options
@click.option("--html", type=click.Path(path_type=Path), help="Write a page with plots that needs no network.")
@click.option("--plots", type=click.Path(path_type=Path), help="Write the plots as PNG into a folder.")
def report(
    recipe: str | None, cache_dir: Path | None, as_json: bool, html: Path | None, plots: Path | None, **flags: Any
) -> None:
    """Diversity, coverage, lengths, drops and the critic's audit of the rows on record for RECIPE. Calls nobody."""
    config = build_config(recipe, flags)
    from hf_synth.api import report as reported  # noqa: PLC0415  # bad input needs no half second of imports

    told = reported(config, cache_dir=cache_dir)
    written = [told.save(html)] if html else []
    written += told.save_plots(plots) if plots else []
    if as_json:
        click.echo(json.dumps({**told.to_dict(), "written": [str(path) for path in written]}, ensure_ascii=False))
        return
    click.echo(str(told))
    for path in written:
        click.echo(str(path), err=True)
