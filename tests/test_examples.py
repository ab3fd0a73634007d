"""The examples run, and show what they say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hf_synth.config import read_config

REPO = Path(__file__).parent.parent
EXAMPLES = REPO / "examples"


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> str:
    """What `make demo` prints."""
    home = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "demo.py")],
        cwd=home,
        env=os.environ | {"HF_HOME": str(home), "HF_DATASETS_CACHE": str(home / "cache")},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert not (home / "cache").exists(), "the demo leaves no trace in the cache"
    return done.stdout


def test_the_demo_shows_the_promises(shown):
    assert "20 rows, 0 calls" in shown
    assert "30 rows, 12 further calls, the first 20 rows as before" in shown
    assert "likely  $" in shown
    assert "dropped   none" in shown


def test_the_demo_says_that_its_rows_are_template_text(shown):
    assert shown.count("rows of template text") == 3


def test_the_demo_fits_a_terminal(shown):
    lines = shown.splitlines()
    assert len(lines) < 60
    assert max(map(len, lines)) <= 120


def test_make_demo_runs_it():
    assert "examples/demo.py" in (REPO / "Makefile").read_text("utf-8")


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_a_recipe_is_a_config(path):
    assert read_config(path).models.generator is not None
