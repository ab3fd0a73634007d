from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from hf_synth.config.names import known
from hf_synth.errors import ConfigError
from hf_synth.registry import checks, provider_kind, schema


@pytest.mark.parametrize("name", known("schemas"))
def test_a_schema_is_found_by_the_name_of_its_file(name: str):
    found = schema(name)
    assert found.name == name
    assert found.key in found.row.model_fields
    assert "generator" in found.roles


@pytest.mark.parametrize("name", known("providers"))
def test_a_provider_is_found_by_the_name_of_its_file(name: str):
    assert provider_kind(name).name == name


def test_checks_are_all_that_judge_a_candidate_by_itself():
    names = [check.name for check in checks()]
    assert names == sorted(names)
    assert {"empty", "language", "length", "refusal"} <= set(names) <= set(known("checks"))
    assert "duplicate" not in names


@pytest.mark.parametrize(("find", "kind"), [(schema, "schema"), (provider_kind, "provider")])
def test_an_unknown_name_is_an_error_with_the_near_miss(find, kind):
    near = "instruct_v1" if kind == "schema" else "opnai"
    with pytest.raises(ConfigError, match=f"'{near}' is no {kind}. Did you mean"):
        find(near)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Another package, installed, that registers plug-ins."""
    info = tmp_path / "others-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[hf_synth.schemas]\nothers_v1 = others_plugins:SCHEMA\nbroken_v1 = others_plugins:ABSENT\n"
        "[hf_synth.providers]\nopenai = others_plugins:SCHEMA\n"
    )
    module = ModuleType("others_plugins")
    module.SCHEMA = schema("eval_v1")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "others_plugins", module)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    schema.cache_clear()


@pytest.mark.usefixtures("package")
class TestAnotherPackage:
    def test_adds_a_schema_by_entry_point(self):
        assert known("schemas")[-2:] == ("broken_v1", "others_v1")
        assert schema("others_v1") is schema("eval_v1")

    def test_does_not_replace_one_of_ours(self):
        assert provider_kind("openai").name == "openai"

    def test_that_cannot_be_loaded_is_an_error_that_names_it(self):
        with pytest.raises(
            ConfigError, match=r"schema 'broken_v1', registered as 'others_plugins:ABSENT', cannot be loaded"
        ):
            schema("broken_v1")
