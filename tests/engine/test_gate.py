from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from engine.making import Exact, NoteRow, config_of
from hf_synth.config import GenerationConfig
from hf_synth.engine.gate import Gate, Ruling
from hf_synth.quality._neighbours import Neighbours
from hf_synth.types import Candidate


@dataclass(frozen=True)
class Loud:
    name: str = "refusal"  # the name of a check, so that it has a switch
    version: int = 3
    flags: bool = False

    def __call__(self, candidate: Candidate, config: GenerationConfig) -> str | None:
        return "an exclamation mark" if "!" in candidate.responses[0] else None


def candidate(answer: str, note: str = "a note") -> Candidate:
    return Candidate({"note": note, "answer": answer}, note, (answer,))


def gate(check: Any, **quality: Any) -> Gate:
    return Gate(config_of(quality=quality), NoteRow, [check], Exact)


@pytest.mark.parametrize(("flags", "switch"), [(False, True), (True, "drop"), (False, "drop")])
def test_a_check_that_drops_gives_the_cause(flags, switch):
    ruling = gate(Loud(flags=flags), refusal=switch).judge(candidate("yes!"), "train")
    assert ruling == Ruling("refusal", "an exclamation mark")


@pytest.mark.parametrize(("flags", "switch"), [(True, True), (False, "flag"), (True, "flag")])
def test_a_check_that_flags_notes_the_objection_and_lets_the_row_pass(flags, switch):
    ruling = gate(Loud(flags=flags), refusal=switch).judge(candidate("yes!"), "train")
    assert ruling == Ruling(flags={"refusal": "an exclamation mark"})


@pytest.mark.parametrize("flags", [True, False])
def test_a_check_that_is_off_is_not_asked(flags):
    made = gate(Loud(flags=flags), refusal=False)
    assert made.judge(candidate("yes!"), "train") == Ruling()
    assert made.checks == {}


def test_the_checks_of_a_gate_are_told_with_their_versions():
    assert gate(Loud()).checks == {"refusal": 3}


def test_a_row_that_fits_no_schema_is_dropped_before_any_check():
    made = gate(Loud()).judge(Candidate({"note": "x", "answer": 4}, "x", ("yes!",)), "train")
    assert made.cause == "schema"


LONG = "A family in the north wants to keep a small green house warm through the long winter without any power"
NEAR = LONG + " at all"


def texts(switch: Any, *pairs: tuple[str, str]) -> list[str]:
    """Causes, `flag` for a flagged row, empty for a row."""
    config = config_of(splits={"train": 0.5, "test": 0.5}, quality={"duplicate": switch})

    def near() -> Neighbours:
        return Neighbours(config.quality.mode("duplicate", "drop"), 0.7, list(config.splits))

    made = Gate(config, NoteRow, [], near)
    rulings = [made.judge(candidate("fine", text), split) for text, split in pairs]
    return [ruling.cause or ("flag" if ruling.flags else "") for ruling in rulings]


@pytest.mark.parametrize("splits", [("train", "train"), ("train", "test")])
def test_near_duplicates_are_dropped_in_all_splits(splits):
    assert texts(True, (LONG, splits[0]), (NEAR, splits[1])) == ["", "duplicate"]


@pytest.mark.parametrize(("switch", "kept"), [(False, ""), ("flag", "flag")])
def test_near_duplicates_that_are_kept_within_a_split_are_dropped_across_splits(switch, kept):
    assert texts(switch, (LONG, "train"), (NEAR, "train"), (NEAR + " now", "test")) == ["", kept, "leakage"]


@pytest.mark.parametrize("switch", [True, False, "flag"])
def test_equal_texts_are_dropped_whatever_the_switch(switch):
    assert texts(switch, (LONG, "train"), (LONG.upper(), "train"), (LONG, "test")) == ["", "duplicate", "duplicate"]
