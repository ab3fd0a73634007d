"""Changes to a repo of the Hub that others change, too: whoever comes second reads again and tries again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeVar

from huggingface_hub import CommitInfo, CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, LocalEntryNotFoundError

T = TypeVar("T")
Reader = Callable[[str], bytes | None]
_log = logging.getLogger("hf_synth")
_RACED = (409, 412)  # another commit is in progress; the parent is not the head any more
_TRIES = 8


def persistent(change: Callable[[], T], *, pause: Callable[[float], None] = time.sleep) -> T:
    """Make a change again for as long as somebody else's commit comes before it, eight times at most.

    `datasets` 5.2 means to do this in `push_to_hub`, but looks for the answer in the wrong exception.

    Raises:
        HfHubHTTPError: what the Hub said, where it was something else, or was said too often.
    """
    for number in range(1, _TRIES):
        try:
            return change()
        except HfHubHTTPError as error:
            status = getattr(error.response, "status_code", None)
            if status not in _RACED:
                raise
            _log.info("Somebody else committed first (HTTP %s): trying again.", status)
        pause(min(10.0, 0.1 * 2**number))
    return change()


def commit(
    api: HfApi,
    repo_id: str,
    edit: Callable[[Reader], Mapping[str, bytes | None]],
    *,
    message: str,
    revision: str | None = None,
    create_pr: bool = False,
) -> CommitInfo | None:
    """Write files in one commit on the head of a revision.

    Args:
        api: the client, with its token.
        repo_id: a dataset repo that exists.
        edit: is given a reader of the repo's files as they are and returns those that should be there, and `None` for
            those that should not; called again where somebody else's commit came first.
        message: its first line.
        revision: a branch or `refs/pr/N`; the main one by default.
        create_pr: open a pull request instead.

    Returns:
        The commit, `None` where all files are as they should be.

    Raises:
        HfHubHTTPError: what the Hub refused.
    """

    def attempt() -> CommitInfo | None:
        head = str(api.repo_info(repo_id, repo_type="dataset", revision=revision).sha)

        @cache
        def read(path: str) -> bytes | None:
            return read_file(api, repo_id, path, head)

        changed = [
            CommitOperationDelete(path) if content is None else CommitOperationAdd(path, content)
            for path, content in edit(read).items()
            if read(path) != content
        ]
        if not changed:
            return None
        return api.create_commit(
            repo_id,
            repo_type="dataset",
            operations=changed,
            commit_message=message,
            revision=revision,
            parent_commit=head,
            create_pr=create_pr,
        )

    return persistent(attempt)


def read_file(api: HfApi, repo_id: str, path: str, revision: str | None = None) -> bytes | None:
    """A file of a repo, `None` where there is none.

    Raises:
        LocalEntryNotFoundError: it cannot be told whether there is one: taking it for missing would overwrite it.
    """
    try:
        place = api.hf_hub_download(repo_id, path, repo_type="dataset", revision=revision)
    except LocalEntryNotFoundError:  # an EntryNotFoundError, too, and what a broken connection ends in
        raise
    except EntryNotFoundError:
        return None
    with open(place, "rb") as file:  # noqa: PTH123 the client returns a str
        return file.read()
