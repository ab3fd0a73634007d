"""`run.push_to`: a finished dataset goes to the Hub, once."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, get_token
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from huggingface_hub.utils import validate_repo_id

from hf_synth.errors import ConfigError
from hf_synth.executors.local import Local
from hf_synth.executors.sidecar import note_pushed, read_record
from hf_synth.publishing.push import Target, push
from hf_synth.publishing.told import Told

_log = logging.getLogger("hf_synth")


def check_target(repo_id: str | None) -> None:
    """See that a push may succeed, if one is wanted, before anything is paid for.

    Raises:
        ConfigError: the name is none, there is no token, or the Hub does not take it.
    """
    if repo_id is None:
        return
    try:
        validate_repo_id(repo_id)
    except HFValidationError as error:
        raise ConfigError(f"{repo_id!r} is no name of a repo (OWNER/NAME): {error}") from None
    if get_token() is None:
        raise ConfigError(
            f"To push to {repo_id!r} takes a token, but there is none.",
            hint="Run `hf auth login`, or set HF_TOKEN to a token that may write.",
        )
    try:
        HfApi().whoami()
    except HfHubHTTPError as error:
        status = getattr(error.response, "status_code", None)
        raise ConfigError(
            f"{repo_id!r} cannot be pushed to: the Hub does not take your token (HTTP {status}).",
            hint="Run `hf auth login`, or set HF_TOKEN to a token that may write.",
        ) from None


def say_unpushed(repo_id: str | None) -> None:
    """Say that a stream is not pushed, where that is wanted: it is never finished."""
    if repo_id is not None:
        _log.warning("Nothing is pushed to %s while the dataset streams: load it without streaming=True.", repo_id)


def push_once(folder: str | Path, parts: Any, local: Local) -> None:
    """Push a finished dataset to where its config says, unless it was pushed there before.

    Args:
        folder: of the dataset in the cache; its record notes the push.
        parts: its splits.
        local: its config and journal.

    Raises:
        HfHubHTTPError: what the Hub refused. The rows are in the cache: loading them again pushes them again.
    """
    record, repo_id = read_record(folder), local.resolved.config.run.push_to
    if record is None or repo_id is None or repo_id in record.get("pushed", ()):
        return
    push(Told(parts, record, local, changed=False), Target(repo_id))
    note_pushed(folder, repo_id)
