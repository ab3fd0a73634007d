"""Where rows go: the screen, a file, a directory, any fsspec URL."""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING, Any, cast

import click

from hf_synth.errors import ConfigError

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

_WRITERS = {".parquet": "to_parquet", ".jsonl": "to_json", ".csv": "to_csv"}
_WIDTH = 400


def print_rows(rows: Dataset, number: int) -> None:
    """Print the first rows, one field a line, long texts cut."""
    for row in cast("list[dict[str, Any]]", rows.select(range(min(number, len(rows)))).to_list()):
        for name, value in row.items():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            click.echo(f"{click.style(name, bold=True)}: {text[:_WIDTH]}{'…' if len(text) > _WIDTH else ''}")
        click.echo()


def check_out(out: str) -> None:
    """Look at `--out` before anything is paid for.

    Raises:
        ConfigError: the ending is none we write.
    """
    ending = posixpath.splitext(out)[1]
    if ending and ending not in _WRITERS:
        raise ConfigError(f"--out {out!r} ends in {ending!r}: use .parquet, .jsonl, .csv or a directory.")


def write_out(made: DatasetDict, out: str) -> list[str]:
    """Write every split to `out`, which `check_out` has passed; the places written."""
    stem, ending = posixpath.splitext(out)
    if not ending:
        made.save_to_disk(out)
        return [out]
    written: list[str] = []
    for split, rows in made.items():
        place = out if len(made) == 1 else f"{stem}-{split}{ending}"
        extra = {"force_ascii": False} if ending == ".jsonl" else {}
        getattr(rows, _WRITERS[ending])(place, **extra)
        written.append(place)
    return written
