"""What the Hugging Face Hub answers about dataset repositories: the part of its API that clients push and load with."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from servers import hub_told as told
from servers.base import Answer
from servers.hub_store import MAIN, Blob, Refused, Repo, blobs
from servers.hub_told import Asked


class Routes:
    """The Hub's state and its answers.

    Args:
        tokens: users by their tokens. A user owns the repositories of that namespace, and no others.

    Attributes:
        races: what another writer is going to commit, each just before the next commit of a client.
    """

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self.tokens = tokens
        self.repos: dict[str, Repo] = {}
        self.races: list[Mapping[str, bytes | None]] = []
        self._objects: dict[str, bytes] = {}

    def answer(self, asked: Asked) -> Answer:
        try:
            return self._answer(asked, self._user(asked.token))
        except Refused as refused:
            return Answer({"error": str(refused)}, refused.status, refused.headers)

    def _answer(self, asked: Asked, user: str | None) -> Answer:
        match asked.method, asked.parts:
            case "GET", ("api", "whoami-v2"):
                return Answer({"type": "user", "name": _known(user), "orgs": [], "auth": {"type": "access_token"}})
            case "POST", ("api", "repos", "create"):
                return self._create(asked, _known(user))
            case "POST", ("api", "validate-yaml"):
                return told.validated(json.loads(asked.body)["content"])
            case "PUT", ("lfs", oid):  # as with storage elsewhere, the URL is the permission
                if hashlib.sha256(asked.body).hexdigest() != oid:
                    raise Refused(400, "The content is not what its name says")
                self._objects[oid] = asked.body
                return Answer({})
            case "GET" | "HEAD", ("datasets", owner, name, "resolve", revision, *path):
                return told.content(asked, self._repo(f"{owner}/{name}", user).at(revision), "/".join(path))
            case "POST", ("datasets", owner, name, "info", "lfs", "objects", "batch"):
                return self._upload(asked, self._repo(f"{owner}/{name.removesuffix('.git')}", _known(user)))
            case "POST", ("lfs", oid):
                return self._uploaded(oid, json.loads(asked.body)["size"])
            case _, ("api", "datasets", owner, name, *rest):
                return self._dataset(asked, self._repo(f"{owner}/{name}", user), user, rest)
        raise Refused(404, f"The double of the Hub has no {asked.method} {asked.path}")

    def _dataset(self, asked: Asked, repo: Repo, user: str | None, rest: list[str]) -> Answer:
        match asked.method, rest:
            case "GET", []:
                return Answer(told.info(repo, repo.refs[MAIN]))
            case "GET", ["revision", revision]:
                return Answer(told.info(repo, repo.at(revision)))
            case "GET", ["tree", revision, *path]:
                commit, folder = repo.at(revision), "/".join(path).strip("/")
                if folder and not commit.within(folder):
                    raise Refused(404, f"{folder} does not exist on {revision}", "EntryNotFound")
                paths = commit.paths(folder, asked.flag("recursive"))
                return Answer([commit.told(path, asked.flag("expand")) for path in paths])
            case "POST", ["paths-info", revision]:
                commit, form = repo.at(revision), parse_qs(asked.body.decode())
                paths = [path.strip("/") for path in form.get("paths", [])]
                expand = form.get("expand", [""])[0].lower() == "true"
                return Answer([commit.told(path, expand) for path in paths if commit.within(path)])
            case "GET", ["commits", revision]:
                return Answer([told.logged(commit) for commit in repo.at(revision).history()])
            case "GET", ["refs"]:
                return Answer(told.refs(repo))
            case "POST", ["preupload", revision]:
                _writer(repo, user, asked)
                commit, files = repo.at(revision), json.loads(asked.body)["files"]
                return Answer({"files": [told.mode(file, commit) for file in files]})
            case "POST", ["commit", revision]:
                return self._commit(asked, repo, _writer(repo, user, asked), revision)
            case "POST" | "DELETE", ["branch" | "tag" as kind, name]:
                _writer(repo, user, asked)
                return told.refer(repo, asked, json.loads(asked.body or b"{}"), kind, name)
        raise Refused(404, f"The double of the Hub has no {asked.method} {asked.path}")

    def _user(self, token: str | None) -> str | None:
        if token is not None and token not in self.tokens:
            raise Refused(401, "Invalid credentials in Authorization header")
        return None if token is None else self.tokens[token]

    def _repo(self, name: str, user: str | None) -> Repo:
        repo = self.repos.get(name)
        if repo is None or (repo.private and user != repo.owner):
            _known(user)
            raise Refused(404, "Repository not found", "RepoNotFound")
        return repo

    def _create(self, asked: Asked, user: str) -> Answer:
        wanted = json.loads(asked.body)
        owner = wanted.get("organization") or user
        name = f"{owner}/{wanted['name']}"
        if wanted.get("type") != "dataset":
            raise Refused(400, "The double of the Hub keeps datasets alone")
        if owner != user:
            raise Refused(403, f'You don\'t have the rights to create a dataset under the namespace "{owner}"')
        made = {"url": f"{asked.host}/datasets/{name}", "name": name}
        if name in self.repos:
            return Answer(made | {"error": "You already created this dataset repo"}, 409)
        self.repos[name] = Repo(name, wanted.get("visibility") == "private" or bool(wanted.get("private")))
        return Answer(made)

    def _upload(self, asked: Asked, repo: Repo) -> Answer:
        objects: list[dict[str, Any]] = json.loads(asked.body)["objects"]
        for each in objects:
            if each["oid"] not in self._objects:
                to = {"href": f"{asked.host}/lfs/{each['oid']}"}
                each["actions"] = {"upload": to, "verify": to}
        return Answer({"transfer": "basic", "objects": objects})

    def _uploaded(self, oid: str, size: int) -> Answer:
        if len(self._objects.get(oid, b"")) != size:
            raise Refused(404, "The object was not uploaded")
        return Answer({})

    def _commit(self, asked: Asked, repo: Repo, user: str, revision: str) -> Answer:
        header, *operations = map(json.loads, asked.body.splitlines())
        title, message = header["value"]["summary"], header["value"].get("description", "")
        parent = header["value"].get("parentCommit", "")
        changes = [self._change(operation["key"], operation["value"]) for operation in operations]
        if self.races:
            repo.commit(revision, blobs(self.races.pop(0)), "Another writer's commit", "another")
        url = f"{asked.host}/datasets/{repo.name}"
        done: dict[str, Any] = {"success": True}
        if asked.flag("create_pr"):
            commit, number = repo.pull(repo.at(parent or revision), changes, title, user, message)
            done["pullRequestUrl"] = f"{url}/discussions/{number}"
        else:
            commit = repo.commit(revision, changes, title, user, message=message, parent=parent)
        return Answer(done | {"commitOid": commit.oid, "commitUrl": f"{url}/commit/{commit.oid}"})

    def _change(self, key: str, value: Mapping[str, Any]) -> tuple[str, Blob | None]:
        path = value["path"]
        if key == "file":
            return path, Blob(base64.b64decode(value["content"]))
        if key == "lfsFile":
            if value["oid"] not in self._objects:
                raise Refused(400, f"LFS pointer of {path} points to a file that was not uploaded")
            return path, Blob(self._objects[value["oid"]], large=True)
        if key in ("deletedFile", "deletedFolder"):
            return path.rstrip("/") + ("/" if key == "deletedFolder" else ""), None
        raise Refused(400, f"The double of the Hub knows no operation {key}")


def _known(user: str | None) -> str:
    if user is None:  # what is private, missing or to be written is all the same to who may not know
        raise Refused(401, "Invalid username or password.", "RepoNotFound")
    return user


def _writer(repo: Repo, user: str | None, asked: Asked) -> str:
    """Who writes. Anyone who can read may open a pull request."""
    if _known(user) != repo.owner and not asked.flag("create_pr"):
        raise Refused(403, f"{user} may not write to {repo.name}")
    return _known(user)
