from __future__ import annotations

import logging
import os
import threading

import pytest

from hf_synth.executors import ranks


@pytest.mark.parametrize(
    ("world", "rank", "waits"),
    [
        (None, None, False),
        ("1", "0", False),
        ("4", "0", False),
        ("4", "1", True),
        ("2", "1", True),
        ("1", "1", False),
        ("4", None, False),
        ("many", "1", False),
        ("4", "first", False),
    ],
)
def test_only_ranks_other_than_0_of_a_launch_of_several_wait(monkeypatch, world, rank, waits):
    for name, value in (("WORLD_SIZE", world), ("RANK", rank)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert ranks.must_wait() is waits


def test_waiting_ends_when_rank_0_has_written_the_file(tmp_path):
    made = tmp_path / "dataset_info.json"
    rank_0 = threading.Timer(0.3, made.write_text, ["{}"])
    rank_0.start()
    ranks.wait_for_file(str(made), fresh=False)
    assert made.exists()
    rank_0.join()


def test_a_file_of_an_earlier_launch_is_good_enough_unless_a_fresh_one_is_wanted(tmp_path):
    made = tmp_path / "dataset_info.json"
    made.write_text("old")
    os.utime(made, (1, 1))
    ranks.wait_for_file(str(made), fresh=False)

    rank_0 = threading.Timer(0.3, made.write_text, ["new"])
    rank_0.start()
    ranks.wait_for_file(str(made), fresh=True)
    assert made.read_text() == "new"
    rank_0.join()


def test_a_fresh_file_written_before_this_rank_looked_is_not_waited_for(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    made = tmp_path / "dataset_info.json"
    made.write_text("rank 0 was quick")
    ranks.wait_for_file(str(made), fresh=True)
    assert caplog.text == ""


def test_a_second_fresh_load_waits_for_a_second_file(tmp_path):
    made = tmp_path / "dataset_info.json"
    made.write_text("first")
    ranks.wait_for_file(str(made), fresh=True)

    def again() -> None:
        made.write_text("second")
        os.utime(made)

    rank_0 = threading.Timer(0.3, again)
    rank_0.start()
    ranks.wait_for_file(str(made), fresh=True)
    assert made.read_text() == "second"
    rank_0.join()
