from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError, fields, is_dataclass

import pytest

from hf_synth import types
from hf_synth.types import Message, Usage

VALUES = [kind for _, kind in inspect.getmembers(types, inspect.isclass) if is_dataclass(kind)]


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_is_slotted_and_has_no_behaviour(kind):
    own = {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}
    assert set(kind.__slots__) == {field.name for field in fields(kind)}
    assert own == set()


def test_a_value_cannot_be_changed():
    for value, name in ((Message("user", "x"), "content"), (Usage(), "input_tokens")):
        with pytest.raises(FrozenInstanceError):
            setattr(value, name, 3)
