"""eval_v1: an input with its ideal output and the metrics that fit it, for evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from hf_synth.config import GenerationConfig
from hf_synth.critic import all_of
from hf_synth.errors import Unfit
from hf_synth.protocols import Ask
from hf_synth.schemas._deepen import deepened, deepens
from hf_synth.schemas._options import choice
from hf_synth.schemas._prompts import (
    PER_LINE,
    brief,
    draft_brief,
    draft_messages,
    grounding,
    manner_messages,
    quoted,
    voice,
)
from hf_synth.scoring import EXACT, agrees, disagreement
from hf_synth.types import Candidate, Cell, Idea, Message, Role
from hf_synth.views import eval_to_trl

Metric = Literal["exact_match", "factual_accuracy", "f1", "contains", "multiple_choice", "numeric"]

_FORM = (
    "input: self-contained, with every fact and figure it needs, has one right answer that experts agree on, says "
    "which form of answer it wants. ideal_output: that answer alone, as short as it can be. metrics that fit it: "
    "numeric (a number), multiple_choice (options lists 3 to 6 answers, ideal_output repeats the right one), "
    "exact_match (a word or name), contains (a term any right answer mentions), f1 (a phrase), factual_accuracy (a "
    "sentence). options: empty but for multiple_choice."
)
_TASK = f"Write an evaluation set, one item {PER_LINE}. {_FORM}"
_COLD = (
    "Answer with the final answer alone: the number, word, phrase, sentence or option letter asked for. If there is no "
    "single right answer, or a fact is missing, answer AMBIGUOUS."
)
_SAME = (
    "Two answers to one question: do they say the same, as far as the question goes? verdict: same, different, or "
    "unclear where the question allows both."
)
_DRAFT_TOKENS = 2000
_VERDICT_TOKENS = 50


class EvalRow(BaseModel):
    """A row of eval_v1."""

    input: str = Field(description="the question, with every fact it needs")
    ideal_output: str = Field(description="the answer that is scored against; of a choice, its letter")
    metrics: list[Metric] = Field(min_length=1, description="how an answer is scored")


class EvalIdea(BaseModel):
    input: str
    options: list[str] = Field(default_factory=list)
    ideal_output: str
    metrics: list[Metric] = Field(min_length=1, max_length=3)


class EvalIdeas(BaseModel):
    ideas: list[EvalIdea]


class Comparison(BaseModel):
    verdict: Literal["same", "different", "unclear"]


class Eval:
    """See `protocols.Schema`. A draft for about five items; a cold second answer to each, which has to agree."""

    name = "eval_v1"
    version = 3
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
        if deepens(config) and value.ideas:
            value = await deepened(config, cell, ask, _FORM, [idea.input for idea in value.ideas], EvalIdeas)
        return [
            Idea(
                number,
                slot,
                {
                    "input": idea.input.strip(),
                    "options": [option.strip() for option in idea.options],
                    "ideal_output": idea.ideal_output.strip(),
                    "metrics": list(dict.fromkeys(idea.metrics)),
                },
            )
            for number, (idea, slot) in enumerate(zip(value.ideas, cell.slots, strict=False))
        ]

    async def complete(self, config: GenerationConfig, cell: Cell, idea: Idea, ask: Ask) -> Candidate:
        """Ask the same model again without showing it the ideal output; by the row's own metric both must agree."""
        row = _row(config, cell, idea)
        answer = await _cold(config, cell, row, ask, 0)
        if answer.strip(" .*`").upper() == "AMBIGUOUS":
            raise Unfit("ambiguous", "the second answer: no single right answer, or a fact is missing")
        await _verify(config, cell, row, answer, ask)
        notes: dict[str, Any] = {"second_answer": answer.strip()}
        if config.quality.repeated_answers and _verified_by(row["metrics"]):
            notes["solved"] = await _solved(config, cell, row, ask)
        return Candidate(row, row["input"], (row["ideal_output"],), (), notes)


def _row(config: GenerationConfig, cell: Cell, idea: Idea) -> dict[str, Any]:
    question, ideal, metrics = idea.fields["input"], idea.fields["ideal_output"], idea.fields["metrics"]
    options: Sequence[str] = idea.fields.get("options", ())
    if not ideal:
        raise Unfit("empty", "no ideal output")
    if "multiple_choice" in metrics or options:
        made = choice(question, options, ideal, cell.first + idea.number, config.seed)
        kept = [metric for metric in metrics if metric in ("multiple_choice", "exact_match")]  # those that fit a letter
        question, ideal, metrics = made.text, made.key, list(dict.fromkeys(["multiple_choice", *kept]))
    return {"input": question, "ideal_output": ideal, "metrics": metrics}


async def _cold(config: GenerationConfig, cell: Cell, row: Mapping[str, Any], ask: Ask, sample: int) -> str:
    answer = await ask.text(
        "generator",
        [
            *manner_messages(f"{_COLD} {voice(config)}{grounding(config)}", quoted(cell)),
            Message("user", row["input"]),
        ],
        max_tokens=config.constraints.max_tokens,
        brief=brief(config, "answer", cell, {"input": row["input"], "metrics": row["metrics"]}),
        sample=sample,
    )
    return answer.text


def _verified_by(metrics: Sequence[str]) -> list[str]:
    """The metrics by which two answers are compared without asking anybody."""
    return [metric for metric in metrics if metric in EXACT] or [metric for metric in metrics if metric == "f1"]


async def _verify(config: GenerationConfig, cell: Cell, row: Mapping[str, Any], answer: str, ask: Ask) -> None:
    """Exact metrics decide where there are any, then the overlap of words, then the model."""
    question, ideal, metrics = row["input"], row["ideal_output"], row["metrics"]
    by = _verified_by(metrics)
    differs = disagreement(by, ideal, answer)
    if by and differs is None:
        return
    if "factual_accuracy" in metrics and not any(metric in EXACT for metric in metrics):
        said = f"<question>\n{question}\n</question>\n<one>\n{ideal}\n</one>\n<other>\n{answer}\n</other>"
        details = {"input": question, "one": ideal, "other": answer}
        value, _ = await ask.data(
            "generator",
            [Message("system", _SAME), Message("user", said)],
            Comparison,
            max_tokens=_VERDICT_TOKENS,
            brief=brief(config, "compare", cell, details),
        )
        if value.verdict == "same":
            return
        if value.verdict == "unclear":
            raise Unfit("ambiguous", f"two right answers: {ideal[:80]!r} and {answer[:80]!r}")
        differs = "factual_accuracy"
    raise Unfit("disagreement", f"{differs}: ideal {ideal[:80]!r}, second answer {answer[:80]!r}")


async def _solved(config: GenerationConfig, cell: Cell, row: Mapping[str, Any], ask: Ask) -> list[int]:
    """How many of further answers are right, and how many there were: what is hard is answered wrongly at times."""
    by, times = _verified_by(row["metrics"]), config.quality.repeated_answers

    async def right(sample: int) -> bool:
        try:
            answer = await _cold(config, cell, row, ask, sample)
        except Unfit:  # cut or refused: not right either
            return False
        return all(agrees(metric, row["ideal_output"], answer) for metric in by)

    return [sum(await all_of([right(sample) for sample in range(1, times + 1)])), times]


SCHEMA = Eval()
