"""What the benchmarks share: a server of their own, fresh processes that report JSON, medians."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_QUIET = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}


@contextmanager
def serving(script: str = "server.py", **options: Any) -> Iterator[str]:
    """A server in a process of its own (see its script for the options); gives its base URL."""
    flags = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    command = [sys.executable, str(HERE / script), *flags]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def stats(url: str) -> dict[str, Any]:
    """What a server counted."""
    with urllib.request.urlopen(url.replace("/v1", "/stats")) as answer:  # noqa: S310 ours
        return json.load(answer)


@contextmanager
def folder() -> Iterator[Path]:
    """A cache that is removed afterwards."""
    path = Path(tempfile.mkdtemp(prefix="hf-synth-bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def environment(cache: Path, **more: str) -> dict[str, str]:
    """That of a measured process: no keys, no network, a cache of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI", "ANTHROPIC", "HF_"))}
    return {**kept, **_QUIET, "HF_HOME": str(cache), "HF_DATASETS_CACHE": str(cache / "datasets"), **more}


def start(script: str, task: Mapping[str, Any], cache: Path) -> subprocess.Popen[str]:
    """A benchmark script again, in a fresh process, as the one that does `task`."""
    command = [sys.executable, script, "--task", json.dumps(task)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(cache))  # noqa: S603


def measured(script: str, task: Mapping[str, Any]) -> dict[str, Any]:
    """What a fresh process printed last, as JSON."""
    with folder() as cache, start(script, {**task, "cache": str(cache)}, cache) as process:
        out, _ = process.communicate()
        if process.returncode:
            raise SystemExit(f"{script} failed with {process.returncode}")
        return json.loads(out.strip().splitlines()[-1])


def recipe(url: str, rows: int, schema: str = "instruction_v1", **changes: Any) -> dict[str, Any]:
    """A config that asks the server without a key."""
    run = {"concurrency": changes.pop("in_flight", 128)}
    generator = {"provider": "openai", "model": "benchmark-model", "base_url": url}
    return {
        "schema": schema,
        "domain": "warehouse logistics",
        "count": rows,
        "models": {"generator": generator},
        "run": run,
        **changes,
    }


def local(config: Mapping[str, Any], cache: str) -> Any:
    """The journal of a config; imports hf_synth, so it is for measured processes."""
    from hf_synth.config import GenerationConfig  # noqa: PLC0415
    from hf_synth.executors.local import Local  # noqa: PLC0415
    from hf_synth.registry import resolve  # noqa: PLC0415

    return Local(resolve(GenerationConfig(**config), os.environ), cache)


def median(values: list[float]) -> float:
    return statistics.median(values)


def spread(values: list[float]) -> str:
    """Least and most, for judging the noise."""
    return f"{min(values):.2f}–{max(values):.2f}"


def block(name: str) -> None:
    """Let this process not find a module."""
    sys.modules[name] = None  # type: ignore[assignment]
