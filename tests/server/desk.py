"""A database and a store, and jobs in them that tests move on without a worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from hf_synth.server.database import Database
from hf_synth.server.reading import Reader
from hf_synth.server.rows import load_index
from hf_synth.server.services import Services
from hf_synth.server.settings import Settings
from hf_synth.server.shelf import Shelf
from hf_synth.server.store import Store
from hf_synth.server.tables import jobs, keys, parts
from hf_synth.server.throttle import Throttle
from hf_synth.server.watch import Watch

TARGETS = {"b": 6, "a": 3}
"""The whole of the former is larger than what is read, and than what lines are counted in, at a time."""
LINES = {
    split: [b"%s %d %s\n" % (split.encode(), n, b"x" * (80_000 * n)) for n in range(TARGETS[split])]
    for split in TARGETS
}
WHOLE = b"".join(line for split in TARGETS for line in LINES[split])


class Desk:
    """A database and a store, and jobs in them that a test moves on."""

    def __init__(self, folder: Path) -> None:
        self.database, self.store = Database(f"sqlite:///{folder / 'jobs.sqlite3'}"), Store(str(folder / "results"))
        self.database.migrate()
        self.settings = Settings(data=folder)
        with self.database.write() as connection:
            connection.execute(keys.insert().values(id="k", name="k", digest="d", created_at=0.0))
        self.number = 0

    def job(self) -> str:
        """A new job without rows, that runs."""
        self.number += 1
        values: dict[str, Any] = {name: {} for name in ("config", "estimate", "statistics", "files")}
        values |= {"id": f"j{self.number}", "key_id": "k", "status": "running", "version": 1, "created_at": 0.0}
        values |= {"targets": TARGETS, "body_digest": "", "usd": 0.0, "cancel_requested": False, "deaths": 0}
        with self.database.write() as connection:
            connection.execute(jobs.insert().values(**values))
        return values["id"]

    def change(self, job: str, **values: Any) -> None:
        with self.database.write() as connection:
            connection.execute(jobs.update().where(jobs.c.id == job).values(version=jobs.c.version + 1, **values))

    def add(self, job: str, split: str, first: int, last: int) -> None:
        """Rows of a split as a part."""
        text, path = b"".join(LINES[split][first:last]), f"jobs/{job}/parts/{split}-{first}"
        self.store.write(path, text)
        row = {"first_row": first, "rows": last - first, "first_byte": len(b"".join(LINES[split][:first]))}
        with self.database.write() as connection:
            connection.execute(parts.insert().values(job_id=job, split=split, bytes=len(text), path=path, **row))
        self.change(job)

    def complete(self, job: str) -> None:
        """Whole files take the place of the parts, in the order in which a worker does that."""
        for split, lines in LINES.items():
            self.store.write(f"jobs/{job}/{split}.jsonl", b"".join(lines))
        with self.database.write() as connection:
            connection.execute(parts.delete().where(parts.c.job_id == job))
            for split, lines in LINES.items():
                row = {"first_row": 0, "rows": len(lines), "first_byte": 0, "bytes": len(b"".join(lines))}
                path = f"jobs/{job}/{split}.jsonl"
                connection.execute(parts.insert().values(job_id=job, split=split, path=path, **row))
        self.change(job, status="completed")
        self.store.remove(f"jobs/{job}/parts")

    def delete(self, job: str) -> None:
        with self.database.write() as connection:
            connection.execute(parts.delete().where(parts.c.job_id == job))
        self.change(job, deleted_at=1.0)
        self.store.remove(f"jobs/{job}")

    def reading(self, job: str, work: Callable[[Reader], Coroutine[Any, Any, Any]]) -> Any:
        """Do something with a reader of a job."""

        async def run() -> Any:
            services = Services(
                self.settings, self.database, self.store, Watch(self.database), Throttle(), self.database.secret()
            )
            index = load_index(self.database, job, TARGETS)
            return await work(Reader(Shelf(services), index, [*TARGETS]))

        return asyncio.run(run())
