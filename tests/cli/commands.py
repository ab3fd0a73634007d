"""What the tests of the command line share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from generating import recipe
from hf_synth.cli.main import run
from servers.base import FakeServer

OFFLINE = ("--schema", "instruction_v1", "--domain", "gardens", "--generator", "offline", "--count", "6")


class Screen:
    """Runs commands and keeps what they print."""

    def __init__(self, capsys: Any) -> None:
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: Any) -> int:
        code = run([str(argument) for argument in arguments])
        self.out, self.err = self._capsys.readouterr()
        return code

    def json(self, *arguments: Any) -> Any:
        """What a command prints with `--json`: one object, on one line, and nothing beside it."""
        assert self(*arguments, "--json") == 0, self.err
        assert self.out.count("\n") == 1
        return json.loads(self.out)


def written(
    folder: Path, server: FakeServer | str, schema: str = "instruction_v1", count: int = 6, **changes: Any
) -> Path:
    """A recipe that points at a local server, as a file."""
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe(server, schema, count, **changes)), "utf-8")
    return path
