from __future__ import annotations

from cli.commands import OFFLINE


def test_a_table_is_printed_and_page_and_plots_are_written(hf, tmp_path):
    assert hf("generate", *OFFLINE) == 0
    page, plots = tmp_path / "out" / "report.html", tmp_path / "plots"
    assert hf("report", *OFFLINE, "--html", page, "--plots", plots) == 0
    assert "instruction_v1: gardens" in hf.out
    assert "distinct-2" in hf.out
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert {path.name for path in plots.iterdir()} >= {"lengths.png", "topics.png"}
    assert str(page) in hf.err


def test_json_is_the_report_with_what_was_written(hf, tmp_path):
    hf("generate", *OFFLINE)
    told = hf.json("report", *OFFLINE, "--html", tmp_path / "r.html")
    assert (told["rows"], told["schema"]) == (6, "instruction_v1")
    assert told["written"] == [str(tmp_path / "r.html")]


def test_of_a_config_that_has_made_nothing_is_empty_and_calls_nobody(hf):
    told = hf.json("report", *OFFLINE, "--domain", "never made")
    assert (told["rows"], told["outline"]) == (0, None)


def test_a_config_that_cannot_be_is_exit_code_2(hf):
    assert hf("report", *OFFLINE, "--tier", "golden") == 2
