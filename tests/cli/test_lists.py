from __future__ import annotations

import pytest


def test_schemas_tell_columns_roles_and_tiers(hf):
    told = hf.json("schemas")
    assert list(told) == ["eval_v1", "instruction_v1", "preference_v1"]
    assert told["preference_v1"] == {
        "columns": ["prompt", "chosen", "rejected", "chosen_score", "rejected_score", "reasoning"],
        "roles": ["generator", "critic"],
        "tiers": ["premium"],
    }


def test_tiers_tell_model_price_and_retirement(hf):
    told = hf.json("tiers")
    assert list(told) == ["economy", "standard", "premium"]
    assert told["economy"] == {
        "model": "openai:gpt-4o-mini",
        "list_price_per_1000_rows": 0.5,
        "schemas": ["instruction_v1", "eval_v1"],
        "retires": "2027-01-14",
        "successor": "gpt-5.4-mini",
    }
    assert told["premium"]["retires"] is None


def test_providers_tell_address_key_and_parameters(hf):
    told = hf.json("providers")
    assert {"anthropic", "hf", "offline", "openai"} <= set(told)
    assert told["openai"]["base_url"] == "https://api.openai.com/v1"
    assert told["openai"]["key_variable"] == "OPENAI_API_KEY"
    assert told["hf"]["key_variable"] == "HF_TOKEN"
    assert "temperature" in told["openai"]["params"]
    assert told["offline"] == {"base_url": None, "key_variable": None, "models": ["template"], "params": []}


@pytest.mark.parametrize("command", ["schemas", "tiers", "providers"])
def test_lists_are_for_people_too_one_line_each(hf, command):
    names = list(hf.json(command))
    assert hf(command) == 0
    assert [line.split()[0] for line in hf.out.splitlines()] == names
    assert "None" not in hf.out


def test_values_of_keys_are_not_shown(hf, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-proj-A1b2C3d4E5f6G7h8I9j0")
    for flags in ((), ("--json",)):
        hf("providers", *flags)
        assert "A1b2" not in hf.out + hf.err
