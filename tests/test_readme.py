"""The README is run: every `python`, `bash` and `yaml` block of it, in order, as a reader would.

A block whose first line is `# NAME.yaml` is saved under that name; `examples/plugin` is installed; `console` blocks are
not run. The hosts of OpenAI, Anthropic and the router, and the server on port 8000,
are local servers (`sitecustomize`), so the commands that need a key are truly executed, prices included. The day is one
on which the models of all tiers are still there.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import BaseModel

import hf_synth
from hf_synth.config import GenerationConfig
from hf_synth.config.model import Constraints, Models, Run
from hf_synth.config.names import built_in
from hf_synth.config.quality import Quality
from servers.anthropic_server import FakeAnthropic
from servers.openai_server import FakeOpenAI

REPO = Path(__file__).parent.parent
README = (REPO / "README.md").read_text("utf-8")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SAVED = re.compile(r"# ([\w.]+\.yaml)$")
_HOSTS = """
import datetime, os
from hf_synth import tiers
from hf_synth.providers import anthropic, hf, openai
refuse_retired, today = tiers.refuse_retired, datetime.date(2026, 12, 1)
tiers.refuse_retired = lambda model, _: refuse_retired(model, today)
openai.PROVIDER.default_base_url = hf.PROVIDER.default_base_url = os.environ["TEST_OPENAI"]
anthropic.PROVIDER.default_base_url = os.environ["TEST_ANTHROPIC"]
"""
_PIP = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
_RUN = """
import json, sys
names = {}
for line, code in json.load(open(sys.argv[1], encoding="utf-8")):
    exec(compile("\\n" * line + code, "README.md", "exec"), names)
"""


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is that of its fence."""

    kind: str
    text: str
    line: int

    @property
    def name(self) -> str | None:
        """The file it is saved under, if any."""
        found = _SAVED.match(self.text.partition("\n")[0])
        return found[1] if found else None


BLOCKS = [Block(m[1], m[2], README.count("\n", 0, m.start()) + 1) for m in _BLOCK.finditer(README)]


@dataclass(frozen=True)
class Desk:
    """A reader's directory, with local servers for the world outside."""

    folder: Path
    server: str
    environment: dict[str, str]

    def run(self, *command: str) -> str:
        """Run a command there; its output. A failing one fails the test."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=100, check=False
        )
        assert done.returncode == 0, f"{command[-1]}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def text_of(self, block: Block) -> str:
        """A block with the address of the server that a reader would have on port 8000."""
        return block.text.replace("http://localhost:8000/v1", self.server)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("readme")
    others = folder / "others"
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*install, "--target", others, REPO / "examples" / "plugin"], check=True, env=os.environ | _PIP)
    (others / "sitecustomize.py").write_text(_HOSTS, "utf-8")
    with FakeOpenAI() as openai, FakeAnthropic() as anthropic:
        keys = dict.fromkeys(("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "HF_TOKEN", "MY_SERVER_KEY"), "sk-nobody-0123")
        environment = os.environ | keys
        environment |= {
            "HF_DATASETS_CACHE": str(folder / "cache"),
            "TEST_OPENAI": openai.url,
            "TEST_ANTHROPIC": anthropic.url,
            "PYTHONPATH": str(others),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        made = Desk(folder, openai.url, environment)
        for block in BLOCKS:
            if block.name:
                (folder / block.name).write_text(made.text_of(block), "utf-8")
        yield made


def test_every_block_is_of_a_kind_that_is_known():
    assert {block.kind for block in BLOCKS} == {"python", "bash", "yaml", "toml", "json", "console"}


def test_the_python_blocks_run_in_order(desk):
    blocks = [(block.line, desk.text_of(block)) for block in BLOCKS if block.kind == "python"]
    (desk.folder / "blocks.json").write_text(json.dumps(blocks), "utf-8")
    told = desk.run(sys.executable, "-c", _RUN, "blocks.json")
    assert "tier list price" in told


@pytest.mark.timeout(300)
def test_the_bash_blocks_run_in_order(desk):
    for block in BLOCKS:
        if block.kind == "bash":
            told = desk.run("bash", "-euo", "pipefail", "-c", desk.text_of(block))
            assert "sk-nobody" not in told
            if "toy:toy-1" in block.text:
                assert "shouting" in told
                assert "exit code 5" in told


@pytest.mark.parametrize("sample", [json.loads(block.text) for block in BLOCKS if block.kind == "json"])
def test_a_sample_row_is_the_first_one_of_the_offline_provider(sample, tmp_path):
    schema = next(name for name, column in _COLUMNS.items() if column in sample)
    recipe = {"schema": schema, "domain": "customer_support", "models": {"generator": "offline"}}
    row = hf_synth.preview(recipe, 1, cache_dir=tmp_path)[0]
    assert list(row) == list(sample)
    for column, told in sample.items():
        if not isinstance(told, str):
            assert row[column] == told
            continue
        at = 0
        for piece in filter(None, (piece.strip() for piece in told.split("…"))):
            at = row[column].index(piece, at) + len(piece)


_COLUMNS = {"instruction_v1": "instruction", "preference_v1": "chosen", "eval_v1": "ideal_output"}
_UNBUILT = {"run.executor", "run.replicas", "run.push_to"}


def fields(model: type[BaseModel], prefix: str = "") -> set[str]:
    return {prefix + name for name in model.model_fields}


def test_the_table_of_the_config_names_every_field_that_works():
    groups = {"models": Models, "constraints": Constraints, "run": Run}
    wanted = fields(GenerationConfig) - set(groups)
    for name, model in groups.items():
        wanted |= fields(model, f"{name}.")
    table = README.partition("## The config")[2].partition("`run` says how")[0]
    told = {name for line in table.splitlines() for name in re.findall(r"`([\w.]+)`", line.split(" | ")[0])}
    assert told == wanted - _UNBUILT


def test_the_tables_tell_the_defaults():
    defaults = {
        "count": 100,
        "constraints.max_tokens": Constraints().max_tokens,
        "run.concurrency": Run().concurrency,
        "run.timeout": Run().timeout,
        "run.poll_seconds": Run().poll_seconds,
        "run.finish_live": Run().finish_live,
        **{name: getattr(Quality(), name) for name in Quality.model_fields},
    }
    for name, value in defaults.items():
        told = f"{value:g} " if isinstance(value, int | float) else ""
        assert f"| `{name}` | {told}|" in README.replace(".0 |", " |"), name


@pytest.mark.parametrize("check", built_in("checks"))
def test_every_check_is_named(check):
    assert f"`{check}`" in README


def test_the_entry_points_shown_are_those_of_the_example():
    shown = tomllib.loads(next(block.text for block in BLOCKS if block.kind == "toml"))
    real = tomllib.loads((REPO / "examples" / "plugin" / "pyproject.toml").read_text("utf-8"))
    assert shown["project"]["entry-points"] == real["project"]["entry-points"]


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert "://" in target or (REPO / target).exists(), target
