from __future__ import annotations

import pytest

from cli.commands import Screen


@pytest.fixture
def hf(capsys: pytest.CaptureFixture[str], cache) -> Screen:
    """`hf-synth`, in this process and with a cache of its own."""
    return Screen(capsys)
