"""The environment of every test: no network, no keys, no proxies, own caches. Set before any import."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ours", deadline=None)  # machines are noisy, and no test is a timed one
settings.load_profile("ours")

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as in a job that a shell started in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # processes that tests start would inherit it

_HOME = Path(tempfile.mkdtemp(prefix="hf-synth-tests-"))
_FOREIGN = ("OPENAI_", "ANTHROPIC_", "AZURE_", "HF_", "HUGGING", "TRANSFORMERS_", "HF_SYNTH_")
_FOREIGN_ENDS = ("_API_KEY", "_BASE_URL", "_PROXY", "_PROXIES")
_TORCHRUN = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")

for _name in list(os.environ):
    if _name.upper().startswith(_FOREIGN) or _name.upper().endswith(_FOREIGN_ENDS) or _name in _TORCHRUN:
        del os.environ[_name]
os.environ |= {
    "HF_HOME": str(_HOME),
    "HF_DATASETS_CACHE": str(_HOME / "datasets"),
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_XET": "1",
    "HF_UPDATE_DOWNLOAD_COUNTS": "0",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "DO_NOT_TRACK": "1",
}

from hubbing import hub  # noqa: E402, F401  # after the environment is set


def pytest_unconfigure() -> None:
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh cache directory: what `load_dataset` uses in this test, and in processes that the test starts."""
    import datasets.config

    folder = tmp_path / "cache"
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", folder)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(folder))
    return folder


Python = Callable[..., str]


@pytest.fixture
def python(tmp_path: Path) -> Python:
    """Runs code in a fresh interpreter, outside the repository, and returns what it printed."""

    def run(code: str, *options: str, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, *options, "-c", code],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run
