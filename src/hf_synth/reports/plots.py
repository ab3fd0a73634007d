"""The plots of a report: those that there is data for. Needs the extra `report`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from hf_synth.reports.facts import Facts
from hf_synth.reports.ink import Plot, png
from hf_synth.reports.plots_judged import agreement, critic, drops, items
from hf_synth.reports.plots_texts import difficulty, lengths, topics

_DRAWN: tuple[Callable[[Facts], Iterator[Plot]], ...] = (topics, difficulty, lengths, agreement, drops, critic, items)


def plots(facts: Facts) -> list[Plot]:
    """In the order of the page."""
    return [plot for make in _DRAWN for plot in make(facts)]


def save_plots(facts: Facts, folder: Path) -> list[Path]:
    """Write each as a PNG; gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for plot in plots(facts):
        path = folder / f"{plot.name}.png"
        png(plot, path)
        paths.append(path)
    return paths
