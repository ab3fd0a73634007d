from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hf_synth.views import eval_to_trl, instruction_to_trl, preference_to_trl

INSTRUCTION = {
    "system_prompt": "Be calm.",
    "instruction": "How?",
    "response": "So.",
    "metadata": {"domain": "d", "difficulty": "easy"},
}
PREFERENCE = {
    "prompt": "How?",
    "chosen": "So.",
    "rejected": "No.",
    "chosen_score": 8.0,
    "rejected_score": 5.0,
    "reasoning": "Chosen: a. Rejected: b.",
}


def test_instructions_become_prompt_and_completion():
    assert instruction_to_trl(INSTRUCTION) == {
        "prompt": [{"role": "system", "content": "Be calm."}, {"role": "user", "content": "How?"}],
        "completion": [{"role": "assistant", "content": "So."}],
    }


def test_an_empty_system_prompt_is_no_message():
    shown = instruction_to_trl(INSTRUCTION | {"system_prompt": ""})
    assert [turn["role"] for turn in shown["prompt"]] == ["user"]


def test_preferences_become_message_lists_with_the_scores_beside_them():
    assert preference_to_trl(PREFERENCE) == {
        "prompt": [{"role": "user", "content": "How?"}],
        "chosen": [{"role": "assistant", "content": "So."}],
        "rejected": [{"role": "assistant", "content": "No."}],
        "critic_score_chosen": 8.0,
        "critic_score_rejected": 5.0,
        "critic_reasoning": "Chosen: a. Rejected: b.",
    }


def test_no_trainer_reads_a_score_by_accident():
    read_by_trl = {
        "margin",
        "score",
        "scores",
        "label",
        "labels",
        "reward",
        "rewards",
        "weight",
        "chosen_score",
        "text",
    }
    assert not read_by_trl & set(preference_to_trl(PREFERENCE))


def test_items_of_an_evaluation_become_a_prompt_with_what_reward_functions_take():
    row = {"input": "2+2?", "ideal_output": "4", "metrics": ["numeric"]}
    assert eval_to_trl(row) == {
        "prompt": [{"role": "user", "content": "2+2?"}],
        "ideal_output": "4",
        "metrics": ["numeric"],
    }


@given(st.text(), st.text(), st.text())
def test_no_text_is_changed_or_lost(system, instruction, response):
    shown = instruction_to_trl(
        INSTRUCTION | {"system_prompt": system, "instruction": instruction, "response": response}
    )
    said = [turn["content"] for turn in shown["prompt"] + shown["completion"]]
    assert said == [text for text in (system,) if text] + [instruction, response]
