"""A report as the output of a notebook's cell: the main figures, without styles that reach beyond it."""

from __future__ import annotations

from html import escape

from hf_synth.reports._words import shown
from hf_synth.reports.facts import Facts
from hf_synth.reports.sections import headline


def cell(facts: Facts) -> str:
    """A small table. Colours and fonts are those of the notebook."""
    rows = "".join(
        f'<tr><th scope="row" style="text-align: left">{escape(name)}</th>'
        f'<td style="text-align: right">{escape(value)}</td><td style="text-align: left">{escape(of)}</td></tr>'
        for name, value, of in headline(facts)
    )
    title = escape(f"{shown(facts.schema)}: {shown(facts.domain)}")
    return (
        f'<table><caption style="text-align: left">{title}</caption><tbody>{rows}</tbody></table>'
        "<p><code>print(report)</code> shows all figures, <code>report.save(&quot;report.html&quot;)</code> "
        "writes a page with plots.</p>"
    )
