"""What an import costs, counted in modules rather than in seconds."""

from __future__ import annotations

import pytest

HEAVY = {
    "datasets",
    "huggingface_hub",
    "openai",
    "anthropic",
    "numpy",
    "pyarrow",
    "pydantic",
    "yaml",
    "click",
    "asyncio",
}


def loaded_by(python, statement: str) -> set[str]:
    return set(python(f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)").split())


def tops(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def test_import_hf_synth_loads_nothing_heavy_and_few_modules(python):
    modules = loaded_by(python, "import hf_synth")
    assert not tops(modules) & HEAVY
    assert {name for name in modules if name.startswith("hf_synth")} == {"hf_synth"}
    assert len(modules) < 40


def test_an_interpreter_start_loads_one_tiny_module_of_ours(python):
    modules = python("import sys; print(*sorted(sys.modules))").split()
    assert [name for name in modules if "hf_synth" in name] == ["_hf_synth_autoload"]
    assert not tops(set(modules)) & HEAVY


@pytest.mark.oldest
def test_import_datasets_loads_the_registration_and_no_more_of_us(python):
    modules = loaded_by(python, "import datasets")
    ours = {name for name in modules if name.startswith("hf_synth")}
    assert ours == {"hf_synth", "hf_synth.errors", "hf_synth.registration"}
    assert not tops(modules) & {"openai", "anthropic", "pydantic"}
