"""Sources for tests: real files, and configs that name them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hf_synth.config import GenerationConfig
from hf_synth.config.source import Source
from hf_synth.errors import ConfigError
from hf_synth.sources._read import documents

LONG = "Compost needs air, water and time, so turn the heap every week and keep it as damp as a wrung sponge."


def long(name: str) -> str:
    """A text that is long enough to be a passage."""
    return f"{name}. {LONG}"


def config(**source: Any) -> GenerationConfig:
    more = {name: source.pop(name) for name in ("seed", "splits", "quality") if name in source}
    return GenerationConfig(
        schema="instruction_v1", domain="gardens", models={"generator": "offline"}, source=source or None, **more
    )


def read(*, whole_rows: bool = False, **source: Any) -> list[tuple[str, list[str]]]:
    return [*documents(Source(**source), whole_rows=whole_rows, place="source")]


def refused(**source: Any) -> str:
    """What is said of a source that cannot be read."""
    with pytest.raises(ConfigError) as caught:
        read(**source)
    return str(caught.value)


def written(folder: Path, name: str, content: str | bytes | list[Any]) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, list):
        content = "".join(json.dumps(row) + "\n" for row in content)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)
