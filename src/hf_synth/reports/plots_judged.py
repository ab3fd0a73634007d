"""Plots of what was judged: drops, the critic, classifiers, evaluation items."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hf_synth.engine.audit import BINS
from hf_synth.reports._words import percent, shown
from hf_synth.reports.coverage import rank
from hf_synth.reports.facts import Facts
from hf_synth.reports.ink import Ink, Plot, named, plain
from hf_synth.reports.items import Items
from hf_synth.reports.judging import Critic
from hf_synth.reports.marks import columns, named_bars, shaded, whole_numbers
from hf_synth.reports.plots_texts import share_of
from hf_synth.reports.tables import across, counted

_POINTS = [*map(str, range(BINS - 1)), f"{BINS - 1}+"]
_TABLES = 2  # classified attributes that fit side by side


def drops(facts: Facts) -> Iterator[Plot]:
    """Refused candidates by cause."""
    told = facts.drops
    if told is None or not told.causes:
        return
    bars = [(cause, float(count), share_of(count, told.judged)) for cause, count in counted(told.causes, 12)]

    def draw(figure: Figure, ink: Ink) -> None:
        axes = figure.subplots()
        named_bars(axes, ink, bars)
        axes.set_xlim(0, max(size for _, size, _ in bars) * 1.3)
        named(axes, ink, x="candidates refused (share of those judged)")

    said = "Bars: " + ", ".join(f"{cause} {beside}" for cause, _, beside in bars)
    yield Plot("drops", "Candidates refused, by cause", f"{said}.", 0.8 + 0.3 * len(bars), draw)


def critic(facts: Facts) -> Iterator[Plot]:
    """Scores and margins of accepted pairs."""
    told = facts.critic
    if told is None or not told.accepted:
        return

    def draw(figure: Figure, ink: Ink) -> None:
        left, right = figure.subplots(1, 2, sharey=False)
        _scores(left, ink, told)
        columns(right, ink, _POINTS, told.margins, ink.one)
        named(right, ink, title="Margin", x="points", y="pairs")

    said = (
        f"Histograms of {told.accepted:,} accepted pairs: scores of chosen and rejected responses from 0 to 10, and "
        f"their margins, {told.margin or 0:.2f} points on average."
    )
    yield Plot("critic", "Scores of accepted pairs", said, 2.8, draw)


def _scores(axes: Axes, ink: Ink, told: Critic) -> None:
    points = range(len(told.chosen))
    axes.bar([point - 0.21 for point in points], told.chosen, width=0.4, color=ink.one, label="chosen")
    axes.bar([point + 0.21 for point in points], told.rejected, width=0.4, color=ink.other, label="rejected")
    axes.set_xticks(points, labels=_POINTS)
    plain(axes, ink)
    whole_numbers(axes)
    axes.legend(frameon=False, labelcolor=ink.text, loc="upper left", handlelength=1.0)
    named(axes, ink, title="Score", x="points", y="pairs")


def agreement(facts: Facts) -> Iterator[Plot]:
    """What was asked beside what was read."""
    told = dict(list(facts.classified.items())[:_TABLES])
    if not told:
        return

    def draw(figure: Figure, ink: Ink) -> None:
        for place, (name, one) in enumerate(told.items(), start=1):
            axes = figure.add_subplot(1, len(told), place)
            ordered = dict(sorted(one.counts.items(), key=lambda item: rank(item[0])))
            shaded(axes, ink, ordered, across(ordered, list(ordered)), by_line=True)
            named(axes, ink, title=shown(name, 30).capitalize(), x="read as", y="asked for")

    said = "; ".join(
        f"{shown(name)} as asked in {percent(one.agreed)} of {one.rows:,} rows" for name, one in told.items()
    )
    height = 1.2 + 0.42 * max(len(one.counts) for one in told.values())
    yield Plot("agreement", "Asked for and read by a classifier", f"Tables: {said}.", height, draw)


def items(facts: Facts) -> Iterator[Plot]:
    """Keys of multiple choice and solve rates."""
    told = facts.items
    if told is None or not (told.keys or told.rates):
        return

    def draw(figure: Figure, ink: Ink) -> None:
        parts = [part for part in (_keys, _rates) if (told.keys if part is _keys else told.rates)]
        for place, part in enumerate(parts, start=1):
            part(figure.add_subplot(1, len(parts), place), ink, told)

    said = [f"{letter} is right in {count:,} rows" for letter, count in told.keys.items()]
    if told.tried:
        said.append(f"{percent(told.solve_rate)} of answers to {told.tried:,} rows are right")
    yield Plot("items", "Evaluation items", f"Bars: {', '.join(said)}.", 2.7, draw)


def _keys(axes: Axes, ink: Ink, told: Items) -> None:
    columns(axes, ink, list(told.keys), list(told.keys.values()), ink.one)
    axes.axhline(sum(told.keys.values()) / len(told.keys), color=ink.other, linewidth=1.6)
    named(axes, ink, title="Right option (line: equal shares)", x="letter", y="rows")


def _rates(axes: Axes, ink: Ink, told: Items) -> None:
    labels = [name.partition(" ")[0] for name in told.rates]  # `3 of 8` is 3 on an axis that says of how many
    columns(axes, ink, labels, list(told.rates.values()), ink.one)
    of = next(iter(told.rates)).partition(" ")[2]
    named(axes, ink, title="Repeated answers", x=f"right answers{of and f', {of}'}", y="rows")
