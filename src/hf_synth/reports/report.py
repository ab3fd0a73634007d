"""The report: what was counted, in every form in which it is shown."""

from __future__ import annotations

from dataclasses import asdict
from os import PathLike
from pathlib import Path
from typing import Any

from hf_synth.config.outline import PARTS
from hf_synth.reports.facts import Facts
from hf_synth.reports.markdown import markdown
from hf_synth.reports.terminal import printed


class Report:
    """The quality of a dataset. `str(report)` is a table for a terminal; a notebook shows the main figures.

    Attributes:
        facts: what was counted, as typed values; unknown is `None`, never 0.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @property
    def outline(self) -> dict[str, list[str]] | None:
        """What the plan walked over, as a recipe takes it: edit it and put it there. `None` if not known."""
        known = self.facts.outline
        return known and {name: list(known[name]) for name in PARTS if known.get(name)}

    @property
    def captions(self) -> dict[str, str]:
        """File names of the plots there are, each with a sentence that tells what is seen, for the alt text."""
        return {f"{name}.png": told for name, told in self._told().items()}

    def _told(self) -> dict[str, str]:
        from hf_synth.reports.plots import plots  # noqa: PLC0415 matplotlib is optional

        return {plot.name: plot.told for plot in plots(self.facts)}

    def to_markdown(self, *, level: int = 3, plots: str | None = None) -> str:
        """Markdown for a dataset card, without the tables of details.

        Args:
            level: of its headings.
            plots: where the files of `save_plots` stand, seen from the card; `None` shows none.

        Raises:
            MissingExtra: `plots` is given and the extra `report` is not installed.
        """
        shown = {name: (f"{plots}/{name}.png", told) for name, told in self._told().items()} if plots else None
        return markdown(self.facts, level=level, plots=shown)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self.facts)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write one HTML page with plots that needs nothing else: no network, no script, no other file.

        Raises:
            MissingExtra: the extra `report` is not installed.
        """
        from hf_synth.reports.page import page  # noqa: PLC0415 jinja2 and matplotlib are optional

        target = Path(path).expanduser()
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page(self.facts), "utf-8")
        return target

    def save_plots(self, folder: str | PathLike[str]) -> list[Path]:
        """Write a PNG for each plot that there is data for, 1,600 pixels wide.

        Raises:
            MissingExtra: the extra `report` is not installed.
        """
        from hf_synth.reports.plots import save_plots  # noqa: PLC0415 matplotlib is optional

        return save_plots(self.facts, Path(folder).expanduser())

    def __str__(self) -> str:
        return printed(self.facts)

    def __repr__(self) -> str:
        return f"<Report of {self.facts.rows:,} rows of {self.facts.schema}>"

    def _repr_html_(self) -> str:
        from hf_synth.reports.cell import cell  # noqa: PLC0415 for notebooks alone

        return cell(self.facts)
