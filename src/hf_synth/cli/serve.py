"""`serve` and `keys`: the job server."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hf_synth.errors import MissingExtra

if TYPE_CHECKING:
    from hf_synth.server.database import Database
    from hf_synth.server.keys import Key
    from hf_synth.server.settings import Settings


@contextmanager
def _extra() -> Generator[None]:
    """Around imports of what the extra brings."""
    try:
        yield
    except ImportError as error:
        if isinstance(error, MissingExtra) or (error.name or "hf_synth").partition(".")[0] == "hf_synth":
            raise
        raise MissingExtra(
            f"The job server needs {error.name}.", hint="pip install 'hf-synth[server]' adds it."
        ) from None


def _settings(**given: Any) -> Settings:
    from hf_synth.server.settings import Settings, check_allowed, default_data  # noqa: PLC0415  # pydantic takes a while

    given["allow"] = check_allowed(given.get("allow") or ())
    data = (given.pop("data") or default_data()).expanduser().absolute()
    return Settings(data=data, **{name: value for name, value in given.items() if value is not None})


def _place_options(command: Any) -> Any:
    for option in (
        click.option(
            "--database",
            envvar="HF_SYNTH_DATABASE",
            help="postgresql://USER:PASSWORD@HOST/NAME; by default SQLite, a file in --data. Others on this machine "
            "see what is typed here, but not HF_SYNTH_DATABASE.",
        ),
        click.option(
            "--data",
            type=click.Path(path_type=Path),
            help="Folder on a local disk for journals, and for database and results where nothing else is named. "
            "By default HF_SYNTH_DATA, or hf_synth in HF_HOME.",
        ),
    ):
        command = option(command)
    return command


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@_place_options
@click.option(
    "--store", envvar="HF_SYNTH_STORE", help="Where results go, any fsspec URL; by default a folder in --data."
)
@click.option(
    "--allow", multiple=True, help="Let jobs name what strangers may not, such as base_url; repeat for several."
)
@click.option("--jobs", type=click.IntRange(0), help="Most jobs that run here at once, 32 by default.")
@click.option(
    "--lease",
    type=click.FloatRange(5, 3600),
    help="Seconds after which other servers take over the jobs of one that is not heard of, 30 by default.",
)
@click.option("--queue", type=click.IntRange(1), help="Most jobs that wait, 1000 by default.")
@click.option("--most-rows", type=click.IntRange(1), help="Largest count of one job, 1,000,000 by default.")
@click.option("--public-url", help="Where readers reach this server, for links.")
def serve(host: str, port: int, **given: Any) -> None:
    """Serve jobs over REST, with a page to look at. Keys of providers stay in this server's environment."""
    settings = _settings(**given)
    with _extra():
        from hf_synth.server.serve import serve as run  # noqa: PLC0415
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr, force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    run(settings, host, port)


@click.group()
def keys() -> None:
    """API keys of the job server."""


@contextmanager
def _opened(**place: Any) -> Generator[Database]:
    with _extra():
        from hf_synth.server.database import Database  # noqa: PLC0415
    database = Database(_settings(**place).database_url)
    try:
        database.migrate()
        yield database
    finally:
        database.close()


@keys.command()
@click.argument("name")
@_place_options
@click.option("--requests-per-minute", type=click.IntRange(1), help="Most requests in a minute.")
@click.option("--jobs", "most_jobs", type=click.IntRange(1), help="Most jobs that run at once.")
@click.option("--budget", type=click.FloatRange(0, min_open=True), help="US dollars that its jobs may spend, ever.")
def create(name: str, database: str | None, data: Path | None, **limits: Any) -> None:
    """Make a key for NAME and print it. It is shown once."""
    with _opened(database=database, data=data) as opened:
        from hf_synth.server.keys import create_key  # noqa: PLC0415  # is part of the extra

        click.echo(create_key(opened, name, **limits))


@keys.command("list")
@_place_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_(database: str | None, data: Path | None, as_json: bool) -> None:
    """List keys, without their secrets."""
    with _opened(database=database, data=data) as opened:
        from hf_synth.server.keys import list_keys  # noqa: PLC0415  # is part of the extra

        found = list_keys(opened)
    if as_json:
        click.echo(json.dumps({"keys": [{f: getattr(key, f) for f in key.__slots__} for key in found]}))
        return
    for key in found:
        click.echo(_line(key))


def _line(key: Key) -> str:
    made = datetime.fromtimestamp(key.created_at, UTC).strftime("%Y-%m-%d")
    budget = "" if key.budget is None else f" of ${key.budget:g}"
    parts = [f"{key.id}  {key.name}", f"made {made}", f"${key.spent:.4f} spent{budget}"]
    parts += [f"{key.most_jobs} jobs at once"] if key.most_jobs else []
    parts += [f"{key.requests_per_minute} requests a minute"] if key.requests_per_minute else []
    parts += ["revoked"] if key.revoked_at else []
    return ", ".join(parts)


@keys.command()
@click.argument("name")
@_place_options
def revoke(name: str, database: str | None, data: Path | None) -> None:
    """Let the key of NAME (or with this id) be good for nothing, and cancel its jobs."""
    with _opened(database=database, data=data) as opened:
        from hf_synth.server.keys import revoke_key  # noqa: PLC0415  # is part of the extra

        key = revoke_key(opened, name)
    click.echo(f"The key {key.name!r} ({key.id}) is revoked.")
