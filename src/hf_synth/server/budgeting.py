"""The budget of a key, as its jobs feel it: a cap on what each may spend, and words for when it is reached."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hf_synth.config import GenerationConfig
from hf_synth.errors import BudgetReached
from hf_synth.executors.live import max_cost
from hf_synth.server.database import Database
from hf_synth.server.jobs import Job
from hf_synth.server.tables import jobs, keys

_CRUMB = 1e-9  # dollars that sums of floats may be off by
_HINT = (
    "What it made can be read, and is on record for this key. Lower count, or ask whoever runs this server for a key "
    "with a larger budget."
)


class Cap:
    """What a job may spend of its key's budget.

    Args:
        job: with what it was allotted.
        before: US dollars that the journal held before the job, `None` where a price was not known.
    """

    def __init__(self, job: Job, before: float | None) -> None:
        self._job = job
        self._usd = None if job.allotted is None else max(_CRUMB, (before or 0.0) + job.allotted)

    def on(self, config: GenerationConfig) -> GenerationConfig:
        """The config with it; `run.max_cost`, which is over the life of the journal, holds where it is lower.

        So does `HF_SYNTH_MAX_COST`: what is a default for its own user is a bound for strangers.
        """
        least = min((usd for usd in (self._usd, _allowed(config)) if usd is not None), default=None)
        return _with(config, least)

    def binds(self, config: GenerationConfig) -> bool:
        """Whether it is lower than what the config, or the server's default, allows."""
        allowed = _allowed(config)
        return self._usd is not None and (allowed is None or self._usd < allowed)

    def reached(self, error: BudgetReached, usd: float, rows: int) -> BudgetReached:
        """An error of the engine, told of the key's budget."""
        told = error.message.partition(" spent, and ")[2] or "no further call fits."
        return BudgetReached(
            "What this key's budget has left is too little for the next call: this job could spend "
            f"${self._job.allotted or 0.0:.4f} of it and spent ${usd:.4f}, and {told}",
            hint=f"{rows} rows are made. {_HINT}",
        )


def _allowed(config: GenerationConfig) -> float | None:
    """The lower of what the config names and what the operator does."""
    known = (config.run.max_cost, max_cost(_with(config, None)))
    return min((usd for usd in known if usd is not None), default=None)


def _with(config: GenerationConfig, usd: float | None) -> GenerationConfig:
    return config.model_copy(update={"run": config.run.model_copy(update={"max_cost": usd})})


def more_left(database: Database, job: Job) -> bool:
    """Whether the key's budget has more for a job than it was allotted: other jobs gave some back, or may yet."""
    others = sa.and_(jobs.c.key_id == job.key_id, jobs.c.id != job.id)
    with database.read() as connection:
        budget: Any = connection.scalar(sa.select(keys.c.budget).where(keys.c.id == job.key_id))
        spent: Any = connection.scalar(sa.select(sa.func.sum(jobs.c.usd)).where(others)) or 0.0
    return budget is None or budget - spent > (job.allotted or 0.0) + _CRUMB


def more_next_time() -> sa.ColumnElement[Any]:
    """What a job that was given too little gets in its next turn: ever more, for one call may take all of a turn."""
    return sa.case((jobs.c.bound == 0, None), else_=2 * jobs.c.bound)
