"""What the end-to-end tests share: configs that point at a local server, and other processes that load them."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import datasets

from hf_synth.config import GenerationConfig
from hf_synth.executors.local import Local
from hf_synth.registry import resolve
from servers.base import FakeServer
from servers.fill import seed_of

load_dataset: Any = datasets.load_dataset
"""Its type takes a string for a config, alone."""
load_dataset_builder: Any = datasets.load_dataset_builder

Rows = dict[str, list[dict[str, Any]]]
SCHEMAS = ("instruction_v1", "preference_v1", "eval_v1")
KEY = {"instruction_v1": "instruction", "preference_v1": "prompt", "eval_v1": "input"}
THREE = {"train": 0.8, "validation": 0.1, "test": 0.1}


def recipe(server: FakeServer | str, schema: str = "instruction_v1", count: int = 20, **changes: Any) -> dict[str, Any]:
    """A config whose generator is a local OpenAI-shaped server, asked without a key."""
    url = server if isinstance(server, str) else server.url
    generator = {"provider": "openai", "model": "test-model", "base_url": url}
    return {
        "schema": schema,
        "domain": "warehouse logistics",
        "count": count,
        "models": {"generator": generator | changes.pop("generator", {})},
        **changes,
    }


def load(config: Any, cache: Path, **options: Any) -> Rows:
    """All rows of all splits."""
    return rows_of(load_dataset("hf_synth", config, cache_dir=str(cache), **options))


def rows_of(dataset: Any) -> Rows:
    """Plain rows by split."""
    parts = dataset if isinstance(dataset, dict) else {str(dataset.split): dataset}
    return {split: [*part] for split, part in parts.items()}


def local(config: dict[str, Any], cache: Path) -> Local:
    """The journal of a config."""
    return Local(resolve(GenerationConfig(**config), os.environ), cache)


def recorded(config: dict[str, Any], cache: Path, kind: str = "answer") -> list[dict[str, Any]]:
    """Records of a kind in the journal of a config."""
    return [record for _, record in local(config, cache).journal().scan() if record["type"] == kind]


def times_paid(server: FakeServer) -> Counter[str]:
    """How often each request was answered."""
    return Counter(map(seed_of, server.answered))


def until(ready: Callable[[], Any], what: str, seconds: float = 60.0) -> None:
    """Wait for what another thread or process does."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, f"in vain: {what}"
        time.sleep(0.005)


def settle(server: FakeServer, quiet: float = 0.15) -> int:
    """Wait until nothing is in flight and nothing has come in for a while; how many requests there were in all."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < quiet:
        if server.in_flight or len(server.requests) != seen:
            seen, since = len(server.requests), time.monotonic()
        time.sleep(0.005)
    return seen


_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["datasets", "hf_synth.hf_synth", "generating"])


class Child:
    """A process of its own that loads a config. `work` is a function of a module of the tests.

    It comes out of a fork server that has imported everything, which saves seconds each time.
    """

    def __init__(self, out: Path, work: Callable[..., Any], *given: Any, **environment: str) -> None:
        self._out = out / f"child-{time.monotonic_ns()}.json"
        self._process = _CONTEXT.Process(target=_report, args=(self._out, work, given, environment), daemon=True)
        self._process.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.is_alive():
            self.kill()
        self._process.close()

    def kill(self) -> None:
        """Kill -9."""
        self._process.kill()
        self._process.join(60)

    def interrupt(self) -> None:
        """Ctrl-C."""
        assert self._process.pid
        os.kill(self._process.pid, signal.SIGINT)

    def result(self) -> Any:
        """What `work` returned.

        Raises:
            AssertionError: it raised; the message is that error.
        """
        self._process.join(100)
        told = json.loads(self._out.read_text("utf-8"))
        assert "error" not in told, told["error"]
        return told["result"]

    def error(self) -> str:
        """Type and message of the error `work` ended in."""
        self._process.join(100)
        return json.loads(self._out.read_text("utf-8"))["error"]


def _report(out: Path, work: Callable[..., Any], given: tuple[Any, ...], environment: Mapping[str, str]) -> None:
    os.environ.update(environment)
    datasets.disable_progress_bars()
    try:
        told = {"result": work(*given)}
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # told to the test
        told = {"error": f"{type(error).__name__}: {error}"}
    part = out.with_suffix(".part")
    part.write_text(json.dumps(told), "utf-8")
    part.rename(out)


def leave_batch(server: FakeServer, config: dict[str, Any], cache: Path, out: Path) -> None:
    """Let a process send the first batch of a config, and kill it there. The server holds batches from now on."""
    server.batches.held = True
    with Child(out, load, config, cache) as child:
        until(lambda: recorded(config, cache, "batch_id"), "a batch out")
        child.kill()


WHOLE = {
    "topics": ["soil", "light"],
    "task_types": ["explain", "plan"],
    "audiences": ["a beginner", "a gardener"],
    "styles": ["a question", "a case"],
    "criteria": ["plants survive"],
}
"""An outline of which the model is asked for nothing."""


def stream(config: dict[str, Any], cache: Path, split: str = "train") -> list[dict[str, Any]]:
    """All rows of a split, streamed."""
    return [*load_dataset("hf_synth", config, cache_dir=str(cache), split=split, streaming=True)]


def load_and_log(config: dict[str, Any], cache: Path, log: Path) -> Rows:
    """As `load`; what hf_synth says on the way goes to a file."""
    logger = logging.getLogger("hf_synth")
    logger.addHandler(logging.FileHandler(log))
    logger.setLevel(logging.INFO)
    return load(config, cache)


def said(log: Path, words: str) -> bool:
    """Whether a log holds words."""
    return log.exists() and words in log.read_text("utf-8")
