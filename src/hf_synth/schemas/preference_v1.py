"""preference_v1: a prompt with a chosen and a rejected response, scored by a critic in both orders.

The widest margin is not the best pair (2502.16825, 2501.18578): a margin and a floor on the rejected score.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from pydantic import BaseModel, Field

from hf_synth.config import GenerationConfig
from hf_synth.critic import Judgement, Question, all_of, judge
from hf_synth.errors import Unfit
from hf_synth.protocols import Ask
from hf_synth.schemas._deepen import deepened, deepens
from hf_synth.schemas._pairs import Pair, Tried, best_pair, noted
from hf_synth.schemas._prompts import (
    PER_LINE,
    answering,
    brief,
    draft_brief,
    draft_messages,
    manner_messages,
    quoted,
)
from hf_synth.types import Answer, Candidate, Cell, Idea, Message, Role
from hf_synth.views import preference_to_trl

_TASK = (
    f"For a preference dataset, write what a user asks an assistant, one prompt {PER_LINE}: self-contained, with every "
    "fact and figure it needs, not answered, open enough that answers differ in quality."
)
_DEEPER = (
    "It stays what a user asks an assistant: self-contained, with every fact and figure it needs, not answered, open "
    "enough that answers differ in quality."
)
_DRAFT_TOKENS = 1500
_STYLES = (
    ("thorough", "Answer with care: cover what matters, with the reasons and a concrete example."),
    ("brief", "Answer quickly in a few plain sentences, from memory, without going into detail."),
    ("structured", "Answer as ordered steps."),
    ("casual", "Answer off the cuff, as in a short chat message."),
)


class PreferenceRow(BaseModel):
    """A row of preference_v1. Scores run from 0 to 10."""

    prompt: str = Field(description="what the user asks")
    chosen: str = Field(description="the response that the critic preferred in both orders")
    rejected: str = Field(description="the other response")
    chosen_score: float = Field(ge=0, le=10, description="points from 0 to 10, the mean over both orders")
    rejected_score: float = Field(ge=0, le=10, description="points from 0 to 10, less than the chosen one's")
    reasoning: str = Field(description="what the critic said of the chosen and the rejected response")


class PreferenceIdeas(BaseModel):
    prompts: list[str]


class Preference:
    """See `protocols.Schema`. A draft for about five prompts; then two responses and two verdicts for each."""

    name = "preference_v1"
    version = 3
    roles: tuple[Role, ...] = ("generator", "critic")
    row: type[BaseModel] = PreferenceRow
    key = "prompt"
    calls_per_row = 4

    def trl(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """See `views`."""
        return preference_to_trl(row)

    async def draft(self, config: GenerationConfig, cell: Cell, ask: Ask) -> list[Idea]:
        """Draft the prompts of a cell."""
        value, _ = await ask.data(
            "generator",
            draft_messages(config, cell, _TASK),
            PreferenceIdeas,
            max_tokens=_DRAFT_TOKENS,
            brief=draft_brief(config, cell),
        )
        texts = value.prompts
        if deepens(config) and texts:
            texts = (await deepened(config, cell, ask, _DEEPER, texts, PreferenceIdeas)).prompts
        return [
            Idea(number, slot, {"prompt": text.strip()})
            for number, (text, slot) in enumerate(zip(texts, cell.slots, strict=False))
        ]

    async def complete(self, config: GenerationConfig, cell: Cell, idea: Idea, ask: Ask) -> Candidate:
        """Sample responses until a pair of them is clear, within `quality.max_repairs` further responses."""
        quality = config.quality
        if not idea.fields["prompt"]:
            raise Unfit("empty", "no prompt")
        answers = await all_of([_respond(config, cell, idea, ask, n) for n in range(quality.candidates)])
        question = Question(idea.fields["prompt"], cell.criteria, quoted(cell))
        tried: Tried = {}
        why = ""
        for _ in range(quality.max_repairs + 1):
            fresh = [pair for pair in combinations(range(len(answers)), 2) if pair not in tried]
            verdicts = await all_of([_judge(config, question, ask, answers, pair) for pair in fresh])
            tried.update(zip(fresh, verdicts, strict=True))
            best, why = best_pair(config, tried)
            if best is not None:
                return _candidate(idea, answers, best, tried)
            if len(answers) < quality.candidates + quality.max_repairs:
                answers.append(await _respond(config, cell, idea, ask, len(answers)))
        raise Unfit(why, f"no clear pair among {len(answers)} responses", {"judged": noted(answers, tried)})


async def _respond(config: GenerationConfig, cell: Cell, idea: Idea, ask: Ask, number: int) -> Answer:
    name, manner = _STYLES[number % len(_STYLES)]
    prompt = idea.fields["prompt"]
    details = {"prompt": prompt, "system": "", "difficulty": idea.slot.difficulty, "style": name}
    return await ask.text(
        "generator",
        [*manner_messages(answering(config), manner, quoted(cell)), Message("user", prompt)],
        max_tokens=config.constraints.max_tokens,
        brief=brief(config, "respond", cell, details),
        sample=number,
    )


async def _judge(
    config: GenerationConfig, question: Question, ask: Ask, answers: list[Answer], pair: Pair
) -> Judgement:
    one, other = (answers[number].text.strip() for number in pair)
    if one == other:
        return Judgement((0.0, 0.0), ("", ""), (), None, "identical")
    return await judge(config, ask, question, one, other, sample=100 * pair[0] + pair[1])


def _candidate(idea: Idea, answers: list[Answer], pair: Pair, tried: Tried) -> Candidate:
    judgement = tried[pair]
    won = judgement.winner or 0
    chosen, rejected = answers[pair[won]], answers[pair[1 - won]]
    prompt = idea.fields["prompt"]
    texts = (chosen.text.strip(), rejected.text.strip())
    row = {
        "prompt": prompt,
        "chosen": texts[0],
        "rejected": texts[1],
        "chosen_score": float(judgement.scores[won]),
        "rejected_score": float(judgement.scores[1 - won]),
        "reasoning": f"Chosen: {judgement.assessments[won]} Rejected: {judgement.assessments[1 - won]}",
    }
    judged = [other for other, found in tried.items() if found.why != "identical"]
    notes = {"judged": noted(answers, tried), "pair": judged.index(pair), "chosen_shown_first": won == 0}
    counted = tuple(None if answer.usage.estimated else answer.usage.output_tokens for answer in (chosen, rejected))
    return Candidate(row, prompt, texts, counted, notes)


SCHEMA = Preference()
