"""Journals that are kept in the store, and rows that are handed out once they are."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from generating import until
from hf_synth.config import GenerationConfig
from hf_synth.executors.local import Local
from hf_synth.registry import resolve
from hf_synth.server.copies import Copies, needed
from hf_synth.server.store import Store
from serving import OFFLINE, settings_of


def nothing() -> None:
    pass


def made(folder: Path) -> Local:
    local = Local(resolve(GenerationConfig(**OFFLINE), os.environ), folder)
    local.fill(local.resolved.targets)
    return local


def test_rows_are_safe_once_a_copy_was_begun_after_they_were_seen(tmp_path):
    journal = made(tmp_path / "disk").folder
    copies = Copies(Store(str(tmp_path / "store")), "key", journal)
    with copies.kept(nothing):
        assert copies.safe({"train": 5}, due=False) == {"train": 0}
        until(lambda: copies.safe({"train": 5}, due=True) == {"train": 5}, "a copy")
        assert copies.safe({"train": 6}, due=False) == {"train": 5}
    assert copies.safe({"train": 6}, due=False) == {"train": 6}


def test_whoever_has_another_disk_is_brought_the_journal(tmp_path):
    store, journal = Store(str(tmp_path / "store")), made(tmp_path / "disk").folder
    with Copies(store, "key", journal).kept(nothing):
        pass
    shutil.rmtree(journal)
    with Copies(store, "other", journal).kept(nothing):
        assert not journal.exists()
    with Copies(store, "key", journal).kept(nothing):
        assert journal.exists()


def test_what_ends_the_run_is_told_whether_or_not_the_last_copy_can_be_taken(tmp_path):
    journal = made(tmp_path / "disk").folder
    with pytest.raises(InterruptedError), Copies(Store(str(tmp_path / "store")), "key", journal).kept(nothing):
        raise InterruptedError


@pytest.mark.parametrize(
    ("database", "store", "expected"),
    [
        ("", "", False),
        ("", "/mnt/large", False),
        ("postgresql://host/jobs", "", False),
        ("postgresql://host/jobs", "/mnt/shared", True),
        ("", "memory://jobs", True),
    ],
)
def test_copies_are_needed_where_jobs_may_go_on_elsewhere(tmp_path, database, store, expected):
    settings = settings_of(tmp_path, database=database, store=store)
    assert needed(settings, Store(settings.store_url)) is expected
