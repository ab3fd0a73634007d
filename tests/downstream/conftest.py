"""Models that the tests of trainers share. They are made on the spot when a test asks for one, once in a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from downstream import tiny
from downstream.trl_runs import SCHEMAS, answers_of, rows, train


@pytest.fixture(scope="session")
def tiny_texts(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the rows of all schemas say, to train a tokenizer on."""
    cache = tmp_path_factory.mktemp("texts")
    turns = (turn for schema in SCHEMAS for row in rows(schema, cache_dir=str(cache)) for turn in _turns(row))
    return [turn["content"] for turn in turns]


def _turns(row: dict) -> list[dict]:
    lists = (value for value in row.values() if isinstance(value, list))
    return [turn for value in lists for turn in value if isinstance(turn, dict)]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory, tiny_texts: list[str]) -> str:
    """The path of a causal language model that knows nothing."""
    return tiny.language_model(tmp_path_factory.mktemp("model"), tiny_texts)


@pytest.fixture(scope="session")
def tiny_scorer(tmp_path_factory: pytest.TempPathFactory, tiny_texts: list[str]) -> str:
    """The path of a reward model that knows nothing."""
    return tiny.scorer(tmp_path_factory.mktemp("scorer"), tiny_texts)


@pytest.fixture(scope="session")
def tiny_guesser(tmp_path_factory: pytest.TempPathFactory, tiny_model: str) -> str:
    """The path of a model that answers each item of eval_v1 with its ideal output or with that of the next item.

    It guesses between the two, so it earns a reward about half of the time: where there is no reward at all,
    `GRPOTrainer` has nothing to learn from.
    """
    folder: Path = tmp_path_factory.mktemp("guesser")
    taught = answers_of(rows("eval_v1", cache_dir=str(folder / "cache")))
    trainer = train("SFT", tiny_model, taught, folder / "run", steps=60, learning_rate=5e-3)
    trainer.save_model(str(folder / "model"))
    return str(folder / "model")
