"""`keys`: API keys of the job server."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hf_synth.cli.serve import Finite, extra, place_options, settings_of
from hf_synth.errors import ConfigError

if TYPE_CHECKING:
    from hf_synth.server.database import Database
    from hf_synth.server.keys import Key


@click.group()
def keys() -> None:
    """API keys of the job server."""


_FILE = "sqlite:///"


def _check_there(path: str) -> None:
    try:
        Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        raise ConfigError(
            f"There is no database at {path}, and so no keys.",
            hint="Name the --data or --database of the server. hf-synth keys create makes a new one.",
        ) from None
    except OSError:
        return  # the database says why it cannot be used


@contextmanager
def _opened(*, new: bool = False, **place: Any) -> Generator[Database]:
    """The database; `new`, it is made where there is none. A mistyped place has no keys, and is to get none."""
    with extra():
        from hf_synth.server.database import Database  # noqa: PLC0415
    url = settings_of(**place).database_url
    if not new and url.startswith(_FILE):
        _check_there(url.removeprefix(_FILE))
    database = Database(url)
    try:
        database.migrate()
        yield database
    finally:
        database.close()


def _limits(command: Any) -> Any:
    for option in (
        click.option("--requests-per-minute", type=click.IntRange(1), help="Most requests in a minute."),
        click.option("--jobs", "most_jobs", type=click.IntRange(1), help="Most jobs that run at once."),
        click.option("--budget", type=Finite(0, min_open=True), help="US dollars that its jobs may spend, ever."),
    ):
        command = option(command)
    return command


@keys.command()
@click.argument("name")
@place_options
@_limits
def create(name: str, database: str | None, data: Path | None, **limits: Any) -> None:
    """Make a key for NAME and print it. It is shown once."""
    with _opened(new=True, database=database, data=data) as opened:
        from hf_synth.server.keys import create_key  # noqa: PLC0415  # is part of the extra

        click.echo(create_key(opened, name, **limits))


@keys.command()
@click.argument("name")
@place_options
@_limits
def change(name: str, database: str | None, data: Path | None, **limits: Any) -> None:
    """Set limits of the key of NAME (or with this id). What is not named stays; its jobs and journals do, too."""
    with _opened(database=database, data=data) as opened:
        from hf_synth.server.keys import change_key  # noqa: PLC0415  # is part of the extra

        named = {limit: value for limit, value in limits.items() if value is not None}
        if not named:
            raise ConfigError("Nothing is to be changed.", hint="Name --budget, --jobs or --requests-per-minute.")
        click.echo(_line(change_key(opened, name, **named)))


@keys.command("list")
@place_options
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
@place_options
def revoke(name: str, database: str | None, data: Path | None) -> None:
    """Let the key of NAME (or with this id) be good for nothing, and cancel its jobs."""
    with _opened(database=database, data=data) as opened:
        from hf_synth.server.keys import revoke_key  # noqa: PLC0415  # is part of the extra

        key = revoke_key(opened, name)
    click.echo(f"The key {key.name!r} ({key.id}) is revoked.")
