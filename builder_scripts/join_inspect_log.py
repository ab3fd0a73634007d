# /// script
# requires-python = ">=3.11"
# dependencies = ["hf-synth", "inspect-ai>=0.3.285"]
# ///
"""Join logs of Inspect to the eval_v1 rows they are about: what each model answered to each row, and its scores.

    python builder_scripts/join_inspect_log.py logs/*.eval --config recipe.yaml --out answers.parquet
    python builder_scripts/join_inspect_log.py logs/*.eval --repo user/repo --out answers.jsonl

It takes logs of `inspect_task.py` and of `inspect eval hf/user/repo` alike: a row is found again by what it asks and
its ideal output. One line for each answer: `split` and `row` (its number), the columns of the row, `model`, `task`,
`epoch`, `answer`, `error`, and `score_NAME` for each scorer, from 0 to 1, empty where that scorer passed over the row.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets import Dataset, Features, Value, load_dataset
from inspect_ai.log import EvalSample, read_eval_log
from inspect_ai.scorer import value_to_float

import hf_synth  # noqa: F401  registers hf_synth with datasets
from hf_synth.errors import HfSynthError

_WRITERS = {".parquet": "to_parquet", ".jsonl": "to_json", ".csv": "to_csv"}
Key = tuple[str, str]


def joined(rows: Mapping[str, Dataset], logs: Sequence[str | Path]) -> Dataset:
    """Answers and scores beside the rows they are for.

    Args:
        rows: split to rows, native or in `view: trl`.
        logs: files that Inspect wrote.

    Raises:
        ValueError: a log answers what is no row of these.
    """
    known = {_key(row): (split, number, row) for split, part in rows.items() for number, row in enumerate(part)}
    lines: list[dict[str, Any]] = []
    for log in logs:
        for place, sample in _samples(log):
            found = known.get(_key_of(sample))
            if found is None:
                raise ValueError(f"{log}: sample {sample.id!r} asks what none of these rows asks: are they its rows?")
            split, number, row = found
            lines.append({"split": split, "row": number, **row, **place, **_told(sample)})
    scores = sorted({name for line in lines for name in line if name.startswith("score_")})
    features = Features(
        {"split": Value("string"), "row": Value("int64"), **next(iter(rows.values())).features}
        | {name: Value("string") for name in ("model", "task")}
        | {"epoch": Value("int64"), "answer": Value("string"), "error": Value("string")}
        | {name: Value("float64") for name in scores}
    )
    return Dataset.from_list([{name: line.get(name) for name in features} for line in lines], features=features)


def _key(row: Mapping[str, Any]) -> Key:
    return (row["input"] if "input" in row else row["prompt"][-1]["content"], row["ideal_output"])


def _key_of(sample: EvalSample) -> Key:
    asked = sample.input if isinstance(sample.input, str) else sample.input[-1].text
    return (asked, sample.target if isinstance(sample.target, str) else sample.target[0])


def _samples(log: str | Path) -> Iterator[tuple[dict[str, Any], EvalSample]]:
    read = read_eval_log(str(log))
    for sample in read.samples or []:
        yield {"model": read.eval.model, "task": read.eval.task, "epoch": sample.epoch}, sample


def _told(sample: EvalSample) -> dict[str, Any]:
    error = sample.error.message if sample.error else None
    told: dict[str, Any] = {"answer": sample.output.completion if sample.output.choices else None, "error": error}
    to_float = value_to_float()
    for name, score in (sample.scores or {}).items():
        value = to_float(score.value)
        told[f"score_{name}"] = None if math.isnan(value) else value  # NaN: the judge gave no grade
    return told


def main() -> None:
    """Read the command line, join, write, and tell how many answers there are."""
    head, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=head, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("logs", nargs="+", type=Path, metavar="LOG", help="an .eval or .json file of Inspect")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--config", help="the recipe that made the rows")
    source.add_argument("--repo", help="the dataset of the Hub, or the folder, that holds the rows")
    parser.add_argument("--name", help="with --repo: its config, where it has several")
    parser.add_argument("--revision", help="with --repo: a branch, tag or commit")
    parser.add_argument("--out", required=True, type=Path, help="a file that ends in .parquet, .jsonl or .csv")
    given = parser.parse_args()
    if given.out.suffix not in _WRITERS:
        parser.error(f"--out {given.out}: it has to end in {', '.join(_WRITERS)}.")
    path, what = (given.repo, given.name) if given.repo else ("hf_synth", given.config)
    try:
        answers = joined(load_dataset(path, what, revision=given.revision), given.logs)
    except (HfSynthError, ValueError, OSError) as error:
        parser.exit(1, f"{error}\n")
    getattr(answers, _WRITERS[given.out.suffix])(str(given.out))
    answered = len(set(zip(answers["split"], answers["row"], strict=True)))
    print(f"{len(answers)} answers to {answered} rows: {given.out}")


if __name__ == "__main__":
    main()
