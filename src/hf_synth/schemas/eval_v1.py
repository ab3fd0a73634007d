"""eval_v1: an input with its ideal output and the metrics that fit it, for evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from hf_synth.config import GenerationConfig
from hf_synth.errors import Unfit
from hf_synth.protocols import Ask
from hf_synth.schemas._agree import EXACT, disagreement
from hf_synth.schemas._prompts import PER_LINE, brief, draft_brief, draft_messages, voice
from hf_synth.types import Candidate, Cell, Idea, Message, Role
from hf_synth.views import eval_to_trl

Metric = Literal["exact_match", "factual_accuracy", "f1", "contains", "multiple_choice", "numeric"]

_TASK = (
    f"Write an evaluation set, one item {PER_LINE}. input: self-contained, with every fact and figure it needs, has "
    "one right answer that experts agree on, says which form of answer it wants. ideal_output: that answer alone, as "
    "short as it can be. metrics that fit it: numeric (a number), multiple_choice (a letter; input lists options A), "
    "B), C)…), exact_match (a word or name), contains (a term any right answer mentions), f1 (a phrase), "
    "factual_accuracy (a sentence)."
)
_COLD = "Answer with the final answer alone: the number, word, phrase or option letter asked for."
_DRAFT_TOKENS = 2000


class EvalRow(BaseModel):
    """A row of eval_v1."""

    input: str
    ideal_output: str
    metrics: list[Metric] = Field(min_length=1)


class EvalIdea(BaseModel):
    input: str
    ideal_output: str
    metrics: list[Metric] = Field(min_length=1, max_length=3)


class EvalIdeas(BaseModel):
    ideas: list[EvalIdea]


class Eval:
    """See `protocols.Schema`. A draft for about five items; where a metric is exact, a cold second answer."""

    name = "eval_v1"
    version = 2
    roles: tuple[Role, ...] = ("generator",)
    row: type[BaseModel] = EvalRow
    key = "input"
    calls_per_row = 1

    def trl(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """See `views`."""
        return eval_to_trl(row)

    async def draft(self, config: GenerationConfig, cell: Cell, ask: Ask) -> list[Idea]:
        """Draft the items of a cell with their ideal outputs."""
        value, _ = await ask.data(
            "generator",
            draft_messages(config, cell, _TASK),
            EvalIdeas,
            max_tokens=_DRAFT_TOKENS,
            brief=draft_brief(config, cell),
        )
        return [
            Idea(
                number,
                slot,
                {
                    "input": idea.input.strip(),
                    "ideal_output": idea.ideal_output.strip(),
                    "metrics": list(dict.fromkeys(idea.metrics)),
                },
            )
            for number, (idea, slot) in enumerate(zip(value.ideas, cell.slots, strict=False))
        ]

    async def complete(self, config: GenerationConfig, cell: Cell, idea: Idea, ask: Ask) -> Candidate:
        """Ask the same model again without showing it the ideal output; where the metric is exact both must agree."""
        question, ideal, metrics = idea.fields["input"], idea.fields["ideal_output"], idea.fields["metrics"]
        row = {"input": question, "ideal_output": ideal, "metrics": metrics}
        if not ideal:
            raise Unfit("empty", "no ideal output")
        notes: dict[str, Any] = {}
        if any(metric in EXACT for metric in metrics):
            answer = await ask.text(
                "generator",
                [Message("system", f"{_COLD} {voice(config)}"), Message("user", question)],
                max_tokens=config.constraints.max_tokens,
                brief=brief(config, "answer", cell, {"input": question, "metrics": metrics}),
            )
            differs = disagreement(metrics, ideal, answer.text)
            if differs is not None:
                raise Unfit("disagreement", f"{differs}: ideal {ideal[:80]!r}, second answer {answer.text[:80]!r}")
            notes["second_answer"] = answer.text.strip()
        return Candidate(row, question, (ideal,), (), notes)


SCHEMA = Eval()
