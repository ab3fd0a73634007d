"""TRL's trainers take `view: trl` and `to_trl` as they are, in memory and streamed, and learn from the rows."""

from __future__ import annotations

import math

import pytest

import hf_synth
from downstream.tiny import END
from downstream.trl_runs import FORMS, MARKS, SCHEMAS, late, load_dataset, logged, recipe, rows, train

pytestmark = MARKS

TWO = ("view", "view streamed")


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("form", FORMS[1:])
def test_all_forms_hold_the_same_rows(cache, schema, form):
    made, other = rows(schema), rows(schema, form)
    assert [*other] == [*made]
    assert other.features == made.features


@pytest.mark.parametrize("form", FORMS)
def test_sft_learns_the_rows_by_heart(cache, tmp_path, tiny_model, form):
    trainer = train("SFT", tiny_model, rows("instruction_v1", form), tmp_path / "run", steps=16, learning_rate=1e-2)
    loss = logged(trainer, "loss")
    assert loss[0] > 6  # random weights: near the log of the 1,024 tokens there are
    assert late(loss) < 0.4 * loss[0]


@pytest.mark.parametrize("marked", [False, True], ids=["by prompt", "by marks of the template"])
def test_sft_learns_the_response_alone_within_a_chat(cache, tmp_path, tiny_model, marked):
    made = rows("instruction_v1")
    trainer = train("SFT", tiny_model, made, tmp_path / "run", steps=1, assistant_only_loss=marked)
    for row, ready in zip(made, trainer.train_dataset, strict=True):
        system, user = row["prompt"]
        read = trainer.processing_class.decode(ready["input_ids"])
        assert read.startswith(f"<|im_start|>system\n{system['content']}{END}\n<|im_start|>user\n{user['content']}")
        learned = trainer.processing_class.decode([token for token in ready["labels"] if token >= 0])
        assert learned.rstrip("\n") == row["completion"][0]["content"] + END


@pytest.mark.parametrize("form", FORMS)
def test_dpo_comes_to_prefer_what_was_chosen(cache, tmp_path, tiny_model, form):
    trainer = train("DPO", tiny_model, rows("preference_v1", form), tmp_path / "run", steps=10, learning_rate=1e-3)
    loss, right = logged(trainer, "loss"), logged(trainer, "rewards/accuracies")
    assert loss[0] == pytest.approx(math.log(2), abs=1e-4)  # model and reference are still the same
    assert late(loss) < 0.5 * math.log(2)
    assert right[0] < 0.6
    assert late(right) > 0.9
    assert late(logged(trainer, "rewards/margins")) > 1


@pytest.mark.parametrize("form", TWO)
def test_a_reward_model_comes_to_rank_what_was_chosen_first(cache, tmp_path, tiny_scorer, form):
    trainer = train("Reward", tiny_scorer, rows("preference_v1", form), tmp_path / "run", steps=12, learning_rate=1e-3)
    loss = logged(trainer, "loss")
    assert late(loss) < 0.4 * loss[0]
    assert late(logged(trainer, "accuracy")) > 0.9


@pytest.mark.parametrize(("kind", "steps"), [("Reward", 3), ("DPO", 2)])
def test_scores_and_reasoning_of_the_critic_do_not_touch_the_loss(
    cache, tmp_path, tiny_scorer, tiny_model, kind, steps
):
    made = rows("preference_v1")
    extra = [name for name in made.column_names if name.startswith("critic_")]
    assert extra == ["critic_score_chosen", "critic_score_rejected", "critic_reasoning"]
    model = tiny_scorer if kind == "Reward" else tiny_model
    runs = {
        "all": made,
        "bare": made.remove_columns(extra),
        "margin": made.rename_column("critic_score_chosen", "margin"),  # the name that RewardTrainer reads
    }
    loss = {name: logged(train(kind, model, part, tmp_path / name, steps), "loss") for name, part in runs.items()}
    assert loss["all"] == loss["bare"]
    assert (loss["all"] != loss["margin"]) == (kind == "Reward")


@pytest.mark.parametrize("form", TWO)
def test_kto_takes_the_pairs_apart_and_tells_good_from_bad(cache, tmp_path, tiny_model, form):
    trainer = train("KTO", tiny_model, rows("preference_v1", form), tmp_path / "run", steps=20, learning_rate=1e-3)
    loss = logged(trainer, "loss")
    assert loss[0] == pytest.approx(0.5, abs=1e-3)  # model and reference are still the same
    assert late(loss, 4) < 0.8 * loss[0]
    assert late(logged(trainer, "rewards/chosen")) > 0.2
    assert late(logged(trainer, "rewards/rejected")) < -0.2
    labels = [row["label"] for row in trainer.train_dataset]
    assert labels == [True] * 16 + [False] * 16  # KTOTrainer reads them in this order, and does not shuffle


@pytest.mark.parametrize("kind", ["SFT", "DPO", "KTO"])
def test_a_trainer_over_a_stream_pays_for_no_row_twice(cache, tmp_path, tiny_model, kind):
    schema = "instruction_v1" if kind == "SFT" else "preference_v1"
    train(kind, tiny_model, rows(schema, "view streamed"), tmp_path / "run", steps=6)  # three rounds over 16 rows
    streamed = hf_synth.receipt(recipe(schema))
    elsewhere = str(tmp_path / "elsewhere")
    rows(schema, cache_dir=elsewhere)
    paid = [(line.role, line.calls) for line in hf_synth.receipt(recipe(schema), cache_dir=elsewhere).calls]
    assert [(line.role, line.calls) for line in streamed.calls] == paid


def test_a_stream_is_read_in_a_worker_of_the_data_loader(cache, tmp_path, tiny_model):
    made = rows("instruction_v1", "view streamed")
    trainer = train("SFT", tiny_model, made, tmp_path / "run", steps=16, learning_rate=1e-2, dataloader_num_workers=1)
    loss = logged(trainer, "loss")
    assert late(loss) < 0.4 * loss[0]


def test_trl_wants_the_number_of_steps_of_a_stream(cache, tmp_path, tiny_model):
    with pytest.raises(ValueError, match="max_steps"):
        train("SFT", tiny_model, rows("instruction_v1", "view streamed"), tmp_path / "run", steps=-1)


@pytest.mark.parametrize("kind", ["DPO", "KTO"])
def test_trl_refuses_to_score_a_stream_by_the_reference_beforehand(cache, tmp_path, tiny_model, kind):
    made = rows("preference_v1", "view streamed")
    with pytest.raises(ValueError, match="not supported with IterableDataset"):
        train(kind, tiny_model, made, tmp_path / "run", steps=1, precompute_ref_log_probs=True)


def test_sft_refuses_native_rows(cache, tmp_path, tiny_model):
    native = load_dataset("hf_synth", recipe("instruction_v1", view="native"), split="train")
    with pytest.raises(KeyError, match="text"):
        train("SFT", tiny_model, native, tmp_path / "run", steps=1)
