"""The shape of the house, where a linter cannot see it: small rooms, leaves that know no leaves, mirrored tests."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

REPO = Path(__file__).parent.parent
SRC = REPO / "src" / "hf_synth"
TESTS = REPO / "tests"
FILES = sorted(path for path in (REPO / "src").rglob("*.py"))
LEAVES = sorted(path for folder in ("schemas", "providers", "quality") for path in (SRC / folder).glob("*.py"))

MOST_LINES, MOST_LINES_EVER = 199, 399
LONGER = {
    "config/model.py": "every field that users can write, on one page",
    "protocols.py": "the joints of all rooms, on one page",
    "types.py": "the vocabulary of all rooms, on one page",
}
"""Files over 199 lines, and why they are better whole."""

NO_MIRROR = {
    "test_rooms.py": "about all files",
    "test_import_budget.py": "about imports, counted from outside",
    "test_init.py": "mirrors __init__.py",
    "test_readme.py": "runs README.md",
    "test_examples.py": "runs examples/",
    "test_notebooks.py": "runs notebooks/",
    "test_builder_scripts.py": "runs builder_scripts/",
    "test_docs.py": "builds docs/",
    "test_loading_script.py": "runs builder_scripts/loading_script/",
    "server/test_crashes.py": "about kills, leases and machines that are lost",
    "server/test_strangers.py": "about whatever a stranger may send",
    "hub/test_double.py": "about the double of the Hub that other tests rest on",
}
NO_MIRROR_IN = "downstream"  # what takes the rows next: trainers and harnesses


def name_of(path: Path) -> str:
    return path.relative_to(SRC).as_posix() if path.is_relative_to(SRC) else path.name


def lines_of(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_is_short(path):
    most = MOST_LINES_EVER if name_of(path) in LONGER else MOST_LINES
    assert lines_of(path) <= most, "divide it, or say in LONGER why it is better whole"


@pytest.mark.parametrize("name", LONGER)
def test_no_file_is_excused_that_need_not_be(name):
    assert lines_of(SRC / name) > MOST_LINES


def imported_names(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("path", LEAVES, ids=name_of)
def test_a_leaf_imports_no_other_leaf(path):
    others = {
        f"hf_synth.{leaf.parent.name}.{leaf.stem}"
        for leaf in LEAVES
        if leaf.parent == path.parent and leaf != path and not leaf.stem.startswith("_")
    }
    assert not imported_names(path) & others


@pytest.mark.parametrize("path", sorted(TESTS.rglob("test_*.py")), ids=lambda path: path.relative_to(TESTS).as_posix())
def test_a_test_file_mirrors_a_source_file(path):
    relative = path.relative_to(TESTS)
    if relative.as_posix() in NO_MIRROR or relative.parts[0] == NO_MIRROR_IN:
        return
    words = relative.stem.removeprefix("test_").split("_")  # test_offline_answers.py: of offline.py, one side of it
    stems = ["_".join(words[:end]) for end in range(1, len(words) + 1)]
    names = [f"{prefix}{stem}{suffix}" for stem in stems for prefix in ("", "_") for suffix in (".py", "")]
    assert any((SRC / relative.parent / name).exists() for name in names), "name it after what it tests"
