from __future__ import annotations

from hf_synth.reports import make


def test_a_cell_shows_the_main_figures_and_styles_nothing_beyond_itself(material):
    text = make(material())._repr_html_()
    assert "distinct-2" in text
    assert "<style" not in text
    assert "class=" not in text
    assert "id=" not in text
    assert len(text) < 3000


def test_texts_of_models_are_escaped(material):
    assert "<script" not in make(material(domain="<script>alert(1)</script>"))._repr_html_()
