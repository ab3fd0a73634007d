# /// script
# requires-python = ">=3.11"
# dependencies = ["hf-synth", "inspect-ai>=0.3.285"]
# ///
"""Evaluate a model on eval_v1 rows with Inspect: each row is answered once, and scored by its own metrics alone.

    inspect eval builder_scripts/inspect_task.py -T config=recipe.yaml --model openai/gpt-4o
    inspect eval builder_scripts/inspect_task.py -T repo=user/repo --model openai/gpt-4o
    inspect eval builder_scripts/inspect_task.py -T domain=geography -T count=20 -T tier=economy --model openai/gpt-4o

What is neither `config` nor `repo` is a field of a config whose schema is eval_v1; a nested one is given as YAML,
`-T 'models={generator: offline}'`. A relative path is read from the directory you call it in.

Each metric is a scorer of its own, named after it: its figures are over the rows that name it. Where rows name
`factual_accuracy`, a model judges: `--model-role grader=openai/gpt-4o` says which, or else the model that is evaluated
judges itself.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path
from typing import Any

from datasets import DatasetDict, load_dataset
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Score, Scorer, Target, accuracy, mean, model_graded_fact, scorer, stderr
from inspect_ai.solver import TaskState, generate, system_message

from hf_synth.hub.evaluation import ANSWER_FORM, evaluated_split, judge_template
from hf_synth.scoring import EXACT, score

COLUMNS = {"ideal_output", "metrics"}


@task
def hf_synth_eval(
    config: str | None = None,
    repo: str | None = None,
    name: str | None = None,
    revision: str | None = None,
    split: str | None = None,
    rubric: str | None = None,
    **fields: Any,
) -> Task:
    """Rows of eval_v1, made or loaded, with a scorer for each of their metrics.

    Args:
        config: the path of a recipe; or give the fields of a config as further arguments.
        repo: a dataset of the Hub, or a folder, that holds such rows.
        name: its config, where it has several.
        revision: of the Hub dataset.
        split: what `load_dataset` takes for one; by default `test`, else `validation`, else the first there is.
        rubric: what a good answer is, for the judge; by default what the critic of hf_synth is told.
    """
    if repo and (config or fields):
        raise ValueError(f"repo={repo!r} holds its rows: leave out {', '.join(fields) or 'config'}.")
    given = called_from(config) if config else {"schema": "eval_v1"}
    path, what = (called_from(repo), name) if repo else ("hf_synth", given)
    rows: Any = load_dataset(path, what, split=split, revision=revision, **fields)  # type: ignore[arg-type]
    if isinstance(rows, DatasetDict):
        split = evaluated_split(rows)
        rows = rows[split]
    if not COLUMNS.issubset(rows.column_names):
        raise ValueError(f"{repo or config} has no rows of eval_v1, but the columns {', '.join(rows.column_names)}.")
    named = {metric for metrics in rows["metrics"] for metric in metrics}
    scorers = [make() for metric, make in COMPUTED.items() if metric in named]
    if "factual_accuracy" in named:
        scorers.append(factual_accuracy(rubric))
    samples = [sample(row, number, str(split)) for number, row in enumerate(rows)]
    return Task(
        dataset=MemoryDataset(samples, name=repo or config or str(fields.get("domain"))),
        solver=[system_message(ANSWER_FORM), generate()],
        scorer=scorers,
    )


def called_from(path: str) -> str:
    """A path as it was meant: Inspect calls a task in the directory of its file, `PWD` still tells the shell's."""
    there = Path(os.environ.get("PWD", "")) / path
    return str(there) if there.exists() else path


def sample(row: dict[str, Any], number: int, split: str) -> Sample:
    """A row, with an id that stays: its number in the split, and a hash of what is asked."""
    asked = row["input"] if "input" in row else row["prompt"]  # native columns, or those of `view: trl`
    digest = blake2b(str(asked).encode(), digest_size=4).hexdigest()
    metadata = {"metrics": row["metrics"], "split": split, "row": number}
    return Sample(input=asked, target=row["ideal_output"], id=f"{split}-{number}-{digest}", metadata=metadata)


def computed(metric: str) -> Any:
    """The scorer of a metric that needs no judge. It passes over rows that do not name the metric."""

    @scorer(metrics=[mean() if metric == "f1" else accuracy(), stderr()], name=metric)
    def made() -> Scorer:
        async def scored(state: TaskState, target: Target) -> Score | None:
            if metric not in state.metadata["metrics"]:
                return None
            answer = state.output.completion
            return Score(value=score(metric, target.text, answer) or 0.0, answer=answer)

        return scored

    return made


COMPUTED = {metric: computed(metric) for metric in (*EXACT, "f1")}


@scorer(metrics=[accuracy(), stderr()])
def factual_accuracy(rubric: str | None = None) -> Scorer:
    """Whether a model finds that the answer says what the ideal one says, by the critic's rubric."""
    judge = model_graded_fact(template=judge_template(rubric))

    async def scored(state: TaskState, target: Target) -> Score | None:
        return await judge(state, target) if "factual_accuracy" in state.metadata["metrics"] else None

    return scored
