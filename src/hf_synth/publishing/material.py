"""What a dataset and its journal tell, collected for a report: the one place that reads both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import datasets

from hf_synth.config import GenerationConfig
from hf_synth.config.outline import PARTS
from hf_synth.engine.plan import DIFFICULTIES
from hf_synth.engine.receipt import Receipt
from hf_synth.engine.records import Record
from hf_synth.executors.local import Local
from hf_synth.protocols import Schema
from hf_synth.reports import COLUMNS, Material, RowFacts

_TEXT = datasets.Value("string")  # the TRL view has columns of the same names that hold messages
Row = Mapping[str, Any]
Parts = Mapping[str, Any]
"""Split to `Dataset` or `IterableDataset`."""


def material_of(wanted: Local, rows: list[tuple[str, Row]] | None, receipt: Receipt, *, changed: bool) -> Material:
    """What a report is made of.

    Args:
        wanted: the config and its journal.
        rows: split and native row of each row there is; `None` takes those on record.
        receipt: what the dataset took.
        changed: whether the rows were changed after they were generated.
    """
    config, schema = wanted.resolved.config, wanted.resolved.schema
    on_record = wanted.records(wanted.resolved.targets)
    made = [(split, record) for split, records in on_record.items() for record in records]
    by_prompt = {record["row"][schema.key]: record for _, record in made}
    remarks: list[str] = []
    if rows is None:
        rows = [(split, record["row"]) for split, record in made]
        if changed:
            remarks.append("The columns were changed, so the rows are shown as they were generated.")
    if not made and rows:
        remarks.append("The journal is not in this cache: topics and drops by difficulty are not known.")
    elif not rows:
        remarks.append("There is no row yet." if not changed else "No row is left.")
    facts = [_facts(schema, split, row, by_prompt.get(row[schema.key], {})) for split, row in rows]
    outline, dropped = _plan(wanted)
    return Material(
        schema=schema.name,
        domain=config.domain,
        language=config.constraints.language,
        rows=facts,
        receipt=receipt,
        outline={**outline, "difficulties": _difficulties(config)} if outline else None,
        dropped_slots=dropped,
        changed=changed,
        remarks=remarks,
    )


def _difficulties(config: GenerationConfig) -> list[str]:
    return [config.constraints.difficulty] if config.constraints.difficulty else list(DIFFICULTIES)


def answers_of(schema: Schema) -> tuple[str, ...]:
    """The columns that hold what a model answered; of another package's schema, all texts but the one asked."""
    texts = (name for name, field in schema.row.model_fields.items() if field.annotation is str)
    return COLUMNS.get(schema.name, ())[1:] or tuple(name for name in texts if name != schema.key)


def _facts(schema: Schema, split: str, row: Row, record: Record) -> RowFacts:
    slot, notes = record.get("slot"), record.get("notes", {})
    return RowFacts(
        split=split,
        prompt=row[schema.key],
        responses=tuple(row[name] for name in answers_of(schema)),
        topic=record.get("topic", ""),
        slot=(slot[0], slot[1], slot[2], slot[3]) if slot else None,
        metrics=tuple(row.get("metrics") or ()),
        flags=record.get("flags", {}),
        solved=(notes["solved"][0], notes["solved"][1]) if "solved" in notes else None,
        passage=record.get("passage", ""),
    )


def _plan(wanted: Local) -> tuple[dict[str, list[str]] | None, dict[str, dict[str, int]]]:
    """What the plan walked over, and how many candidates of each difficulty were refused, by cause.

    Topics of the first block all count; of a later one those that were begun, since it is begun with its first cell.
    Passages are no topics to cover: a source may hold far more of them than rows are wanted.
    """
    blocks: dict[int, Record] = {}
    begun: set[str] = set()
    grounded, dropped = False, dict[str, dict[str, int]]()
    for _, record in wanted.journal().scan():
        if record["type"] == "outline":
            blocks.setdefault(record["block"], record)
        elif record["type"] in ("row", "drop") and record["selection"] == wanted.resolved.selection:
            begun.add(record.get("topic", ""))
            grounded = grounded or "passage" in record
            if record["type"] == "drop" and "slot" in record:
                by = dropped.setdefault(record["cause"], {})
                by[record["slot"][0]] = by.get(record["slot"][0], 0) + 1
    if 0 not in blocks:
        return None, dropped
    outline = {part: list(cast("list[str]", blocks[0][part])) for part in PARTS}
    given = wanted.resolved.config.outline
    later = [topic for number in sorted(blocks) if number for topic in blocks[number]["topics"] if topic in begun]
    topics = given.topics if given and given.topics else [*outline["topics"], *later]
    outline["topics"] = [] if grounded else list(dict.fromkeys(topics))
    return {part: values for part, values in outline.items() if values}, dropped


def rows_of(parts: Parts, schema: Schema) -> list[tuple[str, Row]] | None:
    """The rows of a dataset in native columns; `None` where it streams, or where its columns are others."""
    rows: list[tuple[str, Row]] = []
    for split, part in parts.items():
        if not isinstance(part, datasets.Dataset):
            return None
        types = cast("dict[str, Any]", part.features)
        native = all(types.get(name) == _TEXT for name in (schema.key, *answers_of(schema)))
        for row in cast("Any", part):
            found = row if native else _native(row, schema)
            if found is None:
                return None
            rows.append((split, found))
    return rows


def _native(row: Row, schema: Schema) -> Row | None:
    """A row of `view: trl` in native columns: its last user message, and the assistant's."""
    prompt, last = row.get("prompt"), _content(row.get("prompt"))
    if not isinstance(prompt, list) or last is None:
        return None
    answers = {"response": _content(row.get("completion"))}
    answers |= {name: _content(row.get(name)) for name in ("chosen", "rejected")}
    answers["ideal_output"] = row.get("ideal_output")
    found = {name: answers.get(name) for name in answers_of(schema)}
    if not all(isinstance(text, str) for text in found.values()):
        return None
    return {schema.key: last, **found, "metrics": row.get("metrics")}


def _content(messages: Any) -> str | None:
    last: Any = cast("list[Any]", messages)[-1] if isinstance(messages, list) and messages else None
    content = cast("dict[str, Any]", last).get("content") if isinstance(last, dict) else None
    return content if isinstance(content, str) else None
