"""Where rows go: the screen, a file, a directory, any fsspec URL."""

from __future__ import annotations

import json
import posixpath
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import click

from hf_synth.cli.target import Target
from hf_synth.errors import HfSynthError
from hf_synth.lines import csv_head, csv_line, json_line

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

_WIDTH = 400
_SAVED = re.compile(r"data-\d{5}-of-\d{5}\.arrow|state\.json|dataset_info\.json")
_KEPT = "The rows are in the cache: run the same again, without --force, and nothing is paid for twice."


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
        ConfigError: the ending is none we write; the protocol is unknown, can only be read or needs a package; there
            is no such bucket, no credential or no right to write; the place holds something else.
    """
    Target.of(out).check()


def write_out(made: DatasetDict, out: str) -> list[str]:
    """Write every split to `out`, which `check_out` has passed.

    Files are replaced. So is a dataset that hf_synth saved in this directory before; other files there stay.

    Returns:
        The places written.

    Raises:
        HfSynthError: a file system did not take them.
    """
    target = Target.of(out)
    stem = out.removesuffix(target.ending)
    splits = [str(split) for split in made]
    places = {split: out if len(splits) == 1 else f"{stem}-{split}{target.ending}" for split in splits}
    with target.refusing("could not be written", _KEPT, HfSynthError):
        if not target.ending:
            _save(made, target)
            return [out]
        for split, place in places.items():
            _write(made[split], place, target.ending)
    if len(splits) > 1:
        _tell_names(places, target.ending)
    return [*places.values()]


def _write(rows: Dataset, place: str, ending: str) -> None:
    if ending == ".parquet":
        rows.to_parquet(place)
    else:
        _write_lines(rows, place, ending)


def _write_lines(rows: Dataset, place: str, ending: str) -> None:
    """Not by `to_json` and `to_csv` of `datasets`: they keep ten digits of a number, and write lists as Python does."""
    import fsspec  # noqa: PLC0415  # as in target.py

    with cast("Any", fsspec.open(place, "wb")) as file:
        if ending == ".csv":
            file.write(csv_head(rows.column_names).encode())
        for row in cast("list[dict[str, Any]]", rows):
            file.write(json_line(row) if ending == ".jsonl" else csv_line(row).encode())


def _save(made: DatasetDict, target: Target) -> None:
    """`save_to_disk`, without the splits and shards of a former run: who reads with a pattern would get them, too."""
    fs: Any = target.fs
    for folder in target.saved_before():
        files = [name for name in fs.ls(folder, detail=False) if _SAVED.fullmatch(posixpath.basename(name))]
        if files:
            fs.rm(files)
        with suppress(OSError):  # it holds other files, or is no folder but a part of a key
            fs.rmdir(folder)
    made.save_to_disk(target.out)


def _tell_names(places: dict[str, str], ending: str) -> None:
    """Tell on stderr where `load_dataset(FOLDER)` would read other splits out of the names of the files.

    It looks for words such as train, dev or eval between delimiters, and `eval_v1-train.parquet` holds two of them.
    """
    from datasets.data_files import NON_WORDS_CHARS, SPLIT_KEYWORDS  # noqa: PLC0415

    for split, place in places.items():
        words = {*re.split(f"[{NON_WORDS_CHARS}]", posixpath.basename(place))[:-1]}
        if {str(name) for name, keywords in SPLIT_KEYWORDS.items() if words & {*keywords}} != {split}:
            kind = "json" if ending == ".jsonl" else ending[1:]
            click.echo(f"load_dataset(FOLDER) would take {place} for another split than {split!r}. Use", err=True)
            click.echo(f"load_dataset({kind!r}, data_files={places!r})", err=True)
            return
