"""`trl sft`, `trl dpo` and `trl grpo` train on a recipe of hf_synth: no Python is written."""

# pyright: reportMissingImports=false
from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from downstream.trl_runs import MARKS, late, recipe

pytestmark = MARKS

STREAMED = ("--dataset_streaming",)
HELD_OUT = {"train": 12, "test": 4}


def trl(command: str, config: dict[str, Any], model: str, folder: Path, steps: int, *options: str) -> dict[str, list]:
    """Runs `trl COMMAND` over a recipe in a folder; what it logged, by name, step by step."""
    (folder / "recipe.yaml").write_text(yaml.safe_dump(config), "utf-8")
    data = ["--dataset_name", "hf_synth", "--dataset_config", "recipe.yaml"]
    run = f"--max_steps {steps} --save_steps {steps} --logging_steps 1 --learning_rate 2e-3 --use_cpu --bf16 false"
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("trl")),
            *(command, *data, "--model_name_or_path", model, "--output_dir", "out", *run.split(), *options),
        ],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    state = json.loads((folder / "out" / f"checkpoint-{steps}" / "trainer_state.json").read_text("utf-8"))
    assert state["global_step"] == steps
    names = {name for entry in state["log_history"] for name in entry}
    return {name: [entry[name] for entry in state["log_history"] if name in entry] for name in names}


def weights(folder: Path) -> Any:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def assert_trained(model: str, out: Path) -> None:
    """A model was saved that loads, and its weights are not those of the beginning."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    assert AutoModelForCausalLM.from_pretrained(out).config.model_type == "qwen2"
    assert AutoTokenizer.from_pretrained(out).chat_template
    before, after = weights(Path(model)), weights(out)
    assert before.keys() == after.keys()
    assert not any((before[name] == after[name]).all() for name in before if name.endswith("proj.weight"))


@pytest.mark.parametrize("options", [(), STREAMED], ids=["in memory", "streamed"])
def test_trl_sft_trains_on_a_recipe(cache, tmp_path, tiny_model, options):
    config = recipe("instruction_v1", splits=HELD_OUT)
    evaluated = ("--eval_strategy", "steps", "--eval_steps", "6")
    told = trl("sft", config, tiny_model, tmp_path, 12, *evaluated, *options)
    assert late(told["loss"]) < 0.8 * told["loss"][0]
    assert told["eval_loss"][-1] < told["eval_loss"][0]
    assert_trained(tiny_model, tmp_path / "out")


@pytest.mark.parametrize("options", [(), STREAMED], ids=["in memory", "streamed"])
def test_trl_dpo_trains_on_a_recipe(cache, tmp_path, tiny_model, options):
    told = trl("dpo", recipe("preference_v1", splits=HELD_OUT), tiny_model, tmp_path, 8, *options)
    assert told["loss"][0] == pytest.approx(math.log(2), abs=1e-3)
    assert late(told["loss"]) < 0.5 * math.log(2)
    assert late(told["rewards/accuracies"]) > 0.9
    assert_trained(tiny_model, tmp_path / "out")


def test_trl_grpo_takes_the_reward_function_by_name(cache, tmp_path, tiny_guesser):
    rewards = ("--reward_funcs", "hf_synth.scoring.reward", "--num_generations", "8", "--max_completion_length", "12")
    told = trl("grpo", recipe("eval_v1"), tiny_guesser, tmp_path, 4, *rewards)
    earned = told["rewards/reward/mean"]
    assert all(0 < value <= 1 for value in earned)  # what the model was taught earns: ideal outputs came along
    assert_trained(tiny_guesser, tmp_path / "out")
