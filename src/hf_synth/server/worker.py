"""The process that works: claims jobs, runs each in a thread of its own, all of them in one engine.

It belongs to a server process, tells it by its standard input that it is gone, and then finishes the calls in flight.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from filelock import FileLock, Timeout

from hf_synth.errors import HfSynthError
from hf_synth.server import leases, queue
from hf_synth.server.database import Database
from hf_synth.server.jobs import Job
from hf_synth.server.patience import AWAY, said, where
from hf_synth.server.pulse import Pulse
from hf_synth.server.retention import Retention
from hf_synth.server.settings import Settings
from hf_synth.server.store import Store
from hf_synth.server.taken import DOUBTFUL, TRIAL
from hf_synth.server.work import Work

_log = logging.getLogger("hf_synth.server")
_TICK = 0.25
_NICE = 10  # answers go before rows: whoever asks for a status waits, and a model takes seconds anyway
_HURRY = 90.0  # seconds that jobs get to end when the worker does; calls in flight get 60 of them


class Worker:
    """Runs jobs until it is told to end.

    Args:
        settings: of the server.
        beat: called at each turn of its loop, which waits for nothing but the database: see `pulse`.
    """

    def __init__(self, settings: Settings, beat: Callable[[], object] = lambda: None) -> None:
        self._settings, self._beat = settings, beat
        self._database = Database(settings.database_url)
        self._store = Store(settings.store_url, marked=True)
        self.name = f"{socket.gethostname()[:40]}-{secrets.token_hex(8)}"
        self._locks = settings.data / "workers"
        self._locks.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._alive = FileLock(str(self._locks / self.name))  # dies with the process: others see at once that it did
        self._works: list[Work] = []
        self._renewed = self._tried = float("-inf")
        self.ending = threading.Event()

    def run(self) -> None:
        """Work until `ending` is set; then let calls in flight end, and leave the jobs to others."""
        with self._alive:
            if self._settings.keep_days is not None:
                retention = Retention(self._settings, self._database, self._store)
                threading.Thread(
                    target=retention.run, args=(self.ending,), name="hf_synth retention", daemon=True
                ).start()
            while not self.ending.wait(_TICK):
                self._beat()
                try:
                    self._step()
                except AWAY as error:
                    _log.warning("%s", said(error))
                    self.ending.wait(1.0)
                except Exception as error:  # noqa: BLE001  # no file or thread to be had: those that run must go on
                    _log.error("Jobs wait: %s\n%s", type(error).__name__, where(error))
                    self.ending.wait(1.0)
            self._drain()
        self._database.close()
        (self._locks / self.name).unlink(missing_ok=True)

    def _step(self) -> None:
        self._works = [work for work in self._works if work.thread.is_alive()]
        self._keep()
        places, wary = self._settings.jobs, time.monotonic() - self._tried < TRIAL
        free = places - len(self._works)
        if free > 0:
            self._bury_the_dead()
            for job in queue.claim(self._database, self.name, free, self._settings.lease, places=places, wary=wary):
                self._begin(job)

    def _begin(self, job: Job) -> None:
        _log.info("%s runs", job.id)
        if job.deaths >= DOUBTFUL:
            _log.warning("%s may be what ends workers: %d ended while they ran it", job.id, job.deaths)
            self._tried = time.monotonic()
        after = None
        for earlier in self._works:  # it was another's meanwhile, and threads on it have not come to their end
            if earlier.job.id == job.id:
                earlier.stop, after = "lost", earlier.thread
        work = Work(self._settings, self._database, self._store, self.name, job, after)
        work.thread.start()
        self._works.append(work)

    def _keep(self) -> None:
        """Renew the leases now and then, and stop what was cancelled or taken over."""
        lease, now = self._settings.lease, time.monotonic()
        due = now - self._renewed > lease / 6
        mine = leases.renew(self._database, self.name, lease) if due else leases.mine(self._database, self.name)
        if due:
            self._renewed = now
        for work in self._works:
            if work.job.id not in mine:
                if work.stop != "lost":
                    leases.alive(self._database, self.name, work.job.id)
                work.stop = "lost"
            elif mine[work.job.id]:
                work.stop = work.stop or "cancelled"
        if unknown := mine.keys() - {work.job.id for work in self._works}:
            leases.release(self._database, self.name, unknown)  # a claim was made, and its answer never arrived

    def _bury_the_dead(self) -> None:
        """Workers on this disk whose lock is free are gone: their jobs need not wait for the end of their leases."""
        for owner in leases.owners(self._database) - {self.name}:
            path = self._locks / owner
            if not path.exists():
                continue  # it is, or was, on another machine
            try:
                with FileLock(str(path)).acquire(timeout=0):
                    leases.release(self._database, owner)
            except Timeout:
                continue
            path.unlink(missing_ok=True)

    def _drain(self) -> None:
        for work in self._works:
            work.stop = work.stop or "drained"
        end = time.monotonic() + _HURRY
        while any(work.thread.is_alive() for work in self._works) and time.monotonic() < end:
            self._beat()
            try:
                self._keep()
            except AWAY as error:
                _log.warning("%s", said(error))
            time.sleep(_TICK)


def main() -> None:
    """Read the settings from standard input, and work until it is closed or SIGTERM comes."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"
    for other in ("hf_synth", "hf_synth.cost", "alembic", "datasets", "httpx", "httpx2", "openai", "anthropic"):
        logging.getLogger(other).setLevel(logging.ERROR)
    logging.getLogger("hf_synth.server").setLevel(logging.INFO)
    logging.getLogger("hf_synth.copies").setLevel(logging.WARNING)  # rows are not handed out before there is one
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the server process tells us
    settings = Settings.model_validate_json(sys.stdin.readline())
    os.umask(0o077)
    os.nice(_NICE)
    try:
        worker = Worker(settings, Pulse(int(sys.argv[1])).beat)
    except HfSynthError as error:
        sys.exit(f"hf-synth: {error}")
    signal.signal(signal.SIGTERM, _ending(worker))
    threading.Thread(target=_watch, args=(worker,), daemon=True).start()
    worker.run()
    os._exit(0)  # whatever a thread still waits for


def _ending(worker: Worker) -> Callable[[int, FrameType | None], None]:
    def end(_: int, __: FrameType | None) -> None:
        worker.ending.set()

    return end


def _watch(worker: Worker) -> None:
    sys.stdin.read()
    worker.ending.set()


if __name__ == "__main__":
    main()
