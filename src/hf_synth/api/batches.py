"""`cancel`: ends the batches of a config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hf_synth.api.find import local
from hf_synth.config.read import ConfigLike
from hf_synth.executors.cancelling import OutBatch, cancel_batches


def cancel(
    config: ConfigLike, *, cache_dir: str | Path | None = None, forget: bool = False, **overrides: Any
) -> list[OutBatch]:
    """Cancel the batches of a config that are out at the provider, whichever process sent them.

    What they have answered by then is paid for, and put on record by the next run. A process that waits for them
    stops with `BatchesCancelled`.

    Args:
        config: a `GenerationConfig`, a mapping, or the path of a recipe.
        cache_dir: the cache whose journal is looked at.
        forget: instead, give up those that the provider does not know any more: they count as paid for.
        overrides: fields that win over those of `config`.

    Returns:
        The batches that were out: `mark` (ours), `id` (the provider's), `requests`, `since` (ISO 8601), `became`.

    Raises:
        ProviderError: the provider did not take a cancellation; the others were asked for all the same.
        JournalError: `forget`, while a process works on the journal.
    """
    return cancel_batches(local(config, cache_dir, **overrides), forget=forget)
