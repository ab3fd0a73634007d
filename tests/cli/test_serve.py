from __future__ import annotations

import json
import logging
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra `server` is not installed")

from databases import Postgres, claimed, end, postgres, queued  # noqa: F401  # a fixture
from hf_synth.server.database import Database
from hf_synth.server.keys import check_key
from hf_synth.server.leases import mine
from hf_synth.server.settings import ALLOWED

KEY = re.compile(r"hfs_[0-9a-f]{12}_[\w-]{43}\n")
EXTRA = ("alembic", "fastapi", "itsdangerous", "limits", "prometheus_client", "sqlalchemy", "starlette", "uvicorn")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the job server keeps everything, as the environment has it."""
    monkeypatch.delenv("HF_SYNTH_DATABASE", raising=False)
    monkeypatch.setenv("HF_SYNTH_DATA", str(tmp_path / "jobs"))
    return tmp_path / "jobs"


@pytest.fixture
def opened(data: Path):
    """Its database."""
    database = Database(f"sqlite:///{data}/jobs.sqlite3")
    database.migrate()
    yield database
    database.close()


@pytest.fixture(autouse=True)
def logged() -> Iterator[None]:
    """`serve` logs to stderr from then on, which is another one after each test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


Ran = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ran(data: Path, tmp_path: Path) -> Ran:
    """`hf-synth` in a process of its own, perhaps without some packages."""

    def run(*arguments: str, without: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        code = f"""if True:
            import sys
            sys.modules.update(dict.fromkeys({without!r}))
            from hf_synth.cli import main
            main()"""
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env={**os.environ}, capture_output=True, text=True, check=False, timeout=60
        )

    return run


# -- keys ------------------------------------------------------------------------------------------------------------


def test_create_prints_the_key_and_nothing_else_also_when_it_makes_the_tables(ran: Ran, data: Path):
    for name in ("team a", "team b"):
        done = ran("-v", "keys", "create", name)
        assert (done.returncode, "hfs_" in done.stderr) == (0, False)
        assert KEY.fullmatch(done.stdout)
        assert done.stdout.strip()[17:].encode() not in (data / "jobs.sqlite3").read_bytes()
    assert data.stat().st_mode & 0o777 == 0o700


def test_limits_are_given_and_listed_for_people_and_for_programs(hf, opened: Database):
    assert hf("keys", "create", "team a", "--budget", "2.5", "--jobs", "3", "--requests-per-minute", "60") == 0
    key = check_key(opened, hf.out.strip())
    assert key is not None
    assert (key.budget, key.most_jobs, key.requests_per_minute) == (2.5, 3, 60)
    job = queued(opened, key, worst=1.0)
    assert claimed(opened) == [job.id]
    end(opened, "worker", job.id, usd=0.25)
    assert hf("keys", "create", "team b") == 0
    assert hf("keys", "list") == 0
    first, second = hf.out.splitlines()
    assert re.fullmatch(
        rf"{key.id}  team a, made \d{{4}}-\d\d-\d\d, \$0\.2500 spent of \$2\.5, 3 jobs at once, "
        r"60 requests a minute",
        first,
    )
    assert second.endswith("$0.0000 spent")
    told = hf.json("keys", "list")["keys"]
    assert [one["name"] for one in told] == ["team a", "team b"]
    wanted = {"id": key.id, "budget": 2.5, "spent": 0.25, "most_jobs": 3, "requests_per_minute": 60, "revoked_at": None}
    assert wanted.items() <= told[0].items()
    assert "digest" not in json.dumps(told)


@pytest.mark.parametrize("by", ["name", "id"])
def test_limits_can_be_changed_and_the_key_stays_the_same(hf, opened: Database, by: str):
    assert hf("keys", "create", "team", "--budget", "1", "--jobs", "3") == 0
    text = hf.out.strip()
    key = check_key(opened, text)
    assert key is not None
    assert hf("keys", "change", getattr(key, by), "--budget", "250") == 0
    assert "of $250, 3 jobs at once" in hf.out
    changed = check_key(opened, text)
    assert changed is not None
    assert (changed.id, changed.budget, changed.most_jobs) == (key.id, 250.0, 3)


def test_no_keys_are_an_empty_list(hf, opened: Database):
    assert hf("keys", "list") == 0
    assert hf.out == ""
    assert hf.json("keys", "list") == {"keys": []}


@pytest.mark.parametrize("by", ["name", "id"])
def test_revoke_ends_a_key_and_its_jobs(hf, opened: Database, by: str):
    assert hf("keys", "create", "team") == 0
    text = hf.out.strip()
    key = check_key(opened, text)
    assert key is not None
    running, waiting = queued(opened, key), queued(opened, key)
    assert claimed(opened) == [running.id]
    assert hf("keys", "revoke", getattr(key, by)) == 0
    assert hf.out == f"The key 'team' ({key.id}) is revoked.\n"
    assert check_key(opened, text) is None
    assert mine(opened, "worker") == {running.id: True}
    assert claimed(opened, free=9) == []
    assert hf("keys", "list") == 0
    assert hf.out.rstrip().endswith("revoked")
    assert waiting.id not in hf.out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("create", ""), 2, "is no name for a key"),
        (("create", "team", "--budget", "nan"), 2, "'--budget': nan is no finite number."),
        (("create", "team", "--budget", "inf"), 2, "'--budget': inf is no finite number."),
        (("create", "team", "--budget", "0"), 2, "--budget"),
        (("create", "team", "--jobs", "0"), 2, "--jobs"),
        (("revoke", "nobody"), 1, "There is no key 'nobody'. See hf-synth keys list."),
        (("change", "nobody", "--jobs", "2"), 1, "There is no key 'nobody'. See hf-synth keys list."),
        (("change", "nobody"), 2, "Nothing is to be changed."),
        (("change", "nobody", "--budget", "nan"), 2, "'--budget': nan is no finite number."),
    ],
)
def test_what_cannot_be_is_refused(hf, opened: Database, arguments: tuple[str, ...], code: int, said: str):
    assert hf("keys", *arguments) == code
    assert said in hf.err
    assert hf.out == ""


@pytest.mark.parametrize("command", [("list",), ("change", "team", "--jobs", "2"), ("revoke", "team")])
@pytest.mark.parametrize("option", ["--data", "--database"])
def test_a_database_that_is_not_there_is_told_and_not_made(
    hf, data: Path, tmp_path: Path, command: tuple[str, ...], option: str
):
    file = tmp_path / "typo" / "jobs.sqlite3"
    named = str(file.parent) if option == "--data" else f"sqlite:///{file}"
    assert hf("keys", *command, option, named) == 2
    assert f"There is no database at {file}, and so no keys. Name the --data or --database of the server." in hf.err
    assert not file.parent.exists()
    assert hf("keys", "create", "team", option, named) == 0
    assert hf("keys", *command, option, named) == 0


def test_a_name_in_use_is_refused(hf, data: Path):
    assert hf("keys", "create", "team") == 0
    assert hf("keys", "create", "team") == 2
    assert "There is a key named 'team' already. Choose another name" in hf.err


# -- the database ----------------------------------------------------------------------------------------------------


def test_keys_may_stand_in_postgresql(hf, data: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch):  # noqa: F811
    url = postgres.new()
    assert hf("keys", "create", "team", "--database", url) == 0
    assert KEY.fullmatch(hf.out)
    monkeypatch.setenv("HF_SYNTH_DATABASE", url)
    assert [key["name"] for key in hf.json("keys", "list")["keys"]] == ["team"]
    assert not data.exists()


@pytest.mark.parametrize("command", [("serve",), ("keys", "list"), ("keys", "create", "team")])
def test_a_database_that_cannot_be_reached_ends_it_with_2_and_no_password(hf, data: Path, command: tuple[str, ...]):
    assert hf(*command, "--database", "postgresql://app:pass-word@127.0.0.1:9/jobs") == 2
    assert "The database postgresql://app:***@127.0.0.1:9/jobs cannot be used: " in hf.err
    assert "Check --database" in hf.err
    assert "pass-word" not in hf.err
    assert hf.out == ""


# -- serve -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--store", "nosuch://app:pass-word@h/d"), "--store 'nosuch://***@h/d' cannot be used"),
        (("--store", "/dev/null/results"), "could not be written: "),
        (("--allow", "base-url"), "--allow 'base-url' is nothing that can be allowed"),
        (("--database", "mysql://h/d"), "mysql is not supported"),
        (("--jobs", "-1"), "--jobs"),
        (("--data", "/dev/null/deep"), "--data '/dev/null/deep' cannot be made or is no folder"),
        (("--public-url", "nonsense"), "--public-url: 'nonsense' is no http(s) address"),
        (("--price", "gpt-4o"), "--price 'gpt-4o' is no price"),
        (("--price", "openi:gpt=1,2"), "'openi' is no provider. Did you mean 'openai'?"),
        (("--keep", "nan"), "'--keep': nan is no finite number."),
        (("--keep", "inf"), "'--keep': inf is not in the range 0.01<=x<=36500."),
        (("--keep", "0.009"), "'--keep': 0.009 is not in the range 0.01<=x<=36500."),
        (("--lease", "nan"), "'--lease': nan is no finite number."),
        (("--host", "no.such.host.invalid"), "cannot be listened on"),
        (("--port", "70000"), "--port"),
    ],
)
def test_a_server_that_cannot_be_says_why_before_it_listens(hf, data: Path, option: tuple[str, ...], said: str):
    assert hf("serve", *option) == 2
    assert said in hf.err
    assert "pass-word" not in hf.err
    assert "Traceback" not in hf.err


def test_help_names_all_that_can_be_allowed(hf):
    assert hf("serve", "--help") == 0
    told = " ".join(hf.out.split())
    *names, last = sorted(ALLOWED)
    assert f"what strangers may not: {', '.join(names)} or {last}; repeat" in told


def test_a_port_in_use_is_an_error(ran: Ran):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = ran("serve", "--jobs", "0", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "cannot be listened on: Address already in use" in done.stderr
    assert "--port" in done.stderr


# -- without the extra -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [EXTRA, ("uvicorn",)])
def test_serve_names_the_extra_that_is_missing(ran: Ran, data: Path, missing: tuple[str, ...]):
    done = ran("serve", without=missing)
    assert done.returncode == 1
    assert re.fullmatch(
        r"hf-synth: The job server needs [\w.]+\. pip install 'hf-synth\[server\]' adds it\.\n", done.stderr
    )
    assert not data.exists()


def test_keys_name_the_extra_that_is_missing(python: Any, data: Path):
    code = f"""if True:
        import sys
        sys.modules.update(dict.fromkeys({EXTRA!r}))
        sys.stderr = sys.stdout
        from hf_synth.cli.main import run
        for command in (("create", "team"), ("list",), ("revoke", "team")):
            print(run(["keys", *command]))"""
    said = "hf-synth: The job server needs sqlalchemy. pip install 'hf-synth[server]' adds it.\n1\n"
    assert f"{python(code)}\n" == 3 * said
    assert not data.exists()


def test_help_needs_nothing_of_the_extra_and_imports_nothing_of_it(python: Any):
    code = f"""if True:
        import sys
        from hf_synth.cli.main import run
        for command in ([], ["serve"], ["keys"], ["keys", "create"]):
            assert run([*command, "--help"]) == 0
        print("|", *{{name.partition(".")[0] for name in sys.modules}} & {{*{EXTRA!r}, "psycopg"}})"""
    assert python(code).rpartition("|")[2] == ""
