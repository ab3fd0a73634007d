"""`builder_scripts/`: each file by itself, as `uv run` starts it, against local servers."""

from __future__ import annotations

import ast
import os
import pty
import re
import runpy
import shlex
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from generating import KEY, load_dataset, recipe, recorded, rows_of, settle, times_paid, until
from servers.model import Model
from servers.openai_server import FakeOpenAI

FOLDER = Path(__file__).parent.parent / "builder_scripts"
BUILDS = {"build_sft": "instruction_v1", "build_preferences": "preference_v1", "build_eval": "eval_v1"}
NAMES = (*BUILDS, "grow", "regenerate")
OFFLINE = ("--domain", "gardens", "--generator", "offline", "--count", "20")
REPO = "user/gardens"
HEADER = re.compile(r"(?m)^# /// script$\s(?P<content>(^#(| .*)$\s)+)^# ///$")  # as PEP 723 has it
Told = tuple[str, str]
Run = Callable[..., Told]


def started(folder: Path, name: str, *arguments: Any, **more: Any) -> subprocess.Popen[str]:
    command = [sys.executable, FOLDER / f"{name}.py", *map(str, arguments)]
    environment = os.environ | more.pop("environment", {})
    pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    return subprocess.Popen(command, cwd=folder, env=environment, text=True, **pipes)


@pytest.fixture
def run(tmp_path: Path, cache: Path) -> Run:
    """Runs a script as a process, in a folder that is not the repository's; what it wrote on stdout and stderr."""

    def run(name: str, *arguments: Any, code: int = 0, **more: Any) -> Told:
        with started(tmp_path, name, *arguments, **more) as process:
            out, err = process.communicate(timeout=100)
        assert process.returncode == code, err
        return out, err

    return run


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], cache: Path) -> Run:
    """As `run`, in this process, which has imported everything."""

    def here(name: str, *arguments: Any, code: int = 0) -> Told:
        script = str(FOLDER / f"{name}.py")
        monkeypatch.setattr(sys, "argv", [script, *map(str, arguments)])
        before, ended = signal.getsignal(signal.SIGTERM), 0
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as end:
            ended = end.code
        finally:
            signal.signal(signal.SIGTERM, before)
        out, err = capsys.readouterr()
        if isinstance(ended, str):  # as the interpreter does
            ended, err = 1, f"{err}{ended}\n"
        assert (ended or 0) == code, err
        return out, err

    return here


def written(folder: Path, config: dict[str, Any]) -> Path:
    place = folder / "recipe.yaml"
    place.write_text(yaml.safe_dump(config), "utf-8")
    return place


def source_of(name: str) -> str:
    return (FOLDER / f"{name}.py").read_text("utf-8")


def tops_in(source: str) -> set[str]:
    """First parts of the names of all modules that are imported."""
    nodes = [*ast.walk(ast.parse(source))]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {name.partition(".")[0] for name in plain | {str(n.module) for n in nodes if isinstance(n, ast.ImportFrom)}}


@pytest.mark.parametrize("name", NAMES)
def test_the_header_names_what_the_script_imports_and_nothing_that_hf_synth_does_not_need(name):
    header = HEADER.search(source_of(name))
    assert header
    told = tomllib.loads("".join(line[2:] or "\n" for line in header["content"].splitlines(keepends=True)))
    assert told["requires-python"] == ">=3.11"
    declared = {Requirement(one).name: Requirement(one) for one in told["dependencies"]}
    homes = packages_distributions()
    tops = tops_in(source_of(name)) - sys.stdlib_module_names
    assert {homes.get(top, [top])[0].lower().replace("_", "-") for top in tops} == {*declared}
    assert declared.pop("hf-synth").extras == {"report"}
    known = {Requirement(one).name: Requirement(one) for one in requires("hf-synth") or ()}
    for one in declared.values():
        assert one.specifier == known[one.name].specifier


@pytest.mark.parametrize("name", NAMES)
def test_help_explains_every_option_and_shows_commands_that_use_no_other(name, run):
    told, _ = run(name, "--help")
    docstring = ast.get_docstring(ast.parse(source_of(name))) or ""
    assert told.rstrip().endswith(docstring.partition("\n\n")[2])
    entries = re.findall(r"^  (-.*?)(?=^  -|^\S|\n\n)", told, re.MULTILINE | re.DOTALL)
    assert len(entries) >= 8
    assert [entry for entry in entries if not re.search(r"\s{2,}\S+ \S+", entry)] == []
    known = {*re.findall(r"--[a-z-]+", "".join(entries))}
    lines = [line.strip() for line in docstring.replace("\\\n", " ").splitlines()]
    commands = [shlex.split(line) for line in lines if line.startswith(("uv run", "hf jobs uv run"))]
    assert {command[0] for command in commands} == {"uv", "hf"}
    for command in commands:
        at = command.index(f"{name}.py")
        assert {part for part in command[at:] if part.startswith("--")} <= known
        assert {part for part in command[:at] if part.startswith("--")} <= {"--secrets", "--timeout"}


@pytest.mark.parametrize(("name", "schema"), BUILDS.items())
def test_a_set_is_estimated_made_shown_written_and_there_the_next_time(name, schema, run, here, tmp_path):
    out, items, own = tmp_path / "rows.jsonl", tmp_path / "items.yaml", tmp_path / "own"
    more = {"build_preferences": ("--min-margin", 2), "build_eval": ("--inspect", items)}.get(name, ())
    arguments = (*OFFLINE, "--tone", "formal", "--cache", own, "--out", out, *more)
    told, _ = run(name, *arguments)
    assert told.index("likely  $0.0000") < told.index(f"\n{KEY[schema]}: ") < told.index("accepted 20 of 20 candidates")
    assert {"instruction_v1": "distinct-2", "preference_v1": "winner changed", "eval_v1": "exact_match"}[schema] in told
    rows = load_dataset("json", data_files=str(out), split="train")
    assert len(rows) == 20
    config = {"schema": schema, "domain": "gardens", "count": 20, "models": {"generator": "offline"}}
    config["constraints"] = {"tone": "formal"}
    if name == "build_preferences":
        assert min(row["chosen_score"] - row["rejected_score"] for row in rows) >= 2
    if name == "build_eval":
        assert f"HF_DATASETS_CACHE={own} inspect eval inspect_task.py -T config={items}" in told
        config = yaml.safe_load(items.read_text("utf-8"))
    answers = len(recorded(config, own))
    assert answers > 20
    here(name, *arguments)
    assert len(recorded(config, own)) == answers


def test_what_cannot_be_ends_with_a_message_and_the_exit_code_of_the_command_line(here, tmp_path):
    other = written(tmp_path, {"schema": "eval_v1", "domain": "gardens", "tier": "economy"})
    assert "makes eval_v1, and this script instruction_v1" in here("build_sft", "--recipe", other, code=1)[1]
    assert "not allowed with" in here("build_sft", "--tier", "economy", "--generator", "offline", code=2)[1]
    assert "models.generator" in here("build_eval", "--domain", "gardens", code=2)[1]
    assert "recipe.yml" in here("grow", "recipe.yml", "--count", 5, code=2)[1]
    assert "--push is for a repo" in here("grow", other, "--count", 40, "--push", code=1)[1]


def test_a_terminal_is_asked_before_anything_is_paid_for(run, tmp_path):
    with FakeOpenAI(model=Model()) as server:
        priced = written(tmp_path, recipe(server, count=5, generator={"price": {"input": 1.0, "output": 1.0}}))
        for answer, code in ((b"n\n", 1), (b"y\n", 0)):
            ours, theirs = pty.openpty()
            os.write(ours, answer)
            out, err = run("build_sft", "--recipe", priced, code=code, stdin=theirs)
            assert "Go on? [y/N]" in out
            assert (not server.requests) is ("Nothing was paid for." in err) is bool(code)
            for end in (ours, theirs):
                os.close(end)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_was_killed_goes_on_in_its_cache_and_pays_for_nothing_twice(here, cache, tmp_path, how):
    with FakeOpenAI(model=Model()) as server:
        config, own = recipe(server, count=30, run={"concurrency": 4}), tmp_path / "own"
        arguments = ("--recipe", written(tmp_path, config), "--cache", own)
        server.allowed = 11
        told = tmp_path / "stderr"
        with told.open("w") as err, started(tmp_path, "build_sft", *arguments, stderr=err) as process:
            until(lambda: server.held == 4 and len(recorded(config, own)) == 11, "four calls in flight")
            process.send_signal(how)
            until(lambda: process.poll() or "waiting for the calls in flight" in told.read_text(), "the signal")
            server.allowed = float("inf")
            process.communicate(timeout=60)
        assert process.returncode == (130 if how == signal.SIGTERM else -signal.SIGKILL), told.read_text()
        settle(server)
        assert len(server.answered) == (11 if how == signal.SIGKILL else 15)  # those in flight were let end
        here("build_sft", *arguments)
        assert set(times_paid(server).values()) == {1}


def test_a_disk_that_is_lost_costs_nothing_that_was_kept_elsewhere(here, tmp_path):
    with FakeOpenAI(model=Model()) as server:
        config = recipe(server, count=30, run={"concurrency": 4})
        arguments = ("--recipe", written(tmp_path, config), "--keep", tmp_path / "bucket", "--keep-every", 1000)
        server.allowed = 11
        with started(tmp_path, "build_sft", *arguments, "--cache", tmp_path / "disk") as process:
            until(lambda: server.held == 4 and len(recorded(config, tmp_path / "disk")) == 11, "four calls in flight")
            process.send_signal(signal.SIGTERM)
            until(lambda: [*(tmp_path / "bucket").glob("*.tar.gz")], "a copy at once")
            process.kill()
        server.allowed = float("inf")
        here("build_sft", *arguments, "--cache", tmp_path / "other")
        assert set(times_paid(server).values()) == {1}


def test_a_recipe_grows_by_the_rows_it_lacks(here, run, tmp_path):
    with FakeOpenAI(model=Model()) as server:
        config, out = written(tmp_path, recipe(server)), tmp_path / "grown.parquet"
        here("build_sft", "--recipe", config)
        told, _ = run("grow", config, "--count", 30, "--out", out)
        assert "train: 20 rows before, 30 now\n" in told
        assert len(load_dataset("parquet", data_files=str(out), split="train")) == 30
        assert set(times_paid(server).values()) == {1}


class TestPublished:
    @pytest.fixture
    def pushed(self, hub, here, tmp_path) -> Any:
        """The rows of a set that was pushed with its records."""
        here("build_sft", *OFFLINE, "--cache", tmp_path / "mine", "--push-to", REPO, "--private", "--records")
        assert hub.routes.repos[REPO].private
        return rows_of(load_dataset(REPO))["train"]

    def test_a_set_grows_by_its_records_goes_back_and_is_made_again_by_others(self, hub, pushed, run, here, tmp_path):
        told, _ = run("grow", REPO, "--count", 30, "--push", "--cache", tmp_path / "b", environment=hub.environment)
        assert told.index("20 rows are on record already") < told.index("train: 20 rows before, 30 now\n")
        grown = rows_of(load_dataset(REPO))["train"]
        assert grown[:20] == pushed
        assert len(grown) == 30
        told, _ = run("regenerate", REPO, "--cache", tmp_path / "c", environment=hub.environment)
        assert "train: 30 rows, identical" in told

    def test_without_records_the_models_are_asked_if_you_say_so_and_what_differs_is_told(
        self, hub, pushed, here, tmp_path
    ):
        hub.edit(REPO, "hf_synth/instruction_v1/records.jsonl.gz", None)
        _, told = here("regenerate", REPO, "--cache", tmp_path / "b", code=1)
        assert "every row would be paid for again" in told
        assert "--anew" in told
        address = f"hf://datasets/{REPO}@main/instruction_v1.synth.yaml"
        told, _ = here("regenerate", address, "--anew", "--cache", tmp_path / "b")
        assert told.index("likely  $0.0000") < told.index("train: 20 rows, identical")
        other = [{**row, "response": "No."} if at == 7 else row for at, row in enumerate(pushed[:19])]
        load_dataset(REPO, split="train").from_list(other).push_to_hub(REPO, "instruction_v1")
        told, _ = here("regenerate", address, "--anew", "--cache", tmp_path / "b", code=10)
        assert "train: 20 rows made, 19 published, 18 the same, other from row 7 on" in told
