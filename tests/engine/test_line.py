from __future__ import annotations

from typing import Any, cast

from hf_synth.engine.line import Line
from hf_synth.types import Endpoint


def line() -> Line:
    nobody = cast("Any", None)
    return Line(Endpoint("p", "m"), nobody, nobody, ("json_schema", "json_object", "prompt"), 1.0, nobody, nobody)


def test_a_refused_dialect_gives_way_to_the_next_until_none_is_left() -> None:
    one = line()

    assert one.lower("json_schema")
    assert one.dialect == "json_object"
    assert one.lower("json_object")
    assert one.dialect == "prompt"
    assert not one.lower("prompt")


def test_calls_made_before_the_change_do_not_lower_again() -> None:
    one = line()

    assert one.lower("json_schema")
    assert one.lower("json_schema")
    assert one.dialect == "json_object"


def test_a_wave_of_a_batch_lowers_once_for_all_its_answers_were_asked_for_alike() -> None:
    one = line()
    one.wave = 1
    assert one.lower("json_schema")
    assert one.lower("json_object")
    assert one.dialect == "json_object"

    one.wave = 2
    assert one.lower("json_object")
    assert one.dialect == "prompt"
