"""A report as one HTML page that loads nothing. Needs the extra `report`.

Texts of models are escaped by the template engine; a policy in the page forbids scripts and requests besides.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from hf_synth.errors import MissingExtra
from hf_synth.reports._words import shown
from hf_synth.reports.facts import Facts
from hf_synth.reports.ink import svg
from hf_synth.reports.plots import plots
from hf_synth.reports.sections import headline, sections

try:
    from jinja2 import Environment, StrictUndefined, Template
    from markupsafe import Markup
except ImportError:
    raise MissingExtra(
        "The page needs jinja2, which is not installed.", hint="pip install 'hf-synth[report]' adds it."
    ) from None


def page(facts: Facts) -> str:
    """The whole document."""
    drawn: dict[str, dict[str, Any]] = {
        plot.name: {"title": plot.title, "svg": Markup(svg(plot))}  # noqa: S704 matplotlib and `ink` escape texts
        for plot in plots(facts)
    }
    domain = shown(facts.domain, 200)
    return _template().render(
        title=f"{domain}: {shown(facts.schema)}, report",
        kind=f"Report on a dataset of schema {shown(facts.schema)}",
        domain=domain,
        headline=headline(facts),
        sections=sections(facts),
        plots=drawn,
    )


@cache
def _template() -> Template:
    source = (files("hf_synth.reports") / "page.html.j2").read_text("utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(source)
