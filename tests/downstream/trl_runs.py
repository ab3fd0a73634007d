"""Rows of the offline provider in each form that TRL's trainers take, and one run of a trainer over them."""

# pyright: reportMissingImports=false
from __future__ import annotations

from pathlib import Path
from statistics import fmean
from typing import Any

import datasets
import pytest

import hf_synth

load_dataset: Any = datasets.load_dataset

MARKS = [
    pytest.mark.trl,
    # TRL 1.16 asks transformers 5.24 for a property that has been renamed.
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning"),
]
SCHEMAS = ("instruction_v1", "preference_v1", "eval_v1")
FORMS = ("view", "view streamed", "to_trl", "to_trl streamed")
COUNT = {"instruction_v1": 16, "preference_v1": 16, "eval_v1": 4}
"""Few rows, seen several times: a tiny model learns them by heart within a few steps."""


def recipe(schema: str, **changes: Any) -> dict[str, Any]:
    """A config of the offline provider with short responses."""
    models = {"generator": "offline"}
    wanted = {"schema": schema, "domain": "customer_support", "count": COUNT[schema], "models": models, "view": "trl"}
    return wanted | {"constraints": {"max_tokens": 60}} | changes


def rows(schema: str, form: str = "view", **options: Any) -> Any:
    """The rows in the columns that TRL takes: by `view: trl` or through `to_trl`, in memory or streamed."""
    how, _, streamed = form.partition(" ")
    config = recipe(schema, view="trl" if how == "view" else "native")
    made = load_dataset("hf_synth", config, split="train", streaming=bool(streamed), **options)
    return made if how == "view" else hf_synth.to_trl(made)


def answers_of(items: Any) -> Any:
    """Two completions for each item of eval_v1: its ideal output, and that of the item after it."""
    ideal = [*items["ideal_output"]]
    pairs = [(row["prompt"], answer) for i, row in enumerate(items) for answer in (ideal[i], ideal[i - 1])]
    turns = [(prompt, [{"role": "assistant", "content": answer}]) for prompt, answer in pairs]
    return datasets.Dataset.from_list([{"prompt": prompt, "completion": turn} for prompt, turn in turns])


def train(kind: str, model: str, dataset: Any, folder: Path, steps: int, rewards: Any = None, **options: Any) -> Any:
    """Trains with `SFTTrainer`, `DPOTrainer`, … (`kind` is how the name begins), and returns the trainer.

    The dataset is handed over as it is. One thread and a seed: the same run anywhere.
    """
    import torch
    import trl

    torch.set_num_threads(1)
    fixed = {
        "output_dir": str(folder),
        "max_steps": steps,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "use_cpu": True,
        "bf16": False,
        "activation_checkpointing": False,
        "lr_scheduler_type": "constant",
        "per_device_train_batch_size": 8,
    }
    more = {"reward_funcs": rewards} if rewards else {}
    args = getattr(trl, f"{kind}Config")(**{**fixed, **options})
    trainer = getattr(trl, f"{kind}Trainer")(model=model, args=args, train_dataset=dataset, **more)
    trainer.train()
    return trainer


def logged(trainer: Any, name: str) -> list[float]:
    """What a trainer logged under a name, step by step; steps that did not log it are passed over."""
    return [entry[name] for entry in trainer.state.log_history if name in entry]


def late(values: list[float], steps: int = 3) -> float:
    """The mean of the last steps."""
    return fmean(values[-steps:])
