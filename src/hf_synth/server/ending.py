"""How jobs end: with whole files in the store, or with batches that are ended, too."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from hf_synth.engine.batches import batches_of
from hf_synth.errors import HfSynthError, ProviderError
from hf_synth.executors.cancelling import cancel_batches
from hf_synth.executors.local import Local
from hf_synth.server.jobs import Job
from hf_synth.server.patience import patiently
from hf_synth.server.store import Store, StoreFailed

_log = logging.getLogger("hf_synth.server")
_ASKING = 20.0  # seconds in which a provider is asked again to end its batches
_finishing = threading.Lock()  # one job at a time holds all of its rows


def complete(store: Store, job: Job, root: Path, local: Local, going_on: Callable[[], object]) -> dict[str, Any]:
    """Write the whole files of a job whose rows are all made; values of its columns, and `parts`.

    Args:
        store: takes them. Where it is away, they are written when it answers.
        job: the job.
        root: the cache of its key.
        local: its config and journal.
        going_on: see `patiently`.

    Raises:
        StoreFailed: it was away for too long.
    """

    def write() -> dict[str, Any]:
        with _finishing:
            going_on()
            from datasets import load_dataset  # noqa: PLC0415  # pyright: ignore[reportUnknownVariableType]

            from hf_synth.server.whole import write_whole  # noqa: PLC0415  # both take seconds: jobs begin before

            made: Any = load_dataset("hf_synth", local.resolved.config, cache_dir=str(root))  # pyright: ignore[reportArgumentType]
            whole, files = write_whole(store, job, made, root)
            _forget(made)
            return {"files": files, "parts": whole}

    return patiently(write, StoreFailed, going_on)


def _forget(made: Any) -> None:
    """Remove the dataset: its rows are in the store, where they go when the job is deleted, and in the journal."""
    file = next((file["filename"] for rows in made.values() for file in rows.cache_files), None)
    if file is not None:
        shutil.rmtree(Path(file).parents[2], ignore_errors=True)  # of this config alone: its version, then its hash


def tidy(store: Store, job: Job) -> None:
    """Remove what the whole files replace."""
    with suppress(StoreFailed):
        store.remove(f"jobs/{job.id}/parts")


def cancel_out(local: Local) -> None:
    """End the batches of a cancelled job that are out: what the provider has not done yet costs nothing."""
    with closing(local.journal()) as journal:
        if not batches_of(journal).out:
            return
    try:
        patiently(lambda: cancel_batches(local), ProviderError, patience=_ASKING)
    except HfSynthError as error:
        _log.error("Batches of a cancelled job are still out: %s", type(error).__name__)  # without its words
