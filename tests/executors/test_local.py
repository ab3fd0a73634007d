"""Rows of one config from this machine's journal, made by the offline provider."""

from __future__ import annotations

import os

import pytest

from generating import local
from hf_synth.executors import hold
from hf_synth.executors.local import Local
from hf_synth.executors.wanted import enough
from hf_synth.registry import resolve


def offline(count=12, **changes):
    return {"schema": "eval_v1", "domain": "x", "count": count, "models": {"generator": "offline"}, **changes}


def test_filling_makes_what_is_missing_and_tells_of_it_on_the_way(tmp_path):
    made, told = local(offline(splits={"a": 8, "b": 4}), tmp_path), []
    made.fill({"a": 8, "b": 4}, told.append)
    assert {
        split: len(places) >= most
        for (split, places), most in zip(made.recorded()[1].places.items(), (8, 4), strict=True)
    }
    assert (told[-1].accepted, told[-1].waiting, told[-1].spent) == (12, False, 0.0)
    assert told[-1].tally.calls >= 12


def test_filling_again_opens_nothing(tmp_path):
    made, told = local(offline(), tmp_path), []
    made.fill({"train": 12})
    before = sorted(path.name for path in made.folder.rglob("*"))
    made.fill({"train": 12}, told.append)
    assert (told, sorted(path.name for path in made.folder.rglob("*"))) == ([], before)


def test_filling_further_goes_on_in_the_same_plan(tmp_path):
    made = local(offline(), tmp_path)
    made.fill({"train": 3})
    first = rows(made)[:3]
    made.fill({"train": 12})
    assert rows(made)[:3] == first


def test_filling_afresh_starts_another_generation(tmp_path):
    made = local(offline(), tmp_path)
    made.fill({"train": 12})
    made.fill({"train": 12}, fresh=True)
    assert sorted(path.name for path in made.folder.glob("0*")) == ["0001", "0002"]


def test_streaming_and_filling_give_the_same_rows(tmp_path):
    one, other = local(offline(), tmp_path / "one"), local(offline(), tmp_path / "other")
    other.fill({"train": 12})
    assert [*one.stream("train")] == rows(other)[:12]


def test_streaming_what_is_on_record_takes_neither_lock_nor_key(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-1234567890")
    model = {"provider": "openai", "model": "m", "base_url": "http://127.0.0.1:9/v1", "api_key_env": "MY_KEY"}
    config = offline(count=5, models={"generator": model})
    elsewhere = local(offline(count=5), tmp_path)
    elsewhere.fill({"train": 5})
    made = local(config, tmp_path)
    elsewhere.folder.rename(made.folder)
    monkeypatch.delenv("MY_KEY")
    with_lock = made.journal()
    assert with_lock.acquire({})
    try:
        assert len([*made.stream("train")]) == 5
    finally:
        with_lock.close()


def test_what_was_recorded_is_read_where_there_is_no_journal_yet(tmp_path):
    made = local(offline(), tmp_path)
    assert made.recorded()[1].accepted == 0
    assert not made.folder.exists()


def test_the_journal_stands_in_the_cache_and_is_for_the_user_alone(tmp_path):
    made = Local(resolve_(offline()), tmp_path)
    made.fill({"train": 1})
    assert made.folder.parent == tmp_path / ".hf_synth"
    assert made.folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("owner", ["", "somebody"])
def test_calls_are_made_in_the_name_of_the_owner_whether_rows_are_filled_or_streamed(tmp_path, monkeypatch, owner):
    opened, really = [], hold.open_parts

    def open_parts(resolved, owner):
        opened.append(owner)
        return really(resolved, owner)

    monkeypatch.setattr(hold, "open_parts", open_parts)
    made = Local(resolve_(offline()), tmp_path, owner)
    made.fill({"train": 3})
    assert len([*made.stream("train")]) == 12
    assert opened == [owner, owner]


def resolve_(config):
    from hf_synth import GenerationConfig

    return resolve(GenerationConfig(**config), os.environ)


def rows(made: Local) -> list:
    journal, recorded = made.recorded()
    return [journal.read(place)["row"] for place in recorded.places["train"]]


@pytest.mark.parametrize(("wanted", "is_enough"), [({"train": 3}, True), ({"train": 4}, False), ({}, True)])
def test_enough_is_every_split_having_what_is_wanted(tmp_path, wanted, is_enough):
    made = local(offline(), tmp_path)
    recorded = made.recorded()[1]
    recorded.places["train"].extend([1, 2, 3])
    assert enough(recorded, wanted) is is_enough
