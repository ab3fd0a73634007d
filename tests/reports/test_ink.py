from __future__ import annotations

import matplotlib as mpl
from matplotlib.figure import Figure

from hf_synth.reports.ink import Ink, Plot, svg


def line(figure: Figure, ink: Ink) -> None:
    figure.subplots().plot([1, 2], color=ink.one)


def drawn(name: str) -> str:
    return svg(Plot(name, "A & B", 'Said "so".', 2.0, line))


def test_an_element_is_named_and_escaped():
    element = drawn("one")
    assert element.startswith('<svg role="img" aria-label="Said &quot;so&quot;." viewBox="0 0 ')
    assert "<title>A &amp; B</title>" in element


def test_ids_begin_with_the_name_of_the_plot():
    assert 'id="one-' in drawn("one")
    assert 'id="' not in drawn("two").replace('id="two-', "")


def test_settings_of_the_user_stay_as_they_were():
    before = dict(mpl.rcParams)
    drawn("one")
    assert dict(mpl.rcParams) == before
