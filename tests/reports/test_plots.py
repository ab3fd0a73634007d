from __future__ import annotations

from hf_synth.reports import Material, RowFacts, make
from hf_synth.reports.plots import plots


def test_only_plots_with_data_are_drawn(material):
    names = {
        schema: {plot.name for plot in plots(make(material(schema)).facts)} for schema in ("preference_v1", "eval_v1")
    }
    shared = {"topics", "difficulty", "lengths", "agreement", "drops"}
    assert names == {"preference_v1": shared | {"critic"}, "eval_v1": shared | {"items"}}


def test_nothing_is_drawn_of_no_rows():
    assert plots(make(Material("eval_v1", "x", "en", [], None)).facts) == []


def test_each_says_what_is_seen(material):
    for plot in plots(make(material("preference_v1")).facts):
        assert plot.told.endswith(".")
        assert any(char.isdigit() for char in plot.told)


def test_a_formula_or_a_strange_script_in_a_name_is_drawn_as_text(tmp_path):
    rows = [
        RowFacts("train", "?", ("!",), topic, ("easy", topic, "", ""))
        for topic in ("$\\frac{1$", "冷蔵庫", "$a$ & <b>")
    ]
    assert len(make(Material("instruction_v1", "x", "en", rows, None)).save_plots(tmp_path)) == 3
