"""Native rows to the columns that TRL takes (`view: trl`): conversations instead of bare strings.

As plain strings TRL joins prompt and answer without a chat template, so chat models need message lists. The
scores go under names that no trainer reads by accident: `RewardTrainer` reads a column called `margin` into the
loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def _turn(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def instruction_to_trl(row: Mapping[str, Any]) -> dict[str, Any]:
    """`prompt` (system and user messages) and `completion` (assistant message), for `SFTTrainer`."""
    prompt = [_turn("user", row["instruction"])]
    if row["system_prompt"]:
        prompt.insert(0, _turn("system", row["system_prompt"]))
    return {"prompt": prompt, "completion": [_turn("assistant", row["response"])]}


def preference_to_trl(row: Mapping[str, Any]) -> dict[str, Any]:
    """`prompt`, `chosen`, `rejected` as message lists, for `DPOTrainer`, `RewardTrainer` and `KTOTrainer`.

    The scores stand beside them. `KTOTrainer` takes the pairs apart by itself.
    """
    return {
        "prompt": [_turn("user", row["prompt"])],
        "chosen": [_turn("assistant", row["chosen"])],
        "rejected": [_turn("assistant", row["rejected"])],
        "critic_score_chosen": row["chosen_score"],
        "critic_score_rejected": row["rejected_score"],
        "critic_reasoning": row["reasoning"],
    }


def eval_to_trl(row: Mapping[str, Any]) -> dict[str, Any]:
    """`prompt` as a message list; `ideal_output` and `metrics` reach GRPO reward functions."""
    return {
        "prompt": [_turn("user", row["input"])],
        "ideal_output": row["ideal_output"],
        "metrics": list(row["metrics"]),
    }
