from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hf_synth.engine.appetite import Appetite
from hf_synth.types import Brief, Message, Request, Shape, Usage


def request(
    task: str = "respond", text: str = "x" * 400, max_tokens: int = 1000, shape: Shape | None = None
) -> Request:
    return Request((Message("user", text),), max_tokens, shape, brief=Brief(task, "tests", "en"))


def test_before_anything_came_back_a_call_may_be_as_long_as_it_is_allowed_to_be() -> None:
    assert Appetite().of(request()) == 100 + 1000


def test_a_schema_counts_among_the_input() -> None:
    shape = Shape("ideas", {"type": "object"})

    assert Appetite().of(request(shape=shape)) == (400 + len(str(shape.schema))) / 4 + 1000


def test_afterwards_it_is_expected_to_be_as_long_as_those_of_its_kind_were() -> None:
    appetite = Appetite()
    for output in (90, 110):
        appetite.learn(request(), Usage(200, output))

    assert appetite.of(request()) == 200 + 100
    assert appetite.of(request(text="x" * 800)) == 400 + 100
    assert appetite.of(request("draft")) == 100 + 1000


def test_but_never_longer_than_it_may_be() -> None:
    appetite = Appetite()
    appetite.learn(request(), Usage(100, 900))

    assert appetite.of(request(max_tokens=50)) == 100 + 50


@given(st.lists(st.tuples(st.integers(1, 4000), st.integers(1, 1000), st.floats(0.1, 3)), min_size=60, max_size=100))
def test_in_the_long_run_it_is_right_on_average(calls: list[tuple[int, int, float]]) -> None:
    appetite, error, whole = Appetite(), 0.0, 0.0
    for size, output, ratio in calls * 4:
        asked = request(text="x" * size)
        error += appetite.of(asked) - size * ratio - output
        whole += size * ratio + output
        appetite.learn(asked, Usage(int(size * ratio), output))

    assert abs(error) < max(0.6 * whole, 4000)


def test_an_empty_question_does_not_divide_by_nothing() -> None:
    appetite = Appetite()
    appetite.learn(request(text=""), Usage(5, 7))

    assert appetite.of(request(text="")) == 7
