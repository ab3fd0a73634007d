"""How the Hugging Face Hub words what it is asked: requests as they come in, and the shapes of its answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from servers.base import Answer, Received
from servers.hub_store import MAIN, Commit, Refused, Repo, is_large

_YAML = re.compile(r"\A\s*---\r?\n(.*?)\r?\n---", re.DOTALL)
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_KINDS = {"branches": "refs/heads/", "tags": "refs/tags/", "pullRequests": "refs/pr/"}


@dataclass(frozen=True)
class Asked(Received):
    """A request. `path` is as sent, with `%2F` in it; `parts` are its parts, decoded; the body is bytes."""

    parts: tuple[str, ...] = ()

    @property
    def token(self) -> str | None:
        """The token that came with it."""
        return self.headers["authorization"].removeprefix("Bearer ") if "authorization" in self.headers else None

    @property
    def host(self) -> str:
        return f"http://{self.headers['host']}"

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() in ("1", "true")


def info(repo: Repo, commit: Commit) -> dict[str, Any]:
    """A repository, seen at a commit."""
    siblings = []
    for path, blob in commit.files.items():
        lfs = blob.told().get("lfs")
        size = {"size": len(blob.content), "blobId": blob.oid}
        siblings.append({"rfilename": path, **size, "lfs": lfs and {**lfs, "sha256": lfs["oid"]}})
    card = commit.files.get("README.md")
    told = {"id": repo.name, "author": repo.owner, "sha": commit.oid, "lastModified": commit.date}
    told |= {"private": repo.private, "disabled": False, "gated": False, "tags": [], "downloads": 0, "likes": 0}
    return told | {"siblings": siblings, "cardData": _header(card.content.decode()) if card else None}


def logged(commit: Commit) -> dict[str, Any]:
    told = {"id": commit.oid, "title": commit.title, "message": commit.message, "date": commit.date}
    return told | {"authors": [{"user": commit.author}]}


def refs(repo: Repo) -> dict[str, Any]:
    told: dict[str, Any] = {"converts": []}
    for kind, prefix in _KINDS.items():
        of_kind = {ref: commit.oid for ref, commit in repo.refs.items() if ref.startswith(prefix)}
        told[kind] = [{"name": ref[len(prefix) :], "ref": ref, "targetCommit": oid} for ref, oid in of_kind.items()]
    return told


def mode(file: Mapping[str, Any], commit: Commit) -> dict[str, Any]:
    """How a file is to be uploaded, and what is there already."""
    there = commit.files.get(file["path"])
    way = "lfs" if is_large(file["path"], file["size"]) else "regular"
    return {"path": file["path"], "uploadMode": way, "shouldIgnore": False, "oid": there.etag if there else None}


def validated(card: str) -> Answer:
    """What is wrong with the header of a card."""
    try:
        header = _header(card)
    except yaml.YAMLError as error:
        return Answer({"error": str(error), "errors": [{"message": str(error)}], "warnings": []}, 400)
    if header is None:
        return Answer({"errors": [], "warnings": [{"message": "empty or missing yaml metadata in repo card"}]})
    if not isinstance(header, dict):
        return Answer({"errors": [{"message": "the metadata must be a mapping"}], "warnings": []}, 400)
    return Answer({"errors": [], "warnings": []})


def content(asked: Asked, commit: Commit, path: str) -> Answer:
    """A file, or a range of its bytes.

    Raises:
        Refused: there is no such file, or it ends before the range.
    """
    blob, headers = commit.files.get(path), {"X-Repo-Commit": commit.oid}
    if blob is None:
        raise Refused(404, "Entry not found", "EntryNotFound", headers)
    headers |= {"ETag": f'"{blob.etag}"', "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
    size = len(blob.content)
    if blob.large:
        headers |= {"X-Linked-Etag": f'"{blob.etag}"', "X-Linked-Size": str(size)}
    wanted = _RANGE.fullmatch(asked.headers.get("range", ""))
    if not wanted:
        return Answer(blob.content, 200, headers)
    first, last = wanted.groups()
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last) + 1, size) if first and last else size
    if start >= end:
        raise Refused(416, "Range not satisfiable", headers={"Content-Range": f"bytes */{size}"})
    return Answer(blob.content[start:end], 206, headers | {"Content-Range": f"bytes {start}-{end - 1}/{size}"})


def refer(repo: Repo, asked: Asked, wanted: Mapping[str, Any], kind: str, name: str) -> Answer:
    """Make or delete a branch or a tag. Of a new tag, the path names the revision, and the body the tag."""
    start = wanted.get("startingPoint", MAIN) if kind == "branch" else name
    made = wanted["tag"] if kind == "tag" and asked.method == "POST" else name
    ref = ("refs/heads/" if kind == "branch" else "refs/tags/") + made
    if asked.method == "POST" and ref in repo.refs:
        raise Refused(409, f"Reference {ref} exists already")
    if asked.method == "POST":
        repo.refs[ref] = repo.at(start)
    elif repo.refs.pop(ref, None) is None:
        raise Refused(404, f"Reference {ref} does not exist", "RevisionNotFound")
    return Answer({})


def _header(card: str) -> Any:
    found = _YAML.match(card)
    return yaml.safe_load(found[1]) if found else None
