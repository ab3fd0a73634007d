"""A fixture that turns the real clients of this process to a double of the Hugging Face Hub."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import pytest

from servers.hub import FakeHub


@pytest.fixture
def hub(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A Hub that `huggingface_hub` and `datasets` use in this test, as the user `user` with the token `hf_test`.

    New processes that the test starts use it, too, but not those out of the fork server (`generating.Child`): they
    have imported the clients, which read the environment but once.
    """
    if "generating" in sys.modules:
        forkserver.ensure_running()  # now, lest this test starts it and it keeps the address for others
    # How huggingface_hub 2.4 uploads a large file, httpx2 finds out of date. The filter ends with the test.
    warnings.filterwarnings("ignore", "Use 'content=<...>' to upload raw", DeprecationWarning)
    with FakeHub(home=tmp_path / "hub") as server:
        _turn(server, monkeypatch, tmp_path / "hub")
        _forget()
        yield server
        _forget()


def _turn(server: FakeHub, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    import datasets.config
    from huggingface_hub import constants, file_download, hf_api, hf_file_system

    url = server.url
    template = {"HUGGINGFACE_CO_URL_TEMPLATE": url + "/{repo_id}/resolve/{revision}/{filename}"}
    values: dict[Any, dict[str, Any]] = {
        constants: {
            "HF_HUB_OFFLINE": False,
            "ENDPOINT": url,
            "HF_HUB_CACHE": str(home / "hub"),
            **template,
        },
        file_download: template,  # which has a copy of its own before huggingface_hub 1.0
        datasets.config: {
            "HF_HUB_OFFLINE": False,
            "HF_DATASETS_OFFLINE": False,
            "HF_ENDPOINT": url,
            "HUB_DATASETS_URL": url + "/datasets/{repo_id}/resolve/{revision}/{path}",
            "USE_PARQUET_EXPORT": False,  # of the viewer, which is another server
        },
    }
    # Made when imported, with the address of then: what `huggingface_hub.create_repo` and the like are methods of.
    made: list[Any] = [hf_api.api]
    if shared := getattr(hf_file_system, "hffs", None):
        made += [shared, shared._api]
    for client in made:
        values[client] = {"endpoint": url}
    for where, settings in values.items():
        for name, value in settings.items():
            monkeypatch.setattr(where, name, value, raising=False)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)


def _forget() -> None:
    """Close connections, and drop listings of files."""
    from fsspec.implementations.dirfs import DirFileSystem
    from huggingface_hub import hf_file_system, utils

    for name in ("close_session", "reset_sessions"):  # since and before huggingface_hub 1.0
        getattr(utils, name, lambda: None)()
    if shared := getattr(hf_file_system, "hffs", None):
        shared.invalidate_cache()
    hf_file_system.HfFileSystem.clear_instance_cache()
    DirFileSystem.clear_instance_cache()
