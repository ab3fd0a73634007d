"""`run.push_to`: a finished dataset goes to the Hub, once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from huggingface_hub import HfApi, get_token
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id

from hf_synth.errors import ConfigError
from hf_synth.executors.local import Local
from hf_synth.executors.sidecar import note_licence, note_pushed
from hf_synth.publishing.push import Target, push
from hf_synth.publishing.told import Told

_log = logging.getLogger("hf_synth")


def check_target(repo_id: str | None, token: str | bool | None = None) -> None:
    """See that a push may succeed, if one is wanted, before anything is paid for.

    Args:
        repo_id: where to; `None` where nowhere.
        token: as in `huggingface_hub`; by default that of the environment.

    Raises:
        ConfigError: the name is none, there is no token, or the Hub does not take it.
    """
    if repo_id is None:
        return
    try:
        validate_repo_id(repo_id)
    except HFValidationError as error:
        raise ConfigError(f"{repo_id!r} is no name of a repo (OWNER/NAME): {error}") from None
    if not isinstance(token, str) and get_token() is None:
        raise ConfigError(
            f"To push to {repo_id!r} takes a token, but there is none.",
            hint="Run `hf auth login`, or set HF_TOKEN to a token that may write.",
        )
    try:
        told = cast("dict[str, Any]", HfApi(token=token).whoami())
    except Exception as error:  # noqa: BLE001  # its HTTP library has errors of its own
        status = getattr(getattr(error, "response", None), "status_code", None)
        said = f"does not take your token (HTTP {status})" if status else f"cannot be asked: {type(error).__name__}"
        raise ConfigError(
            f"{repo_id!r} cannot be pushed to: the Hub {said}.",
            hint="Run `hf auth login`, or set HF_TOKEN to a token that may write.",
        ) from None
    if told.get("auth", {}).get("accessToken", {}).get("role") == "read":
        raise ConfigError(f"{repo_id!r} cannot be pushed to: your token may only read.", hint="Use one that may write.")


def say_unpushed(repo_id: str | None) -> None:
    """Say that a stream is not pushed, where that is wanted: it is never finished."""
    if repo_id is not None:
        _log.warning("Nothing is pushed to %s while the dataset streams: load it without streaming=True.", repo_id)


def finished(folder: str | Path, load: Callable[[], Any], local: Local, token: str | bool | None = None) -> None:
    """Note the licence that the config of a finished dataset names now, and push it to where the config says, once.

    Args:
        folder: of the dataset in the cache; its record notes the push.
        load: gives its splits.
        local: its config and journal.
        token: as in `huggingface_hub`.

    Raises:
        HfHubHTTPError: what the Hub refused. The rows are in the cache: loading them again pushes them again.
    """
    record, repo_id = note_licence(local, folder), local.resolved.config.run.push_to
    if record is None or repo_id is None or repo_id in record.get("pushed", ()):
        return
    push(Told(load(), record, local, changed=False), Target(repo_id, token=token))
    note_pushed(folder, repo_id)
    _log.warning("Pushed to %s.", repo_id)
