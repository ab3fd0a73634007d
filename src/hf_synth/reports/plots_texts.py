"""Plots of the texts: how they spread over the outline, and their lengths."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hf_synth.reports._words import number, percent, shown
from hf_synth.reports.facts import Facts
from hf_synth.reports.ink import Ink, Plot, named, plain
from hf_synth.reports.marks import named_bars, shaded, whole_numbers
from hf_synth.reports.tables import MOST, across

_TASKS = 10  # that fit side by side


def topics(facts: Facts) -> Iterator[Plot]:
    """Rows by topic."""
    told = facts.coverage["topics"]
    if told is None:
        return
    counts = list(told.counts.items())
    first, rest = (counts, []) if len(counts) <= MOST else (counts[: MOST - 1], counts[MOST - 1 :])
    bars = [(shown(topic, 44), float(rows), f"{rows:,}") for topic, rows in first]
    if rest:
        rows = sum(rows for _, rows in rest)
        bars.append((f"{len(rest):,} others, each on average", rows / len(rest), f"{rows:,} in all"))

    def draw(figure: Figure, ink: Ink) -> None:
        axes = figure.subplots()
        named_bars(axes, ink, bars, last_apart=bool(rest))
        named(axes, ink, x="rows")

    said = (
        f"Bars: rows of each of {number(len(counts))} topics, from {bars[0][2]} rows for the most used one, "
        f"“{bars[0][0]}”, to {told.least[0][1]:,} for the least used one."
    )
    yield Plot("topics", "Rows by topic", said, 0.8 + 0.245 * len(bars), draw)


def difficulty(facts: Facts) -> Iterator[Plot]:
    """Rows by difficulty and task type."""
    if not facts.crossed:
        return
    tasks = facts.coverage["task_types"]
    names = across(facts.crossed, [name for name in tasks.counts if tasks.counts[name]] if tasks else ())[:_TASKS]

    def draw(figure: Figure, ink: Ink) -> None:
        axes = figure.subplots()
        shaded(axes, ink, facts.crossed, names)
        if max(map(len, names)) * len(names) > 72:
            axes.tick_params(axis="x", rotation=20)

    counts = [line.get(name, 0) for line in facts.crossed.values() for name in names]
    said = (
        f"Table: rows of {len(facts.crossed)} difficulties by {len(names)} task types, {min(counts):,} to "
        f"{max(counts):,} rows in a cell."
    )
    yield Plot("difficulty", "Rows by difficulty and task type", said, 0.8 + 0.5 * len(facts.crossed), draw)


def lengths(facts: Facts) -> Iterator[Plot]:
    """Texts by length."""
    told = {column: one for column, one in facts.lengths.items() if one.bins}
    if not told:
        return

    def draw(figure: Figure, ink: Ink) -> None:
        for place, (column, one) in enumerate(told.items(), start=1):
            axes = figure.add_subplot(1, len(told), place)
            starts = [one.start + one.step * number for number in range(len(one.bins))]
            axes.bar(starts, one.bins, width=one.step * 0.92, align="edge", color=ink.one)
            plain(axes, ink)
            whole_numbers(axes)
            middle = one.median or 0
            axes.axvline(middle + 0.5 * (one.step == 1), color=ink.other, linewidth=1.6)
            axes.set_xlim(starts[0] - one.step, starts[-1] + one.step * (3 if len(starts) < 3 else 2))
            axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
            named(axes, ink, title=f"{column}: median {middle:,}", x="words", y="" if place > 1 else "texts")

    said = "; ".join(
        f"{column}: median {one.median:,} words, half of the texts from {one.lower:,} to {one.upper:,}"
        for column, one in told.items()
    )
    title = f"Texts by length{' (last bar: that long or longer)' if any(one.open for one in told.values()) else ''}"
    yield Plot("lengths", title, f"Histograms of words. {said}.", 2.6, draw)


def share_of(part: int, whole: int) -> str:
    """A count with its share."""
    return f"{part:,} ({percent(part / whole if whole else None)})"
