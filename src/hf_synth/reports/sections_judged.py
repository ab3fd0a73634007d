"""The sections of a report that say what was refused, and by whom."""

from __future__ import annotations

from collections.abc import Iterator

from hf_synth.engine.audit import BINS
from hf_synth.reports._words import number, percent, shown
from hf_synth.reports.coverage import rank
from hf_synth.reports.facts import Facts
from hf_synth.reports.tables import Section, Table, across, grid, shares

POINTS = [f"{point} to {point + 1}" for point in range(BINS)]
"""Names of the bins of `engine.audit`."""

_AUDIT = (
    ("flips", "winner changed with the order", "pairs"),
    ("ties", "tied", "pairs"),
    ("inconsistent", "winner had the lower score", "pairs"),
    ("unread", "verdict could not be read", "pairs"),
    ("longer_wins", "the longer response won", "clear pairs of unequal length"),
    ("first_wins", "the response shown first won", "verdicts"),
)


def agreement(facts: Facts) -> Iterator[Section]:
    """What was asked for beside what a classifier read."""
    if not facts.classified:
        return
    rows = [(name, number(told.rows), percent(told.agreed)) for name, told in facts.classified.items()]
    tables = [Table("Agreement with what was asked for", ("attribute", "rows looked at", "as asked"), rows)]
    for name, told in facts.classified.items():
        ordered = dict(sorted(told.counts.items(), key=lambda item: rank(item[0])))
        columns = across(ordered, sorted(ordered, key=rank))
        lines = [(shown(asked), *(number(said.get(one, 0)) for one in columns)) for asked, said in ordered.items()]
        head = (f"{shown(name)} asked", *(f"read as {shown(one, 30)}" for one in columns))
        tables.append(Table(f"{shown(name).capitalize()}: asked for and read", head, lines))
    yield Section("agreement", "Asked and read", tables, ["A model classified a sample of rows."], ("agreement",))


def refused(facts: Facts) -> Iterator[Section]:
    """Drops and flags."""
    tables: list[Table] = []
    notes: list[str] = []
    if facts.drops:
        causes = facts.drops.causes
        rows = [(shown(cause), number(n), percent(facts.drops.shares[cause])) for cause, n in causes.items()]
        head = ("cause", "candidates", "of those judged")
        tables += [Table("Candidates refused", head, rows)] if rows else []
        notes.append(
            f"{number(facts.drops.judged)} candidates were judged, {number(facts.drops.accepted)} accepted"
            f"{'' if rows else ', none refused'}."
        )
        if facts.drops.difficulties:
            tables.append(grid("Candidates refused, by difficulty", "cause", facts.drops.difficulties))
    if facts.flags:
        tables.append(shares("Rows that a check marked", "check", facts.flags, facts.rows))
    if tables or notes:
        yield Section("drops", "Refused and marked", tables, notes, ("drops",))


def audit(facts: Facts) -> Iterator[Section]:
    """The critic."""
    told = facts.critic
    if told is None:
        return
    rows = [(what, percent(getattr(told, name)), of) for name, what, of in _AUDIT]
    tables = [Table("Audit of the critic", ("verdicts", "share", "of"), rows, words=(2,))]
    if told.accepted:
        points = [
            (POINTS[point], *map(number, counts))
            for point, counts in enumerate(zip(told.chosen, told.rejected, told.margins, strict=True))
        ]
        head = ("points", "chosen score", "rejected score", "margin")
        tables.append(Table("Delivered pairs by score", head, points, detail=True))
    notes = [f"{number(told.pairs)} pairs were judged in both orders; only clear ones become rows."]
    if told.margin is not None:
        notes.append(f"The mean margin of the {number(told.accepted)} accepted pairs is {told.margin:.2f} points.")
    notes.append("A critic without bias lets the response shown first win 50 % of verdicts.")
    yield Section("critic", "Critic", tables, notes, ("critic",))


def evaluation(facts: Facts) -> Iterator[Section]:
    """Metrics, keys and solve rates."""
    told = facts.items
    if told is None:
        return
    tables = [shares("Rows by metric", "metric", told.metrics, facts.rows)]
    notes: list[str] = []
    if told.keys:
        tables.append(shares("Right options of multiple-choice rows", "letter", told.keys, sum(told.keys.values())))
        notes.append(f"Evenness of the right options: {number(told.key_evenness, 3)} (1: no letter can be guessed).")
    if told.tried:
        rows = [(name, number(count)) for name, count in told.rates.items()]
        tables.append(Table("Rows by share of right answers", ("right answers", "rows"), rows, detail=True))
        notes.append(
            f"{number(told.tried)} rows were answered repeatedly: {percent(told.solve_rate)} right on average, "
            f"{percent(told.never)} never, {percent(told.always)} always."
        )
    yield Section("items", "Evaluation", tables, notes, ("items",))
