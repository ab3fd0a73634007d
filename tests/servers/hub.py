"""A double of the Hugging Face Hub: the real `huggingface_hub` and `datasets` push to it and load from it.

It keeps dataset repositories in memory, with their history, branches, tags and pull requests.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import unquote

from aiohttp import web

from servers.base import FakeServer
from servers.hub_routes import Routes
from servers.hub_store import Commit, Repo, blobs
from servers.hub_told import Asked


class FakeHub(FakeServer):
    """Use as a context manager. `script` is as of any `FakeServer`: answers to give first, one per request.

    Args:
        tokens: users by their tokens. A user may write to `user/...` alone, and open pull requests elsewhere.
        home: of the client in other processes, where it keeps what it downloaded.

    Attributes:
        tokens: as given; add to them as you like.
        requests: what came in, in order: `method`, `path` and `token` of each.
        environment: variables that point a new process at this Hub, as the first user. They are read when
            `huggingface_hub` and `datasets` are imported, so they do nothing for a process that has done so.
    """

    desk = staticmethod(lambda _: None)  # batches are no business of a Hub
    requests: list[Asked]

    def __init__(self, tokens: Mapping[str, str] | None = None, home: Path | None = None) -> None:
        super().__init__()
        self.tokens = dict(tokens or {"hf_test": "user"})
        self.routes = Routes(self.tokens)
        self.environment = {
            "HF_TOKEN": next(iter(self.tokens)),
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_UPDATE_DOWNLOAD_COUNTS": "0",
        } | ({"HF_HOME": str(home)} if home else {})

    def __enter__(self) -> Self:
        super().__enter__()
        self.environment["HF_ENDPOINT"] = self.url
        return self

    def put(self, repo: str, files: Mapping[str, bytes], private: bool = False) -> Commit:
        """Make a repository if there is none, and commit files to it. Names and sizes tell which go to Git LFS."""
        kept = self.routes.repos.setdefault(repo, Repo(repo, private))
        return kept.commit("main", blobs(files), f"Upload {len(files)} files", kept.owner)

    def edit(self, repo: str, path: str, content: bytes | None, revision: str = "main") -> Commit:
        """Write or delete a file as a person does in the editor of the web site."""
        title = f"{'Delete' if content is None else 'Update'} {path}"
        return self.routes.repos[repo].commit(revision, blobs({path: content}), title, "editor")

    def race(self, times: int, change: Mapping[str, bytes | None] | None = None) -> None:
        """Let another writer be faster: just before each of the next commits, one of theirs lands on the same branch.

        A client that names the parent of its commit is refused with 412, so many times.

        Args:
            change: what each of them writes; None deletes a file. By default, a note that no loader reads.
        """
        self.routes.races += [change or {"notes/race.md": b"%d\n" % number} for number in range(times)]

    def files(self, repo: str, revision: str = "main") -> dict[str, bytes]:
        """All files, `.gitattributes` among them, by their paths."""
        return {path: blob.content for path, blob in self.routes.repos[repo].at(revision).files.items()}

    def commits(self, repo: str, revision: str = "main") -> list[Commit]:
        """The history, newest first."""
        return [*self.routes.repos[repo].at(revision).history()]

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.rel_url.raw_path
        headers = {name.lower(): value for name, value in request.headers.items()}
        parts = tuple(unquote(part) for part in path.strip("/").split("/"))
        raw = await request.content.read()
        asked = Asked(request.method, path, headers, raw, time.monotonic(), dict(request.query), parts)
        self.requests.append(asked)
        return await self._send(request, self.script.pop(0) if self.script else self.routes.answer(asked))
