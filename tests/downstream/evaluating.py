"""What the tests of evaluation harnesses share: rows whose answers are known, and models that know some of them.

Command lines get their model over HTTP, from a server of `tests/servers/`: `mockllm/model` takes no answers there, and
counts tokens with a table that it downloads.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import datasets
import yaml

from servers.openai_server import FakeOpenAI, completion

REPO = Path(__file__).parent.parent.parent
RECIPE: dict[str, Any] = {
    "schema": "eval_v1",
    "domain": "ships",
    "count": 40,
    "models": {"generator": "offline"},
    "splits": {"train": 0.5, "test": 0.5},
}
WRONG = "no idea"
"""Wrong by every metric: no number, no letter of an option, none of the words."""

Row = Mapping[str, Any]


def recipe_in(folder: Path, **changes: Any) -> Path:
    """A recipe file."""
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump({**RECIPE, **changes}, sort_keys=False), "utf-8")
    return path


def rows_of_test(folder: Path, **changes: Any) -> list[Row]:
    """The rows of the split `test`."""
    load_dataset: Any = datasets.load_dataset
    return [*load_dataset("hf_synth", {**RECIPE, **changes}, cache_dir=str(folder / "cache"), split="test")]


def missed(number: int) -> bool:
    """Whether the models of these tests answer a row wrongly: each fourth one."""
    return number % 4 == 3


def answers_to(rows: list[Row]) -> dict[str, str]:
    """What they answer to each input."""
    return {row["input"]: WRONG if missed(number) else row["ideal_output"] for number, row in enumerate(rows)}


def share_right(rows: list[Row], metric: str) -> float:
    """The accuracy that gives by one metric, counted by hand."""
    named = [number for number, row in enumerate(rows) if metric in row["metrics"]]
    return sum(not missed(number) for number in named) / len(named)


def knowing(answers: Mapping[str, str], grade: str = "C") -> FakeOpenAI:
    """A server whose model answers so, and as a judge grades so."""

    def say(body: dict[str, Any], _: Mapping[str, str]) -> Any:
        asked = body["messages"][-1]["content"]
        if "[Submitted answer]" in asked:
            return completion(f"I have read both.\n\nGRADE: {grade}")
        return completion(next((answer for text, answer in answers.items() if text in asked), WRONG))

    return FakeOpenAI(say)


def run(folder: Path, *command: str | Path, **environment: str) -> str:
    """What a command of this environment printed; its caches are in `folder`."""
    program = [str(Path(sys.executable).parent / command[0])] if command[0] != "python" else [sys.executable]
    told = subprocess.run(
        [*program, *map(str, command[1:])],
        cwd=REPO,
        env={
            **os.environ,
            "PWD": str(REPO),
            "HF_HOME": str(folder / "home"),
            "HF_DATASETS_CACHE": str(folder / "cache"),
            "XDG_CACHE_HOME": str(folder / "xdg"),
            "XDG_DATA_HOME": str(folder / "data"),
            "OPENAI_API_KEY": "key",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


def inspect_eval(folder: Path, server: FakeOpenAI, *arguments: str, **environment: str) -> dict[str, Any]:
    """Run `inspect eval` with the server's model, and read the logs it wrote, by the names of their tasks."""
    from inspect_ai.log import list_eval_logs, read_eval_log  # pyright: ignore[reportMissingImports]

    logs = folder / "logs"
    run(
        folder, "inspect", "eval", *arguments, "--model", "openai-api/local/m", "--log-dir", logs, "--display", "plain",
        LOCAL_BASE_URL=server.url, LOCAL_API_KEY="key", **environment,
    )  # fmt: skip
    read = [read_eval_log(info) for info in list_eval_logs(str(logs))]
    return {log.eval.task: log for log in read}


def figures(log: Any) -> dict[str, dict[str, float]]:
    """Each scorer's figures."""
    return {score.name: {name: metric.value for name, metric in score.metrics.items()} for score in log.results.scores}
