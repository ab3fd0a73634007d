"""`cancel`: ends the batches of a config that are out at the provider."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from hf_synth.cli.options import build_config, config_options
from hf_synth.errors import HfSynthError


@click.command()
@config_options
@click.option("--forget", is_flag=True, help="Instead, give up those that the provider does not know any more.")
def cancel(recipe: str | None, cache_dir: Path | None, as_json: bool, forget: bool, **flags: Any) -> None:
    """Cancel the batches of RECIPE that are out. What they have answered is kept by the next run."""
    config = build_config(recipe, flags)
    from hf_synth.api import cancel as cancel_all  # noqa: PLC0415  # bad input needs no half second of imports

    out = cancel_all(config, cache_dir=cache_dir, forget=forget)
    if as_json:
        click.echo(json.dumps({"batches": [asdict(batch) for batch in out]}))
    else:
        for batch in out:
            click.echo(f"{batch.id or batch.mark}  {batch.became}  {batch.requests:,} requests, since {batch.since}")
    if not out:
        click.echo("No batch of this config is out.", err=True)
    if any(batch.became == "not found" for batch in out):
        raise HfSynthError("What was not found may run all the same.", hint="Run hf-synth cancel again in a minute.")
