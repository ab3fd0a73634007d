"""From material to a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from hf_synth.engine.receipt import Receipt
from hf_synth.quality._text import count_words
from hf_synth.reports.coverage import covered, crossed
from hf_synth.reports.diversity import diversity
from hf_synth.reports.facts import Cost, Facts, Pairs, Splits
from hf_synth.reports.items import items
from hf_synth.reports.judging import classified, critic, drops, flags, ratio
from hf_synth.reports.languages import languages
from hf_synth.reports.lengths import lengths
from hf_synth.reports.material import Material, RowFacts
from hf_synth.reports.report import Report
from hf_synth.reports.sample import WORDS

COLUMNS = {
    "instruction_v1": ("instruction", "response"),
    "preference_v1": ("prompt", "chosen", "rejected"),
    "eval_v1": ("input", "ideal_output"),
}
"""By schema: the column that is asked, then those that hold what a model answered."""
_TERSE = {"ideal_output"}  # a letter or a number, most of them: repetition tells nothing


def make(material: Material, *, words: int = WORDS) -> Report:
    """Count all that a report tells. Takes seconds for 100,000 rows, and memory for their texts alone.

    Args:
        material: the rows and what is on record about them.
        words: size of the text that diversity is measured on. Figures compare only between equal sizes.
    """
    rows, receipt = material.rows, material.receipt
    columns = _columns(material)
    return Report(
        Facts(
            schema=material.schema,
            domain=material.domain,
            language=material.language,
            rows=len(rows),
            changed=material.changed or bool(receipt and receipt.changed),
            remarks=[*material.remarks, *(receipt.remarks if receipt else ())],
            cost=_cost(receipt),
            splits=_splits(rows),
            text_size=words,
            diversity={name: diversity(texts, words) for name, texts in columns.items() if name not in _TERSE},
            lengths={name: lengths(texts) for name, texts in columns.items()},
            pairs=_pairs(rows) if material.schema == "preference_v1" else None,
            coverage=covered(material),
            crossed=crossed(rows),
            passages=_passages(rows),
            languages=languages(material),
            classified=classified(receipt.classified if receipt else None),
            drops=drops(receipt, material.dropped_slots),
            flags=flags(material),
            critic=critic(receipt.critic if receipt else None),
            items=items(rows),
            outline={name: list(values) for name, values in material.outline.items()} if material.outline else None,
        )
    )


def _columns(material: Material) -> dict[str, list[str]]:
    """Texts by the name of their column; those of schemas that are not ours are numbered."""
    most = max((len(row.responses) for row in material.rows), default=0)
    names = list(COLUMNS.get(material.schema, ("prompt", "response")))
    names += [f"response {number}" for number in range(len(names), most + 1)]
    columns = {names[0]: [row.prompt for row in material.rows]}
    for number, name in enumerate(names[1:]):
        columns[name] = [row.responses[number] for row in material.rows if number < len(row.responses)]
    return columns


def _cost(receipt: Receipt | None) -> Cost | None:
    if receipt is None:
        return None
    models: dict[str, list[str]] = {}
    for line in receipt.calls:
        models.setdefault(line.role, []).append(line.model)
    return Cost(receipt.judged, receipt.accepted, sum(line.calls for line in receipt.calls), receipt.usd, models)


def _splits(rows: Sequence[RowFacts]) -> Splits:
    homes: dict[str, set[str]] = {}
    for row in rows:
        if row.topic:
            homes.setdefault(row.topic, set()).add(row.split)
    shared = sorted(topic for topic, splits in homes.items() if len(splits) > 1) if homes else None
    return Splits(dict(Counter(row.split for row in rows)), shared)


def _pairs(rows: Sequence[RowFacts]) -> Pairs:
    counts = [tuple(map(count_words, row.responses[:2])) for row in rows if len(row.responses) >= 2]
    unequal = [(chosen, rejected) for chosen, rejected in counts if chosen != rejected]
    return Pairs(
        len(counts),
        ratio(sum(chosen > rejected for chosen, rejected in unequal), len(unequal)),
        median(chosen / max(1, rejected) for chosen, rejected in counts) if counts else None,
    )


def _passages(rows: Sequence[RowFacts]) -> tuple[int, int] | None:
    named = [row.passage for row in rows if row.passage]
    return (len(named), len(set(named))) if named else None
