from __future__ import annotations

from hf_synth.reports import make

WITHOUT = """
import sys
for name in {names!r}: sys.modules[name] = None
from hf_synth.errors import MissingExtra
from hf_synth.reports import Material, RowFacts, make
report = make(Material("instruction_v1", "x", "en", [RowFacts("train", "Why is it so?", ("So it is.",))], None))
assert "DIVERSITY" in str(report) and "distinct-2" in report._repr_html_()
for act in (lambda: report.save("a.html"), {also}):
    try: act()
    except MissingExtra as error: print(error)
"""


def test_importing_and_printing_loads_neither_matplotlib_nor_jinja2_nor_an_sdk(python):
    code = "import sys; from hf_synth.reports import *; print(*{name.partition('.')[0] for name in sys.modules})"
    assert not {"matplotlib", "jinja2", "numpy", "datasets", "openai"} & set(python(code).split())


def test_without_matplotlib_all_but_plots_and_the_page_works(python):
    said = python(WITHOUT.format(names=["matplotlib"], also="lambda: report.save_plots('.')")).splitlines()
    assert said == ["Plots need matplotlib, which is not installed. pip install 'hf-synth[report]' adds it."] * 2


def test_without_jinja2_all_but_the_page_works(python):
    said = python(WITHOUT.format(names=["jinja2"], also="lambda: report.save_plots('.')")).splitlines()
    assert said == ["The page needs jinja2, which is not installed. pip install 'hf-synth[report]' adds it."]


def test_plots_are_images_1600_pixels_wide_named_as_their_captions(material, tmp_path):
    report = make(material("preference_v1"))
    paths = report.save_plots(tmp_path / "new" / "folder")
    assert [path.name for path in paths] == list(report.captions)
    for path in paths:
        data = path.read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert int.from_bytes(data[16:20], "big") == 1600


def test_a_page_is_written_where_it_is_wanted(material, tmp_path):
    path = make(material()).save(str(tmp_path / "deep" / "report.html"))
    assert path == tmp_path / "deep" / "report.html"
    assert path.read_text("utf-8").startswith("<!doctype html>")


def test_the_outline_can_be_edited_without_changing_the_report(material):
    report = make(material())
    edited = report.outline
    assert edited
    edited["topics"].clear()
    assert len((report.outline or {})["topics"]) == 29
    assert make(material(outline=None)).outline is None


def test_two_reports_of_the_same_rows_are_the_same_to_the_byte(material, tmp_path):
    one, other = (make(material("eval_v1")).save(tmp_path / name).read_bytes() for name in ("one", "other"))
    assert one == other
