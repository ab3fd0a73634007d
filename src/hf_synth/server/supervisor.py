"""The worker as its server looks after it: started, listened to, started again, ended."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from contextlib import suppress

from hf_synth.server.pulse import Listener
from hf_synth.server.settings import Settings

_log = logging.getLogger("hf_synth.server")
_STOP = 100.0  # seconds that the worker gets to let calls in flight end
_LONGEST_PAUSE = 30.0
_LOOK = 0.2


class Supervisor:
    """Keeps a worker running. Where this process dies, the worker's standard input closes and it ends, too.

    Args:
        settings: of the server.
        unwell: seconds without a pulse after which the worker counts as one that does not run.
        stuck: seconds after which it is ended, and another one started. Longer than its loop waits for anything: a
            database that does not answer, for about a minute.
    """

    def __init__(self, settings: Settings, *, unwell: float = 60.0, stuck: float = 180.0) -> None:
        self._settings, self._unwell, self._stuck = settings, unwell, stuck
        self._ending = threading.Event()
        self._worker: subprocess.Popen[bytes] | None = None
        self._silence = 0.0
        self._thread = threading.Thread(target=self._keep, name="hf_synth supervisor", daemon=True)

    @property
    def working(self) -> bool:
        """Whether the worker runs and was heard of a moment ago."""
        return self._worker is not None and self._worker.poll() is None and self._silence < self._unwell

    def start(self) -> None:
        """Start the worker."""
        self._thread.start()

    def end(self) -> None:
        """Tell the worker to begin no further call."""
        self._ending.set()

    def stop(self) -> None:
        """Let the worker finish its calls in flight, and wait until it has."""
        self.end()
        self._thread.join(_STOP + 5)

    def kill(self, *_: object) -> None:
        """End the worker at once. Calls in flight are lost, which may have been paid for; the rest is on record."""
        if self._worker is not None:
            self._worker.kill()

    def _keep(self) -> None:
        pause = 0.5
        while not self._ending.is_set():
            began = time.monotonic()
            try:
                with Listener() as listener:
                    worker = self._started(listener)
                    self._look_after(worker, listener)
            except OSError as error:  # no memory, file or process to be had at the moment
                _log.error("The worker cannot be started: %s", error.strerror)
                self._ending.wait(_LONGEST_PAUSE)
                continue
            if self._ending.is_set():
                self._end(worker)
                return
            pause = 0.5 if time.monotonic() - began > 60 else min(_LONGEST_PAUSE, 2 * pause)
            _log.error("The worker ended with code %s and is started again in %.0f s.", worker.returncode, pause)
            self._ending.wait(pause)

    def _started(self, listener: Listener) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "hf_synth.server.worker", str(listener.theirs)]
        try:
            worker = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=(listener.theirs,))  # noqa: S603  # ours
        finally:
            listener.given()
        assert worker.stdin is not None
        worker.stdin.write(self._settings.model_dump_json().encode() + b"\n")
        worker.stdin.flush()
        self._worker, self._silence = worker, 0.0
        return worker

    def _look_after(self, worker: subprocess.Popen[bytes], listener: Listener) -> None:
        """Until the worker has ended, or is to end."""
        while worker.poll() is None and not self._ending.wait(_LOOK):
            self._silence = listener.listen()
            if self._silence > self._stuck:
                _log.error("The worker was not heard of for %.0f s and is ended.", self._silence)
                worker.kill()
                with suppress(subprocess.TimeoutExpired):
                    worker.wait(_STOP)
        if not self._ending.is_set():
            assert worker.stdin is not None
            worker.stdin.close()

    @staticmethod
    def _end(worker: subprocess.Popen[bytes]) -> None:
        assert worker.stdin is not None
        worker.stdin.close()
        try:
            worker.wait(_STOP)
        except subprocess.TimeoutExpired:
            worker.kill()
