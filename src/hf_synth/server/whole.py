"""The files of a complete job: its rows as JSON Lines and Parquet, report and receipt. Importing it takes seconds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import datasets

from hf_synth.api import report
from hf_synth.api.cards import with_marks
from hf_synth.api.find import find
from hf_synth.errors import HfSynthError
from hf_synth.lines import json_line
from hf_synth.server.jobs import Job
from hf_synth.server.output import Part
from hf_synth.server.places import FIGURES, RECEIPT, REPORT, file_of, paper_of
from hf_synth.server.store import Store

_MOST_REPORTED = 100_000  # rows; a report on so many takes about 15 s and 700 MB


def write_whole(store: Store, job: Job, made: datasets.DatasetDict, root: Path) -> tuple[list[Part], dict[str, int]]:
    """Write each split as JSON Lines and Parquet, report and receipt: the parts that the former are, and sizes by name.

    Raises:
        StoreFailed: the store did not take them.
    """
    files: dict[str, int] = {}
    whole: list[Part] = []
    with TemporaryDirectory(dir=root) as folder:
        for split, rows in cast("Mapping[str, datasets.Dataset]", with_marks(made, root)).items():
            lines, parquet = Path(folder, "rows.jsonl"), Path(folder, "rows.parquet")
            with lines.open("wb") as file:
                file.writelines(json_line(row) for row in cast("list[dict[str, Any]]", rows))
            rows.to_parquet(parquet)
            for path, ending in ((lines, ".jsonl"), (parquet, ".parquet")):
                store.put(file_of(job, split, ending), path)
                files[f"{split}{ending}"] = path.stat().st_size
            size, path = files[f"{split}.jsonl"], file_of(job, split, ".jsonl")
            whole.append(
                {"split": split, "first_row": 0, "rows": len(rows), "first_byte": 0, "bytes": size, "path": path}
            )
        for paper in _papers(made, root, Path(folder)):
            store.put(paper_of(job, paper.name), paper)
            files[paper.name] = paper.stat().st_size
    return whole, files


def _papers(made: datasets.DatasetDict, root: Path, folder: Path) -> Iterator[Path]:
    """The receipt and the report; rows are worth more than what is told of them.

    The receipt comes without advice for its owner: it tells which keys this server has.
    """
    with suppress(HfSynthError):
        yield _json(find(made, root).record["receipt"], folder / RECEIPT)
        if sum(part.num_rows for part in made.values()) <= _MOST_REPORTED:
            told = report(made, cache_dir=root)
            yield _json(told.to_dict(), folder / FIGURES)
            yield told.save(folder / REPORT)


def _json(values: Any, path: Path) -> Path:
    path.write_bytes(json.dumps(values).encode())
    return path
