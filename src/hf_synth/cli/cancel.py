"""`cancel`: ends the batches of a config that are out at the provider."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from hf_synth.cli.options import build_config, config_options


@click.command()
@config_options
@click.option("--forget", is_flag=True, help="Give them up without asking the provider: they count as paid for.")
def cancel(recipe: Path | None, cache_dir: Path | None, as_json: bool, forget: bool, **flags: Any) -> None:
    """Cancel the batches of RECIPE that are out. What they have answered is kept by the next run."""
    config = build_config(recipe, flags)
    from hf_synth.api import cancel as cancel_all  # noqa: PLC0415  # bad input needs no half second of imports

    out = cancel_all(config, cache_dir=cache_dir, forget=forget)
    if as_json:
        click.echo(json.dumps({"cancelled": [asdict(batch) for batch in out]}))
        return
    for batch in out:
        click.echo(f"{batch.id or batch.mark}  {batch.requests:,} requests, since {batch.since}")
    done = "Given up" if forget else "Being cancelled"
    click.echo(f"{done}: {len(out)}." if out else "No batch of this config is out.", err=True)
