"""The sections of a report that say how good the texts are; `sections_judged` has the others."""

from __future__ import annotations

from collections.abc import Iterator

from hf_synth.reports._words import UNKNOWN, number, percent, shown
from hf_synth.reports.coverage import Coverage
from hf_synth.reports.facts import Facts
from hf_synth.reports.sections_judged import agreement, audit, evaluation, refused
from hf_synth.reports.tables import Section, Table, grid, shares

NAMES = {
    "topics": "topic",
    "task_types": "task type",
    "audiences": "audience",
    "styles": "style",
    "difficulties": "difficulty",
}


def sections(facts: Facts) -> list[Section]:
    """All that have something to tell, in order."""
    made = (overview, varied, spread_over, long, spoken, agreement, refused, audit, evaluation)
    return [section for make in made for section in make(facts)]


def headline(facts: Facts) -> list[tuple[str, str, str]]:
    """The few figures to look at first: what it is, its value, what it is measured on."""
    column, first = next(iter(facts.diversity.items()))
    topics = facts.coverage["topics"]
    told = [("rows", number(facts.rows), "all splits")]
    if facts.drops:
        share = facts.drops.accepted / facts.drops.judged if facts.drops.judged else None
        told.append(("accepted", percent(share), f"of {number(facts.drops.judged)} candidates"))
    told.append(("distinct-2", number(first.distinct_2, 3), f"{column}, {number(first.words)} words"))
    told.append(("compression", number(first.compression_ratio, 2), f"{column}, lower is better"))
    if topics and topics.covered is not None:
        told.append(("topics covered", percent(topics.covered), f"of {number(topics.planned)}"))
    told.append(
        ("language", percent(facts.languages.share), f"{facts.languages.asked} in {facts.languages.rows:,} rows")
    )
    if facts.cost:
        told.append(("cost", _dollars(facts.cost.usd), f"{number(facts.cost.calls)} calls"))
    return told


def overview(facts: Facts) -> Iterator[Section]:
    """Splits, what was paid, and what a reader should know before the figures."""
    notes = [shown(remark, 300) for remark in facts.remarks]
    if facts.changed:
        notes.append("The rows were changed since they were generated: costs and drops are those of the generation.")
    if facts.cost is None:
        notes.append("The records of this dataset are not at hand: costs, drops and the critic are not known.")
    if facts.splits.shared:
        named = ", ".join(shown(topic, 40) for topic in facts.splits.shared[:3])
        number_of = len(facts.splits.shared)
        stands = "topic stands" if number_of == 1 else "topics stand"
        notes.append(f"{number_of:,} {stands} in more than one split: {named}{', …' if number_of > 3 else ''}")
    elif facts.splits.shared is not None and len(facts.splits.rows) > 1:
        notes.append("No topic stands in more than one split.")
    if facts.passages:
        notes.append(f"{facts.passages[0]:,} rows are grounded in {facts.passages[1]:,} passages.")
    tables = [shares("Rows by split", "split", facts.splits.rows, facts.rows)] if facts.rows else []
    if facts.cost:
        rows = [(role, ", ".join(shown(model, 40) for model in models)) for role, models in facts.cost.models.items()]
        tables += [Table("Models", ("role", "models as served"), rows, words=(1,))] if rows else []
    yield Section("overview", "Rows", tables, notes)


def varied(facts: Facts) -> Iterator[Section]:
    """Diversity by column."""
    rows = [
        (
            column,
            number(told.words),
            *(number(value, 3) for value in (told.distinct_1, told.distinct_2, told.distinct_3)),
            number(told.compression_ratio, 2),
            number(told.self_repetition, 2),
            number(told.self_bleu, 3),
        )
        for column, told in facts.diversity.items()
    ]
    head = ("column", "words", "distinct-1", "distinct-2", "distinct-3", "compression", "repetition", "self-BLEU")
    size = number(facts.text_size)
    notes = ["More diverse: distinct-n higher; compression ratio, self-repetition and self-BLEU lower."]
    if all(told.full for told in facts.diversity.values()):
        notes.append(f"Measured on {size} words of each column, spread over all rows: figures compare at this size.")
    else:
        notes.append(
            f"There are fewer than {size} words in a column: its figures compare only with those of a text of the "
            "same number of words."
        )
    yield Section("diversity", "Diversity", [Table("Diversity by column", head, rows)], notes)


def spread_over(facts: Facts) -> Iterator[Section]:
    """Coverage of the outline."""
    told = {name: one for name, one in facts.coverage.items() if one}
    if not told:
        return
    rows = [_covered(NAMES[name], one) for name, one in told.items()]
    head = ("attribute", "used", "planned", "covered", "evenness", "most used", "least used")
    tables = [Table("Coverage by attribute", head, rows, words=(5, 6))]
    tables += [
        shares(f"Rows by {NAMES[name]}", NAMES[name], one.counts, facts.rows, detail=True) for name, one in told.items()
    ]
    if facts.crossed:
        tables.append(grid("Rows by difficulty and task type", "difficulty", facts.crossed))
    notes = ["Evenness is 1 where every value has equally many rows."]
    notes += [
        f"{one.outside:,} rows have a {NAMES[name]} that is not in the outline."
        for name, one in told.items()
        if one.outside
    ]
    yield Section("coverage", "Coverage", tables, notes, ("topics", "difficulty"))


def _covered(name: str, one: Coverage) -> tuple[str, ...]:
    used = sum(count > 0 for count in one.counts.values())
    most, least = ([f"{shown(value, 18)} {count:,}" for value, count in ends[:1]] for ends in (one.most, one.least))
    planned = UNKNOWN if one.planned is None else number(one.planned)
    return (name, number(used), planned, percent(one.covered), number(one.evenness, 3), *most, *least)


def long(facts: Facts) -> Iterator[Section]:
    """Lengths by column."""
    rows = [
        (
            column,
            *(number(value) for value in (one.least, one.lower, one.median, one.upper, one.most)),
            number(one.mean, 1),
        )
        for column, one in facts.lengths.items()
    ]
    head = ("words of", "least", "lower quartile", "median", "upper quartile", "most", "mean")
    tables = [Table("Lengths in words", head, rows)]
    for column, one in facts.lengths.items():
        starts = [one.start + one.step * place for place in range(len(one.bins))]
        ranges = [f"{start:,} to {start + one.step - 1:,}" if one.step > 1 else f"{start:,}" for start in starts]
        if one.open:
            ranges[-1] = f"{starts[-1]:,} or more"
        binned = [(name, number(count)) for name, count in zip(ranges, one.bins, strict=True)]
        tables.append(Table(f"Texts of {column} by length", ("words", "texts"), binned, detail=True))
    notes: list[str] = []
    if facts.pairs and facts.pairs.rows:
        notes.append(
            f"The chosen response is the longer one in {percent(facts.pairs.longer_chosen)} of pairs of unequal length "
            f"and has {number(facts.pairs.ratio, 2)} times the words of the rejected one (median)."
        )
    yield Section("lengths", "Lengths", tables, notes, ("lengths",))


def spoken(facts: Facts) -> Iterator[Section]:
    """Languages found."""
    told = facts.languages
    if not told.rows:
        return
    counts = {told.asked: told.rows - sum(told.others.values()), **told.others}
    looked_at = "all rows" if told.rows == facts.rows else f"a sample of {told.rows:,} rows"
    notes = [f"Read by a classifier in {looked_at}. Texts too short for it count as the language asked for."]
    yield Section("languages", "Languages", [shares("Rows by language", "language", counts, told.rows)], notes)


def _dollars(usd: float | None) -> str:
    return "unknown" if usd is None else f"${usd:,.2f}" if usd >= 1 or not usd else f"${usd:.4f}"
