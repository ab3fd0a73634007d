"""The site: built with strict links, complete, needing no network; and its pages run as a reader would (`reading.py`).

Blocks marked `downstream` are not run, because they need a trainer or a harness. They have to parse all the same. Those
marked `server` ask a job server.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Union, get_args, get_origin

import click
import pytest
from pydantic import BaseModel

import hf_synth
from browsing import Open, open_browser
from hf_synth import errors
from hf_synth.cli.main import cli
from hf_synth.config import GenerationConfig
from hf_synth.config.names import built_in
from hf_synth.registry import schema
from reading import REPO, Block, World, blocks_of, open_world
from servers.openai_server import FakeOpenAI

PAGES = {path.name: path.read_text("utf-8") for path in sorted((REPO / "docs").glob("*.md"))}
BLOCKS = {name: blocks_of(text) for name, text in PAGES.items()}
MARKED = [(name, block) for name, blocks in BLOCKS.items() for block in blocks if block.mark == "downstream"]
ROOT = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "builder_scripts", "examples", "src")
ELSEWHERE = re.compile(r"<(?:script|link|img|iframe|source|style)\b[^>]*https?:", re.IGNORECASE)


def build(folder: Path, into: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", folder / "mkdocs.yml", "-d", into]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("site")
    done = build(REPO, into)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return into


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """What the site is built from, to be changed."""
    shutil.copytree(REPO / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPO / "mkdocs.yml", tmp_path)
    for name in ROOT:
        (tmp_path / name).symlink_to(REPO / name)
    return tmp_path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("others")) as made:
        yield made


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", [name for name in PAGES if any(block.runs for block in BLOCKS[name])])
def test_the_blocks_of_a_page_run_in_order(world, tmp_path, name):
    with world.desk(tmp_path) as desk:
        desk.save(BLOCKS[name])
        desk.read([block for block in BLOCKS[name] if block.runs], name)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", [name for name in PAGES if any(block.asks for block in BLOCKS[name])])
def test_the_blocks_of_a_page_that_ask_a_job_server_run_in_order(world, tmp_path, name):
    with world.desk(tmp_path) as desk:
        desk.ask(BLOCKS[name])


@pytest.mark.parametrize(
    "call",
    [
        ("-sS", "-H", "Authorization: Bearer key", "-H", "Range: bytes=0-9", "/jobs?limit=1&cursor=a_b"),
        ("-sSN", "-X", "POST", "/jobs/job/cancel"),
        ("-sS", "-o", "saved", "-d", "a\n b", "/generate"),
        ("-d", "{}", "-H", "Content-Type: application/json", "/generate"),
    ],
)
def test_the_stand_in_for_curl_sends_what_curl_sends(world, tmp_path, call):
    if shutil.which("curl") is None:
        pytest.skip("there is no curl to compare it with")
    told: list[object] = []
    with FakeOpenAI(lambda *_: {"answered": True}) as server:
        for curl in ("curl", world.curl / "curl"):
            command = [curl, *call[:-1], server.url + call[-1]]
            done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
            sent = server.requests[-1]
            headers = {name: sent.headers.get(name) for name in ("authorization", "content-type", "range")}
            answer = (tmp_path / "saved").read_bytes() if "-o" in call else done.stdout
            told.append((sent.method, sent.path, sent.query, sent.body, headers, answer))
    assert told[0] == told[1]


def test_every_block_is_of_a_kind_that_is_known():
    blocks = [block for page in BLOCKS.values() for block in page]
    kinds = {"python", "py", "bash", "yaml", "toml", "json", "ini", "nginx", "console"}
    assert {block.kind for block in blocks} <= kinds
    assert {block.mark for block in blocks} <= {None, "downstream", "server"}
    fences = sum(len(re.findall(r"^ *```", text, re.MULTILINE)) for text in PAGES.values())
    assert fences == 2 * len(blocks)


@pytest.mark.parametrize(("name", "block"), MARKED, ids=lambda value: str(getattr(value, "line", value)))
def test_a_block_that_is_not_run_parses(name: str, block: Block):
    if block.kind == "python":
        ast.parse(block.text)
    else:
        subprocess.run(["bash", "-n", "-c", block.text], check=True)


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        parts = get_args(field.annotation) if get_origin(field.annotation) in (Union, UnionType) else [field.annotation]
        inner = [part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)]
        yield from fields(inner[0], f"{prefix}{name}.") if inner else [prefix + name]


def test_every_field_of_the_config_has_an_anchor_and_a_meaning(site):
    page = (site / "config.html").read_text("utf-8")
    wanted = [name for name in fields(GenerationConfig) if not name.startswith("models.critic")]
    assert len(wanted) > 50
    for name in wanted:
        row = re.search(rf'<td><code id="{re.escape(name)}">.*?</tr>', page, re.DOTALL)
        assert row, name
        assert re.search(r"</code></td>\s*<td>.*\w{2}.*</td>", row[0]), name


def test_a_field_without_a_meaning_stops_the_build(copied, tmp_path):
    readme = (REPO / "README.md").read_text("utf-8")
    (copied / "README.md").unlink()
    (copied / "README.md").write_text(readme.replace("| `run.timeout` |", "| `run.timeuot` |"), "utf-8")
    done = build(copied, tmp_path / "site")
    assert done.returncode != 0
    assert "run.timeout" in done.stderr


def test_links_that_lead_nowhere_stop_the_build(copied, tmp_path):
    links = ("nowhere.md", "config.md#nowhere", "#nowhere", "/config.md", "nowhere")
    with (copied / "docs" / "errors.md").open("a", encoding="utf-8") as page:
        page.write("\n" + " ".join(f"[x]({link})" for link in links))
    done = build(copied, tmp_path / "site")
    assert done.returncode != 0
    assert not [link for link in links if f"'{link}'" not in done.stderr]


def test_a_figure_of_the_job_server_without_a_meaning_stops_the_build(monkeypatch):
    monkeypatch.syspath_prepend(REPO / "docs" / "_hooks")
    rest, tables = (importlib.import_module(f"reference_{name}") for name in ("rest", "tables"))
    told = tables.figures_of(PAGES["server.md"].replace("| `retries` |", "| `retires` |"))
    with pytest.raises(rest.MeaningMissing, match="retires, retries"):
        rest.rest_reference(told)


def leaves(group: click.Group, path: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        place = f"{path} {name}".strip()
        yield from leaves(command, place) if isinstance(command, click.Group) else [place]


def test_every_command_function_and_error_has_a_section_or_row(site):
    told = {name: (site / f"{name}.html").read_text("utf-8") for name in ("cli", "python", "errors")}
    for command in leaves(cli):
        assert f'<h2 id="{command.replace(" ", "-")}">' in told["cli"], command
    for name in hf_synth.__all__:
        assert f'<h2 id="{name.lower()}">' in told["python"], name
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, errors.HfSynthError) and kind is not errors.HfSynthError:
            assert f'<code id="{name}">' in told["errors"], name


def test_the_pages_name_all_columns_checks_and_metrics():
    for name in built_in("schemas"):
        section = PAGES["schemas.md"].partition(f"## {name}\n")[2].partition("\n## ")[0]
        assert all(f"`{column}`" in section for column in schema(name).row.model_fields), name
    for check in built_in("checks"):
        assert f"| `{check}` |" in PAGES["quality.md"], check


def test_the_reference_of_the_job_server_has_a_section_for_each_request_and_answer(site):
    from hf_synth.server.app import create_app
    from hf_synth.server.settings import ALLOWED, Settings

    page = (site / "rest.html").read_text("utf-8")
    document = create_app(Settings(data=site)).openapi()
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            assert re.search(rf"<h2 [^>]*>{method.upper()} {re.escape(path)}", page), path
            assert all(f"<td>{code}</td>" in page for code in told["responses"]), path
    for name in ("JobStatus", "Statistics", "Reason", "Problem", "ResultsUrl"):
        assert f'<h2 id="{name.lower()}">' in page
        assert all(f"<code>{field}</code>" in page for field in document["components"]["schemas"][name]["properties"])
    allowed = (site / "running.html").read_text("utf-8")
    assert all(f"<code>{name}</code>" in allowed for name in ALLOWED)


def test_the_pages_of_the_job_server_show_what_it_says():
    from hf_synth.server.problems import problem_of
    from hf_synth.server.shapes import Statistics

    figures, problem = (json.loads(block.text) for block in BLOCKS["server.md"] if block.kind == "json")
    assert list(figures) == list(Statistics.model_fields)
    assert Statistics.model_validate(figures, strict=True)
    with pytest.raises(errors.ConfigError) as refused:
        GenerationConfig(schema="eval_v1", domain="geography", cuont=10)
    assert problem == problem_of(refused.value)


def test_the_page_on_running_a_server_tells_its_metrics_and_bounds(tmp_path):
    from hf_synth.server.database import Database
    from hf_synth.server.metrics import Metrics
    from hf_synth.server.settings import Settings
    from hf_synth.server.supervisor import _STOP

    page = PAGES["running.md"]
    database = Database(Settings(data=tmp_path).database_url)
    database.migrate()
    metrics = Metrics(lambda: True)
    metrics.follow(database)
    metrics.tell_store(lambda: True)
    metrics.requests.labels("GET", "/", 200).inc()
    metrics.seconds.labels("/").observe(0.1)
    text = metrics.page("")[0].decode()
    database.close()
    real = set(re.findall(r"^# TYPE (hf_synth_\w+)", text, re.MULTILINE))
    assert set(re.findall(r"^\| `(hf_synth_\w+)`", page, re.MULTILINE)) == {
        name for name in real if not name.endswith("_created")
    }
    bounds = Settings(data=tmp_path)
    for most in (bounds.most_rows, bounds.most_splits, bounds.most_concurrency):
        assert f"\n| {most:,} " in page
    assert f"| {bounds.most_prompt >> 10} KiB |" in page
    assert f"| {bounds.most_bytes >> 20} MiB, in {bounds.body_seconds:.0f} s |" in page
    for least, most in (bounds.timeouts, bounds.polls):
        assert f"| {least:.0f} to {most:,.0f} s |" in page
    assert f"({bounds.queue:,})" in page
    assert f"({bounds.jobs})" in page
    assert f"({bounds.most_streams})" in page
    stop = re.search(r"^TimeoutStopSec=(\d+)$", page, re.MULTILINE)
    assert stop
    assert int(stop[1]) > _STOP
    assert f"longer than the {_STOP:.0f} s" in page


def test_the_site_holds_pages_and_no_code_that_made_them(site):
    assert not [path for path in site.rglob("*") if path.suffix in (".py", ".pyc") or "_hooks" in path.name]
    assert len(list(site.rglob("*.html"))) > 20
    assert not [page.name for page in site.rglob("*.html") if "<!-- reference" in page.read_text("utf-8")]


def test_no_page_takes_a_script_a_style_or_an_image_from_elsewhere(site):
    found = {page.name: ELSEWHERE.findall(page.read_text("utf-8")) for page in site.rglob("*.html")}
    assert not {name: told for name, told in found.items() if told}
    styles = "".join(path.read_text("utf-8") for path in site.rglob("*.css"))
    assert not re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", styles)


@pytest.fixture(scope="module")
def window(site) -> Iterator[Open]:
    with open_browser(site, REPO / "tests" / "artefacts") as opens:
        yield opens


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    "name", ["index", "config", "cli", "providers", "errors", "quality", "design/engine", "server", "rest"]
)
def test_a_page_fits_the_window_and_asks_for_nothing_elsewhere(window, name, width):
    assert window(f"{name}.html", width) == {"overflow": 0, "found": None, "said": [], "elsewhere": []}


@pytest.mark.browser
def test_the_search_finds_a_field(window):
    told = window("index.html", 1280, "passage_characters")
    assert "config.html" in told["found"]
    assert told["said"] == told["elsewhere"] == []
