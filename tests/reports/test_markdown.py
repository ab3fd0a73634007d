from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

import hf_synth
from generating import load_dataset
from hf_synth.reports.markdown import escaped, table_of


@given(st.text(max_size=60))
def test_no_text_becomes_markup(text):
    shown = escaped(text)
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)[`*_\[\]{}<>|~$#!]", shown.replace("\\\\", ""))


def test_a_link_is_shown_and_not_followed():
    assert "http:" not in escaped("see http://evil.example now")
    assert escaped("[x](y)") == r"\[x\](y)"


def test_a_table_has_as_many_cells_in_every_line():
    lines = table_of(["a", "b"], [("1", "2")])
    assert lines == ["| a | b |", "|---|---|", "| 1 | 2 |"]


def test_a_report_shows_its_plots_where_they_belong(cache, tmp_path):
    config = {"schema": "preference_v1", "domain": "a | b", "count": 20, "models": {"generator": "offline"}}
    report = hf_synth.report(load_dataset("hf_synth", config))
    drawn = {path.name for path in report.save_plots(tmp_path)}
    text = report.to_markdown(plots="plots")
    shown = set(re.findall(r"\(plots/(\w+\.png)\)", text))
    assert shown == drawn
    assert text.index("#### Critic" if "#### Critic" in text else "### Critic") < text.index("(plots/critic.png)")
    assert "(plots/" not in report.to_markdown()


def test_the_headings_begin_where_they_are_told_to(cache):
    config = {"schema": "eval_v1", "domain": "gardens", "count": 10, "models": {"generator": "offline"}}
    text = hf_synth.report(config).to_markdown(level=5)
    assert re.findall(r"^(#+) ", text, re.MULTILINE)
    assert {len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)} == {5}
