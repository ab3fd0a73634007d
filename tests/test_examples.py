"""The examples run, and show what they say."""

from __future__ import annotations

import json
import os
import selectors
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import pytest

from hf_synth.config import read_config

REPO = Path(__file__).parent.parent
EXAMPLES = REPO / "examples"


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> str:
    """What `make demo` prints."""
    home = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "demo.py")],
        cwd=home,
        env=os.environ | {"HF_HOME": str(home), "HF_DATASETS_CACHE": str(home / "cache")},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert not (home / "cache").exists(), "the demo leaves no trace in the cache"
    return done.stdout


def test_the_demo_shows_the_promises(shown):
    assert "20 rows, 0 calls" in shown
    assert "30 rows, 12 further calls, the first 20 rows as before" in shown
    assert "likely  $" in shown
    assert "dropped   none" in shown


def test_the_demo_says_that_its_rows_are_template_text(shown):
    assert shown.count("rows of template text") == 3


def test_the_demo_fits_a_terminal(shown):
    lines = shown.splitlines()
    assert len(lines) < 60
    assert max(map(len, lines)) <= 120


def test_make_demo_runs_it():
    assert "examples/demo.py" in (REPO / "Makefile").read_text("utf-8")


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_a_recipe_is_a_config(path):
    assert read_config(path).models.generator is not None


@contextmanager
def bad_line(url: str, *whole: int) -> Iterator[tuple[str, list[int]]]:
    """The address of a line to a server, and how many bytes each of its connections brought back.

    The first connections break after so many bytes of answers, as `whole` tells.
    """
    to = urlsplit(url)
    brought: list[int] = []

    class Carrier(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            number = len(brought)
            brought.append(0)
            left = whole[number] if number < len(whole) else sys.maxsize
            with socket.create_connection((to.hostname, to.port)) as server, selectors.DefaultSelector() as ready:
                ready.register(self.request, selectors.EVENT_READ, server)
                ready.register(server, selectors.EVENT_READ, self.request)
                while brought[number] < left:
                    for key, _ in ready.select():
                        end = cast("socket.socket", key.fileobj)
                        back = end is server
                        data = end.recv(min(1 << 16, left - brought[number]) if back else 1 << 16)
                        if not data:
                            return
                        key.data.sendall(data)
                        brought[number] += len(data) if back else 0

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Carrier) as line:
        thread = threading.Thread(target=line.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{line.server_address[1]}", brought
        line.shutdown()
        thread.join()


def test_the_client_of_the_job_server_gets_each_row_once_over_a_line_that_breaks(tmp_path):
    pytest.importorskip("fastapi", reason="the extra `server` is not installed")
    from serving import settings_of, site

    with site(settings_of(tmp_path)) as server, bad_line(server.url, 700, 1500, 9000, 6000) as (url, brought):
        done = subprocess.run(
            [sys.executable, str(EXAMPLES / "job_client.py"), url],
            cwd=tmp_path,
            env=os.environ | {"KEY": server.key(), "HF_HUB_OFFLINE": "0", "HF_DATASETS_CACHE": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert brought[:4] == [700, 1500, 9000, 6000]
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text("utf-8").splitlines()]
    assert len({row["input"] for row in rows}) == len(rows) == 30
    assert "num_rows: 30" in done.stdout
