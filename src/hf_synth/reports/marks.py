"""Marks that several plots share: bars that are named, tables that are shaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from hf_synth.reports._words import shown
from hf_synth.reports.ink import Ink, named, plain

_DARKEST = 0.5  # of a shade: text on it stays readable on light and dark pages


def named_bars(axes: Axes, ink: Ink, bars: Sequence[tuple[str, float, str]], *, last_apart: bool = False) -> None:
    """Horizontal bars, the first on top: name, length, what is written beside it."""
    names, sizes, beside = zip(*bars, strict=True)
    colors = [ink.one] * len(bars)
    if last_apart:
        colors[-1] = ink.faint
    places = range(len(bars))
    axes.barh(places, sizes, color=colors, height=0.72)
    axes.set_yticks(places, labels=names)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    longest = max(sizes) or 1
    axes.set_xlim(0, longest * 1.16)
    for place, size, said in zip(places, sizes, beside, strict=True):
        axes.text(size + longest * 0.01, place, said, va="center", color=ink.faint, fontsize=9.5)
    plain(axes, ink, grid="x")
    axes.grid(visible=False)  # the numbers stand beside the bars
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.tick_params(axis="y", colors=ink.text)


def columns(axes: Axes, ink: Ink, labels: Sequence[str], sizes: Sequence[float], color: str) -> None:
    """Upright bars side by side."""
    axes.bar(range(len(sizes)), sizes, color=color, width=0.82)
    axes.set_xticks(range(len(labels)), labels=labels)
    plain(axes, ink)
    whole_numbers(axes)


def whole_numbers(axes: Axes) -> None:
    """Ticks of an axis that counts."""
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))


def shaded(
    axes: Axes,
    ink: Ink,
    table: Mapping[str, Mapping[str, int]],
    across: Sequence[str],
    *,
    by_line: bool = False,
) -> None:
    """A table whose cells are as dark as their numbers are large: among all, or in their line.

    Rectangles rather than an image, so that a page can choose their colour.
    """
    most = max((count for line in table.values() for count in line.values()), default=0) or 1
    for row, line in enumerate(table.values()):
        whole = sum(line.values()) or 1
        for column, name in enumerate(across):
            count = line.get(name, 0)
            shade = _DARKEST * count / (whole if by_line else most)
            corner = (column - 0.48, row - 0.46)
            axes.add_patch(Rectangle(corner, 0.96, 0.92, facecolor=ink.one, alpha=shade, linewidth=0))
            axes.text(column, row, f"{count:,}", ha="center", va="center", color=ink.text)
    axes.set_xlim(-0.5, len(across) - 0.5)
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xticks(range(len(across)), labels=[shown(name, 72 // max(4, len(across))) for name in across])
    axes.set_yticks(range(len(table)), labels=[shown(name, 24) for name in table])
    plain(axes, ink, grid="")
    axes.tick_params(colors=ink.text)
    for spine in axes.spines.values():
        spine.set_visible(False)
    named(axes, ink)
