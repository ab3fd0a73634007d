"""`serve`: the job server, and what its commands share."""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hf_synth.config.names import plain_url
from hf_synth.errors import ConfigError, MissingExtra

if TYPE_CHECKING:
    from hf_synth.server.settings import Settings


class Finite(click.FloatRange):
    """A number in a range. `nan` is none, though no bound is passed by it, and `inf` is none either."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is no finite number.", param, ctx)
        return number


@contextmanager
def extra() -> Generator[None]:
    """Around imports of what the extra brings."""
    try:
        yield
    except ImportError as error:
        if isinstance(error, MissingExtra) or (error.name or "hf_synth").partition(".")[0] == "hf_synth":
            raise
        raise MissingExtra(
            f"The job server needs {error.name}.", hint="pip install 'hf-synth[server]' adds it."
        ) from None


def settings_of(**given: Any) -> Settings:
    from hf_synth.server.settings import Settings, check_allowed, default_data  # noqa: PLC0415  # pydantic takes a while

    given["allow"] = check_allowed(given.get("allow") or ())
    if given.get("public_url"):
        given["public_url"] = _plain(given["public_url"])
    if named := given.pop("price", ()):
        with extra():
            from hf_synth.server.pricing import read_price  # noqa: PLC0415
        given["prices"] = dict(map(read_price, named))
    data = (given.pop("data") or default_data()).expanduser().absolute()
    return Settings(data=data, **{name: value for name, value in given.items() if value is not None})


def _plain(url: str) -> str:
    try:
        return plain_url(url)
    except ValueError as error:
        raise ConfigError(f"--public-url: {error}") from None


def place_options(command: Any) -> Any:
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
@place_options
@click.option(
    "--store", envvar="HF_SYNTH_STORE", help="Where results go, any fsspec URL; by default a folder in --data."
)
@click.option(
    "--allow",
    multiple=True,
    metavar="NAME",
    help="Let jobs name what strangers may not: api_key_env, base_url, plugins, price, push_to, replicas or source; "
    "repeat for several.",
)
@click.option("--jobs", type=click.IntRange(0), help="Most jobs that run here at once, 32 by default.")
@click.option(
    "--lease",
    type=Finite(5, 3600),
    help="Seconds after which other servers take over the jobs of one that is not heard of, 30 by default.",
)
@click.option("--queue", type=click.IntRange(1), help="Most jobs that wait, 1000 by default.")
@click.option("--most-rows", type=click.IntRange(1), help="Largest count of one job, 1,000,000 by default.")
@click.option(
    "--streams", "most_streams", type=click.IntRange(1), help="Most streams that are open for one key, 500 by default."
)
@click.option(
    "--keep",
    "keep_days",
    metavar="DAYS",
    type=Finite(0.01, 36_500),  # a quarter of an hour to a hundred years
    help="Days after which jobs that ended are deleted, and journals that no job needs any more; by default none are.",
)
@click.option("--public-url", help="Where readers reach this server, for links: https://synth.example.org, say.")
@click.option(
    "--price",
    multiple=True,
    help="What a model costs that no table knows, such as one at OPENAI_BASE_URL: PROVIDER:MODEL=INPUT,OUTPUT in US "
    "dollars per million tokens; repeat for several.",
)
def serve(host: str, port: int, **given: Any) -> None:
    """Serve jobs over REST, with a page to look at. Keys of providers stay in this server's environment."""
    settings = settings_of(**given)
    with extra():
        from hf_synth.server.serve import serve as run  # noqa: PLC0415
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr, force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    run(settings, host, port)
