"""Documents that are run as a reader would: their fenced blocks, and a desk with local servers for the world outside.

Bash and Python blocks marked `server` ask a job server that is started for them. Where there is no curl, a stand-in
sends what it would (`curling.py`).

A block whose first line is `# NAME.yaml` is saved under that name; `examples/plugin` is installed. The Hub, the hosts
of OpenAI, Anthropic and the router, and the server on port 8000 are local servers, so commands that need a key or a
token are truly executed, prices included. The day is one on which the models of all tiers are still there.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from servers.anthropic_server import FakeAnthropic
from servers.hub import FakeHub
from servers.openai_server import FakeOpenAI

REPO = Path(__file__).parent.parent
_BLOCK = re.compile(r"^( *)```(\w*)(?: title=\S+| \{ \.(\w+) \})?\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
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
_KEY = "sk-nobody-0123"
_RECIPE = b"{schema: eval_v1, domain: geography, count: 10, models: {generator: offline}}"
_READ = """
import json, subprocess, sys
names = {}
for kind, line, code in json.load(open(sys.argv[1], encoding="utf-8")):
    if kind == "bash":
        sys.stdout.flush()
        if (status := subprocess.run(["bash", "-euo", "pipefail", "-c", code]).returncode):
            sys.exit(f"{sys.argv[2]}, line {line}: exit code {status}\\n{code}")
    else:
        exec(compile("\\n" * line + code, sys.argv[2], "exec"), names)
"""


@dataclass(frozen=True)
class Block:
    """A fenced block; `mark` is the class behind its language (`python { .downstream }`), `line` that of its fence."""

    kind: str
    mark: str | None
    text: str
    line: int

    @property
    def name(self) -> str | None:
        """The file it is saved under, if any."""
        found = _SAVED.match(self.text.partition("\n")[0])
        return found[1] if found else None

    @property
    def runs(self) -> bool:
        """Whether it is run: a marked one needs what is not there, such as a trainer."""
        return self.kind in ("python", "bash") and self.mark is None

    @property
    def asks(self) -> bool:
        """Whether it is run beside a job server."""
        return self.mark == "server"


def blocks_of(document: str) -> list[Block]:
    """The fenced blocks of a document, in order."""
    return [
        Block(found[2], found[3], textwrap.dedent(found[4]), document.count("\n", 0, found.start()) + 1)
        for found in _BLOCK.finditer(document)
    ]


@dataclass(frozen=True)
class Desk:
    """A reader's directory, with local servers for the world outside."""

    folder: Path
    server: str
    environment: dict[str, str]

    def run(self, *command: str, timeout: float = 100) -> str:
        """Run a command there; its output. A failing one fails the test, and so does one that prints a key."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=timeout, check=False
        )
        assert done.returncode == 0, f"{command[-1]}\n{done.stdout}\n{done.stderr}"
        told = done.stdout + done.stderr
        assert _KEY not in told
        return told

    def read(self, blocks: Iterable[Block], name: str) -> str:
        """Run Python and bash blocks in order, as one session: names of Python go on; their output."""
        order = [(block.kind, block.line, self.text_of(block)) for block in blocks]
        (self.folder / "blocks.json").write_text(json.dumps(order), "utf-8")
        return self.run(sys.executable, "-c", _READ, "blocks.json", name, timeout=280)

    def ask(self, blocks: Iterable[Block]) -> str:
        """Run the blocks that ask a job server in order, in one shell, against a server of their own; their output."""
        from serving import Process, settings_of  # needs the extra `server`

        with Process(settings_of(self.folder), **self.environment) as server:  # its data are where HF_SYNTH_DATA is
            lines = [
                block.text if block.kind == "bash" else f"{shlex.quote(sys.executable)} - <<'PY'\n{block.text}PY\n"
                for block in blocks
                if block.asks
            ]
            session = "".join(lines).replace("http://localhost:8000", server.site.url)
            return self.run("bash", "-euo", "pipefail", "-c", session, timeout=280)

    def save(self, blocks: Iterable[Block]) -> None:
        """Save the blocks that are files."""
        for block in blocks:
            if block.name:
                (self.folder / block.name).write_text(self.text_of(block), "utf-8")

    def text_of(self, block: Block) -> str:
        """A block with the address of the server that a reader would have on port 8000."""
        return block.text.replace("http://localhost:8000/v1", self.server)


@dataclass(frozen=True)
class World:
    """What all readers share: servers, keys, installed packages, and a folder with a stand-in for curl."""

    server: str
    environment: dict[str, str]
    curl: Path

    @contextmanager
    def desk(self, folder: Path) -> Iterator[Desk]:
        """A desk in an empty folder, with a cache and a Hub of its own; `user/recipe-only` is there already."""
        with FakeHub({_KEY: "user"}, folder / "home") as hub:
            hub.put("user/recipe-only", {"eval_v1.synth.yaml": _RECIPE})
            cache = {"HF_DATASETS_CACHE": str(folder / "cache"), "HF_SYNTH_DATA": str(folder / "server")}
            yield Desk(folder, self.server, self.environment | hub.environment | cache)


@contextmanager
def open_world(others: Path) -> Iterator[World]:
    """Start the servers; `others` is the folder for what is installed beside hf_synth."""
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*install, "--target", others, REPO / "examples" / "plugin"], check=True, env=os.environ | _PIP)
    (others / "sitecustomize.py").write_text(_HOSTS, "utf-8")
    curl = others / "standing-in" / "curl"
    curl.parent.mkdir()
    curl.write_text(f"#!{sys.executable}\n{(REPO / 'tests' / 'curling.py').read_text('utf-8')}", "utf-8")
    curl.chmod(0o755)
    with FakeOpenAI() as openai, FakeAnthropic() as anthropic:
        keys = dict.fromkeys(("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "MY_SERVER_KEY"), _KEY)
        yield World(
            openai.url,
            os.environ
            | keys
            | {
                "TEST_OPENAI": openai.url,
                "TEST_ANTHROPIC": anthropic.url,
                "PYTHONPATH": str(others),
                "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"], str(curl.parent)]),
            },
            curl.parent,
        )
