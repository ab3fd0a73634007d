"""`GRPOTrainer` takes eval_v1 rows as they are, and `hf_synth.scoring.reward` as its reward function."""

from __future__ import annotations

import math
from statistics import fmean

import pytest

from downstream.trl_runs import FORMS, MARKS, late, logged, rows, train
from hf_synth.scoring import reward

pytestmark = MARKS

_SHORT = {"max_completion_length": 12, "num_generations": 8, "per_device_train_batch_size": 32}


@pytest.mark.parametrize("form", FORMS)
def test_a_model_that_guesses_learns_the_ideal_outputs(cache, tmp_path, tiny_guesser, form):
    made = rows("eval_v1", form)
    trainer = train("GRPO", tiny_guesser, made, tmp_path / "run", 10, rewards=reward, learning_rate=1e-3, **_SHORT)
    earned = logged(trainer, "rewards/reward/mean")
    assert all(0 <= value <= 1 for value in earned)
    assert earned[0] < 0.75  # 32 answers of a model that guesses between two
    assert late(earned, 6) > 0.8
    assert all(math.isfinite(value) for value in logged(trainer, "loss") + logged(trainer, "grad_norm"))


def test_the_reward_function_is_given_the_ideal_output_and_the_metrics_of_the_row(cache, tmp_path, tiny_guesser):
    seen = []

    def watched(prompts, completions, ideal_output, metrics, **more):
        made = reward(completions, ideal_output, metrics, **more)
        seen.extend(zip(prompts, completions, ideal_output, metrics, made, strict=True))
        return made

    items = rows("eval_v1")
    train("GRPO", tiny_guesser, items, tmp_path / "run", 2, rewards=watched, **_SHORT)
    assert len(seen) == 64
    asked = {row["prompt"][0]["content"]: row for row in items}
    for prompt, completion, ideal, metrics, made in seen:
        row = asked[prompt[0]["content"]]
        assert (ideal, metrics) == (row["ideal_output"], row["metrics"])
        assert [turn["role"] for turn in completion] == ["assistant"]
        assert 0 <= made <= 1
    for _, completion, ideal, _, made in seen:
        if completion[0]["content"].strip() == ideal:
            assert made == 1
    assert {made for *_, made in seen} >= {0, 1}


def test_a_row_that_only_a_judge_could_score_is_left_out_of_the_training(cache, tmp_path, tiny_guesser):
    judged = rows("eval_v1").map(
        lambda row, i: row | {"metrics": row["metrics"][:i] or ["factual_accuracy"]}, with_indices=True
    )
    given = []

    def watched(completions, ideal_output, metrics, **more):
        made = reward(completions, ideal_output, metrics, **more)
        given.extend((names == ["factual_accuracy"], value) for names, value in zip(metrics, made, strict=True))
        return made

    trainer = train("GRPO", tiny_guesser, judged, tmp_path / "run", 2, rewards=watched, learning_rate=1e-3, **_SHORT)
    assert {value is None for judge, value in given if judge} == {True}
    known = [value for judge, value in given if not judge]
    assert len(known) == 48
    assert logged(trainer, "rewards/watched/mean") == pytest.approx([fmean(known[:24]), fmean(known[24:])])
    assert all(math.isfinite(value) for value in logged(trainer, "loss") + logged(trainer, "grad_norm"))
