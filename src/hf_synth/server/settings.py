"""How a server is set up: places, limits, and what a stranger may ask for."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from hf_synth.config.names import near_miss
from hf_synth.errors import ConfigError

ALLOWED = {
    "base_url": "servers that a job names (`base_url`), also inside this network",
    "api_key_env": "variables of this server's environment that a job names (`api_key_env`)",
    "plugins": "schemas, providers and checks that other packages registered",
    "price": "prices that a job names (`price`), on which caps and budgets rest",
    "push_to": "pushing to the Hub with this server's token (`run.push_to`)",
    "replicas": "further servers that a job names (`run.replicas`)",
    "source": "texts that a job names (`source`, `quality.decontaminate`): read from this disk, this network, or the "
    "Hub with this server's token",
}
"""What the operator may allow a job to name, with what that means."""

_DATABASE = "jobs.sqlite3"
_STORE = "results"


class Settings(BaseModel):
    """Of one server process and its worker.

    Attributes:
        data: a folder on a local disk for journals and, unless they are named, the database and the results.
        database: a URL of SQLAlchemy for SQLite or PostgreSQL; empty for a file in `data`.
        store: where results go, any URL of fsspec; empty for a folder in `data`.
        allow: names of `ALLOWED`.
        jobs: most that run here at once; 0 runs none, and leaves them to other servers on the same database.
        lease: seconds after which the jobs of a server that is not heard of are taken over by others.
        queue: most that wait, of all keys; beyond that a further one is answered with 429.
        most_rows: largest `count` of one job.
        most_bytes: largest body of a request.
        body_seconds: longest time that it may take to arrive.
        most_prompt: bytes of a config that would stand in every prompt: all but the lists of its outline.
        most_splits: most splits of one job.
        most_streams: streams that are open at once for one key, and for the links that it made.
        most_concurrency: largest `run.concurrency`: each call in flight holds a connection.
        timeouts: least and largest `run.timeout`: calls that end too early slow others down, late ones hold a place.
        polls: least and largest `run.poll_seconds`.
        keep_days: for how long jobs that ended are kept, and what no job needs; `None` for ever.
        public_url: where readers reach this server, for links; the address they asked by default.
        prices: of models that no table knows: see `pricing`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    data: Path
    database: str = Field(default="", repr=False)  # both may hold a password
    store: str = Field(default="", repr=False)
    allow: tuple[str, ...] = ()
    jobs: int = Field(default=32, ge=0)
    lease: float = Field(default=30.0, ge=5.0, le=3600.0)
    queue: int = Field(default=1000, ge=1)
    most_rows: int = Field(default=1_000_000, ge=1)
    most_bytes: int = Field(default=1 << 20, ge=1)
    body_seconds: float = Field(default=30.0, gt=0)
    most_prompt: int = Field(default=64 << 10, ge=1)
    most_splits: int = Field(default=100, ge=1)
    most_streams: int = Field(default=500, ge=1)
    most_concurrency: int = Field(default=256, ge=1)
    timeouts: tuple[float, float] = (5.0, 600.0)
    polls: tuple[float, float] = (5.0, 3600.0)
    keep_days: float | None = Field(default=None, gt=0, le=36_500)
    public_url: str | None = None
    prices: dict[str, tuple[float, float]] = Field(default_factory=dict)

    @property
    def database_url(self) -> str:
        """`database`, or the file in `data`."""
        return self.database or f"sqlite:///{self.data / _DATABASE}"

    @property
    def store_url(self) -> str:
        """`store`, or the folder in `data`."""
        return self.store or str(self.data / _STORE)

    def root_of(self, key_id: str) -> Path:
        """The cache of one API key: nobody is served rows that somebody else paid for."""
        return self.data / "keys" / key_id


def check_allowed(names: Iterable[str]) -> tuple[str, ...]:
    """What the operator allows, sorted.

    Raises:
        ConfigError: it is nothing that can be allowed.
    """
    for name in names:
        if name not in ALLOWED:
            raise ConfigError(f"--allow {name!r} is nothing that can be allowed.{near_miss(name, list(ALLOWED))}")
    return tuple(sorted(set(names)))


def default_data() -> Path:
    """`HF_SYNTH_DATA`, else a folder beside the caches of Hugging Face (`HF_HOME`)."""
    if named := os.environ.get("HF_SYNTH_DATA"):
        return Path(named).expanduser()
    home = os.environ.get("HF_HOME") or os.path.join(  # noqa: PTH118  # as huggingface_hub has it
        os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface"
    )
    return Path(home).expanduser() / "hf_synth"
