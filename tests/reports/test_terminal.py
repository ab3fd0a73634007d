from __future__ import annotations

import pytest

from hf_synth.reports import Material, RowFacts, make
from hf_synth.reports._words import width


@pytest.mark.parametrize("schema", ["instruction_v1", "preference_v1", "eval_v1"])
def test_no_line_is_wider_than_100_columns(material, schema: str):
    assert max(map(width, str(make(material(schema))).splitlines())) <= 100


def test_wide_scripts_stay_within_the_columns():
    slot = ("易しい" * 9, "計画" * 9, "初心者" * 9, "短い質問" * 9)
    rows = [RowFacts("train", "冷蔵庫" * 30, ("点検" * 40,), "管理と点検の手順" * 20, slot)]
    assert max(map(width, str(make(Material("instruction_v1", "倉庫" * 80, "ja", rows, None))).splitlines())) <= 100


def test_the_main_figures_come_first(material):
    lines = str(make(material())).splitlines()
    assert lines[0] == "instruction_v1: warehouse logistics"
    assert lines[2].split()[:2] == ["rows", "300"]
    assert any(line.startswith("distinct-2") for line in lines[:8])


def test_every_section_that_has_data_is_told(material):
    text = str(make(material("preference_v1")))
    for title in (
        "ROWS",
        "DIVERSITY",
        "COVERAGE",
        "LENGTHS",
        "LANGUAGES",
        "ASKED AND READ",
        "REFUSED AND MARKED",
        "CRITIC",
    ):
        assert f"\n{title}\n" in text
    assert "EVALUATION" not in text
    assert "\nEVALUATION\n" in str(make(material("eval_v1")))


def test_a_dataset_smaller_than_the_sample_is_said_to_be(material):
    assert "figures compare only" in str(make(material(rows=20)))
    assert "figures compare only" not in str(make(material(), words=2000))
