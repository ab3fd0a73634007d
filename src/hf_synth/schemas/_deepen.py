"""Hard ideas are made harder once, in one call for a cell, rather than just called hard.

Asked for hard tasks, models write medium ones; asked to make a given task harder in a named way, they do
(Evol-Instruct, Xu et al. 2023, 2304.12244). In an even mix of difficulties `hard` stays a word of the draft: a call
more for each cell would cost every dataset a fifth more calls.
"""

from __future__ import annotations

from collections.abc import Sequence

from hf_synth.config import GenerationConfig
from hf_synth.protocols import Ask, M
from hf_synth.schemas._prompts import draft_brief, draft_system, quoted
from hf_synth.types import Cell, Message

HARD = frozenset({"hard", "very hard", "difficult", "advanced", "expert", "challenging"})
"""What `constraints.difficulty` has to say."""
_WAYS = (
    "add a constraint that rules out the obvious answer",
    "make it take several steps of reasoning",
    "replace what is general by something specific and less common",
    "add two goals that are in conflict",
    "add a case in which the usual rule fails",
)
_MAX_TOKENS = 2500


def deepens(config: GenerationConfig) -> bool:
    """Whether ideas are to be deepened."""
    return (config.constraints.difficulty or "").strip().casefold() in HARD


async def deepened(
    config: GenerationConfig, cell: Cell, ask: Ask, task: str, ideas: Sequence[str], shape: type[M]
) -> M:
    """The ideas of a cell, each made harder in one of five ways, in order.

    Args:
        config: what is wanted.
        cell: whose ideas they are.
        ask: the asker of the cell's draft.
        task: what an idea has to be, as in the draft.
        ideas: texts of the draft.
        shape: the model of the answer.

    Raises:
        Unfit: there is no usable answer: the cell has no ideas then, rather than easy ones called hard.
    """
    wish = "Rewrite each numbered text so that it is clearly harder, in the way named in brackets; keep its subject."
    lines = "\n".join(
        f"{number + 1}. [{_WAYS[(cell.first + number) % len(_WAYS)]}] {' '.join(text.split())}"
        for number, text in enumerate(ideas)
    )
    passage = f"{quoted(cell)}\n" if cell.topic.passage else ""
    value, _ = await ask.data(
        "generator",
        [Message("system", draft_system(config, f"{wish} {task}")), Message("user", f"{passage}{lines}")],
        shape,
        max_tokens=_MAX_TOKENS,
        brief=draft_brief(config, cell, "deepen", texts=list(ideas)),
        sample=1,
    )
    return value
