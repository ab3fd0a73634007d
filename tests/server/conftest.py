"""Servers that tests share."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

if find_spec("fastapi") is None:  # as with the oldest dependencies: the extra `server` is not installed
    collect_ignore_glob = ["*"]
else:
    from buckets import s3  # noqa: F401
    from databases import database, database_url, postgres  # noqa: F401
    from serving import Site, settings_of, site

    @pytest.fixture(scope="module")
    def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
        """A server with a worker, for a file of tests."""
        with site(settings_of(tmp_path_factory.mktemp("served"))) as one:
            yield one


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder: they run by themselves, because they take a while."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("server")
