"""`journal list | remove | export | import`: the records of what was paid for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from hf_synth.errors import HfSynthError
from hf_synth.executors import journals

_cache = click.option("--cache-dir", type=click.Path(path_type=Path), help="The cache of datasets to look in.")


@click.group()
def journal() -> None:
    """The journals: every answer that was paid for, by config."""


@journal.command("list")
@_cache
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def list_(cache_dir: Path | None, as_json: bool) -> None:
    """The journals of a cache."""
    found = journals.summaries(journals.root(cache_dir))
    if as_json:
        click.echo(json.dumps({"journals": [_plain(summary) for summary in found]}, ensure_ascii=False))
        return
    for one in found:
        when = datetime.fromtimestamp(one.changed, UTC).strftime("%Y-%m-%d %H:%M")
        spent = "cost unknown" if one.usd is None else f"${one.usd:.4f}"
        click.echo(
            f"{one.name[:12]}  {one.schema}  {one.domain}  {one.answers} answers  {spent}  {one.size:,} B  {when}"
        )
    if not found:
        click.echo("No journals.", err=True)


def _plain(summary: journals.Summary) -> dict[str, Any]:
    return {field: getattr(summary, field) for field in summary.__slots__}


@journal.command()
@click.argument("name")
@_cache
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, cache_dir: Path | None, yes: bool) -> None:
    """Delete a journal, with everything that was paid for in it. NAME: its first digits."""
    folder = journals.find(journals.root(cache_dir), name)
    question = f"Delete journal {folder.name[:12]}? What was paid for cannot be had back"
    if (batches := journals.batches(folder)).out:
        question += f", and the results of {batches} at the provider will be lost"
    if not yes and not click.confirm(question, err=True):
        raise HfSynthError(f"Journal {folder.name[:12]} is kept.")
    journals.remove(folder)
    click.echo(f"Removed {folder.name[:12]}.", err=True)


@journal.command("export")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@_cache
def export_(name: str, file: Path, cache_dir: Path | None) -> None:
    """Pack a journal into FILE (.tar.gz), to take it to another machine."""
    journals.export(journals.find(journals.root(cache_dir), name), file)
    click.echo(str(file))


@journal.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@_cache
def import_(file: Path, cache_dir: Path | None) -> None:
    """Take the answers of an exported journal; those already on record are kept as they are."""
    name, added = journals.import_(file, journals.root(cache_dir))
    click.echo(f"Journal {name[:12]}: {added} answers added.", err=True)
