"""The notebooks run from top to bottom, and are committed with the outputs of such a run."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
_EXECUTE = """
import os, nbformat
from nbclient import NotebookClient
book = nbformat.read(os.environ["NOTEBOOK"], as_version=4)
NotebookClient(book, timeout=100, kernel_name="python3").execute()
print(sum(cell.cell_type == "code" for cell in book.cells))
"""

_NEEDS = {"evaluate_a_model": pytest.mark.evaluation, "preference_to_dpo": pytest.mark.trl}

pytestmark = pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.stem, marks=_NEEDS.get(path.stem, ())) for path in NOTEBOOKS]
)


def test_a_notebook_runs(python, path):
    assert int(python(_EXECUTE, NOTEBOOK=str(path))) > 0


def test_a_notebook_is_committed_with_its_outputs_and_no_path_of_a_machine(path):
    book = nbformat.read(path, as_version=4)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert sum(bool(cell.outputs) for cell in code) >= len(code) / 2
    assert not [out for cell in code for out in cell.outputs if out.output_type == "error"]
    assert not re.search(r"/(tmp|home|Users|root|work|var)/", path.read_text("utf-8"))
