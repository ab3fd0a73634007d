from __future__ import annotations

import pytest

import hf_synth


@pytest.mark.parametrize("name", hf_synth.__all__)
def test_every_public_name_is_there(name):
    assert getattr(hf_synth, name) is not None
    assert name in dir(hf_synth)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'generate'"):
        _ = hf_synth.generate
