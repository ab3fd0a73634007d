"""What a report is made of, in plain values: whoever knows the journal collects it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hf_synth.engine.receipt import Receipt


@dataclass(frozen=True, slots=True)
class RowFacts:
    """One delivered row, whatever its schema.

    Attributes:
        split: where it stands.
        prompt: the instruction, prompt or input.
        responses: the response; chosen and rejected; the ideal output.
        topic: of the outline, empty where it is not known.
        slot: difficulty, task type, audience and style that the plan asked for.
        metrics: how an evaluation row is scored.
        flags: checks that marked the row, with what they said.
        solved: right answers of repeated answers, for evaluation rows that were tried out.
        passage: id of the passage it was grounded in.
    """

    split: str
    prompt: str
    responses: tuple[str, ...]
    topic: str = ""
    slot: tuple[str, str, str, str] | None = None
    metrics: tuple[str, ...] = ()
    flags: Mapping[str, str] = field(default_factory=dict[str, str])
    solved: tuple[int, int] | None = None
    passage: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """A dataset and what is on record about it.

    Attributes:
        schema: name of the schema.
        domain: what the rows are about.
        language: the one asked for, an ISO 639 or BCP 47 code.
        rows: all of them; read several times.
        receipt: what the dataset took, `None` where its records are not on this machine.
        outline: what was to be covered: `topics`, `task_types`, `audiences`, `styles`, and `difficulties` if known.
        dropped_slots: cause to difficulty to number of refused candidates; may be empty.
        changed: rows were changed after they were generated (`map`, `filter`).
        remarks: what a reader should know, in sentences.
    """

    schema: str
    domain: str
    language: str
    rows: Sequence[RowFacts]
    receipt: Receipt | None
    outline: Mapping[str, Sequence[str]] | None = None
    dropped_slots: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    changed: bool = False
    remarks: Sequence[str] = ()
