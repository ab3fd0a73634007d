"""What a worker writes down about a job: figures and places of rows while it runs, and how it ended."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import sqlalchemy as sa

from hf_synth.executors.local import Progress
from hf_synth.executors.sidecar import plain_receipt
from hf_synth.server import queue
from hf_synth.server.copies import Copies
from hf_synth.server.database import Database
from hf_synth.server.folding import Fold
from hf_synth.server.jobs import Job
from hf_synth.server.output import Part, Parts
from hf_synth.server.patience import AWAY, patiently, said
from hf_synth.server.places import early_receipt, paper_of
from hf_synth.server.refusals import WorkersLost
from hf_synth.server.store import Store, StoreFailed
from hf_synth.server.tables import parts
from hf_synth.server.taken import DEADLY, TRIAL

_log = logging.getLogger("hf_synth.server")


class Telling:
    """Follows the journal of a job that runs here, and tells of it. A store or a database that is away stops no run.

    Args:
        database: has the job.
        store: takes its rows.
        worker: whose job it is.
        job: as it was claimed.
        fold: its journal.
        copies: of the journal, where there are some.
    """

    def __init__(
        self, database: Database, store: Store, worker: str, job: Job, fold: Fold, copies: Copies | None
    ) -> None:
        self.fold = fold
        self._database, self._store, self._worker, self._job, self._copies = database, store, worker, job, copies
        self._parts = Parts(store, job, self._known())
        self._unsaved: list[Part] = []  # written to the store, and not to the database yet
        self._last: dict[str, Any] = {}  # figures that were written
        self._unsure = False  # whether the database may have taken them all the same
        self._began = time.monotonic()
        begun = {"rows_accepted": fold.accepted, "calls": 0}
        self._was = {name: job.statistics.get(name, there) for name, there in begun.items()}  # when it was claimed

    def _known(self) -> list[Part]:
        asked = sa.select(parts).where(parts.c.job_id == self._job.id).order_by(parts.c.first_row)
        with self._database.read() as connection:
            known = [dict(row) for row in connection.execute(asked).mappings()]
        return [{name: value for name, value in part.items() if name != "job_id"} for part in known]

    def tell(self, progress: Progress | None, *, rows: bool) -> bool:
        """Tell how it goes; whether the job is still this worker's.

        Args:
            progress: of the run.
            rows: whether to hand out all rows there are now; otherwise that is done now and then.
        """
        self.fold.follow()
        rows = rows or self._parts.due()
        upto = self._upto(due=rows)
        if rows:
            try:
                self._unsaved += self._parts.write(self.fold, upto)
            except StoreFailed as error:
                _log.warning("%s: %s", self._job.id, error)
        figures = self.figures(progress)
        if not rows and not self._unsaved and figures == self._last:
            return True  # whoever follows the job is told of changes alone; whether it is ours, the worker looks
        try:
            mine = queue.update(self._database, self._worker, self._job.id, figures, self.unsaved())
        except AWAY as error:
            _log.warning("%s: %s", self._job.id, said(error))
            self._unsure = True
            return True
        self._unsaved, self._unsure, self._last = [], False, figures
        return mine

    def _upto(self, *, due: bool) -> dict[str, int]:
        made = {split: len(places) for split, places in self.fold.standing.rows.places.items()}
        return made if self._copies is None else dict(self._copies.safe(made, due=due))

    def unsaved(self) -> list[Part]:
        """Parts that the database is still to be told of."""
        if self._unsure and self._unsaved:  # it broke off: they may be there
            known = {part["path"] for part in self._known()}
            self._unsaved = [part for part in self._unsaved if part["path"] not in known]
        return self._unsaved

    def last_rows(self, patience: float) -> None:
        """Write the last rows to the store; `unsaved` has their places then."""
        self.fold.follow()
        try:
            self._unsaved += patiently(
                lambda: self._parts.write(self.fold, self._upto(due=False)), StoreFailed, patience=patience
            )
        except StoreFailed as error:
            _log.warning("%s: %s", self._job.id, error)

    def figures(self, progress: Progress | None, *, ended: bool = False) -> dict[str, Any]:
        """Values of columns: what was done so far."""
        told = self.fold.statistics(progress, ended=ended)
        lived = ended or time.monotonic() - self._began >= TRIAL
        forgiven = {"deaths": 0} if lived and self._got_on(told) else {}
        return {"statistics": told, "usd": max(0.0, self.fold.usd or 0.0), **forgiven}

    def _got_on(self, told: dict[str, Any]) -> bool:
        """Whether there are further rows or calls, made here or by a worker that died before it told of them."""
        return any(told[name] > was for name, was in self._was.items())

    def receipt(self) -> dict[str, Any]:
        """Values of columns: the receipt of a job that ends early, written to the store. The fold ends with it."""
        told = json.dumps(plain_receipt(self.fold.resolved, self.fold.standing).to_dict()).encode()
        name = early_receipt()
        try:
            self._store.write(paper_of(self._job, name), told)
        except StoreFailed as error:
            _log.warning("%s has no receipt: %s", self._job.id, error)
            return {}
        return {"files": {name: len(told)}}

    def refuse_deadly(self) -> None:
        """Run a job no more that worker after worker died of: it would take all others along again and again.

        Raises:
            WorkersLost: it is such a one.
        """
        if self._job.deaths >= DEADLY:
            raise WorkersLost.after(self._job.deaths)


def write_down(database: Database, worker: str, job: Job, ending: dict[str, Any], telling: Telling | None) -> bool:
    """Write down how a job ended, however long the database is away; whether it was still this worker's.

    Args:
        database: has the job.
        worker: whose job it is.
        job: the job.
        ending: values of columns, and `parts`: those that hold its rows from now on.
        telling: knows which parts are to be added where `ending` names none.
    """
    values = {name: value for name, value in ending.items() if name != "parts"}
    whole: list[Part] | None = ending.get("parts")

    def write() -> bool:
        new = whole if whole is not None else telling.unsaved() if telling else []
        return queue.update(database, worker, job.id, values, new, only_parts=whole is not None)

    return patiently(write, AWAY, patience=float("inf"))
