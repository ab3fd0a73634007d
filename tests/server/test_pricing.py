"""Prices that the operator names."""

from __future__ import annotations

from typing import Any

import pytest

from hf_synth.config import GenerationConfig
from hf_synth.errors import ConfigError
from hf_synth.server.pricing import priced, read_price
from servers.model import Model
from servers.openai_server import FakeOpenAI
from serving import PREFIX, ended, generate, settings_of, site

JOB: dict[str, Any] = {
    "schema": "instruction_v1",
    "domain": "gardens",
    "count": 3,
    "models": {"generator": {"provider": "openai", "model": "own-model"}},
}


def test_a_price_is_read():
    assert read_price("openai:gpt-4o=2.5,10") == ("openai:gpt-4o", (2.5, 10.0))
    assert read_price("openai:a=b=0,1") == ("openai:a=b", (0.0, 1.0))


@pytest.mark.parametrize("text", ["", "gpt-4o=1,2", "openai:gpt-4o", "openai:x=1", "openai:x=1,-2", "openai:x=1,nan"])
def test_what_is_no_price_is_told(text):
    with pytest.raises(ConfigError, match="PROVIDER:MODEL=INPUT,OUTPUT"):
        read_price(text)


def test_a_price_of_a_provider_that_is_not_known_is_refused():
    with pytest.raises(
        ConfigError, match=r"^--price 'openi:gpt=1,2': 'openi' is no provider\. Did you mean 'openai'\?"
    ):
        read_price("openi:gpt=1,2")


def test_a_price_goes_to_models_by_name_by_tier_and_to_no_other():
    prices = {"openai:gpt-4o": (1.0, 2.0)}
    for named in ({"tier": "standard"}, {"models": {"generator": "openai:gpt-4o"}}):
        config = priced(GenerationConfig(schema="eval_v1", domain="x", **named), prices)
        assert config.generator.price is not None
        assert (config.generator.price.input, config.generator.price.output) == (1.0, 2.0)
    models = {"generator": "offline", "critic": "openai:gpt-4o"}
    config = priced(GenerationConfig(schema="preference_v1", domain="x", models=models), prices)
    assert config.generator.price is None
    assert config.critic.price is not None


def test_a_key_with_a_budget_uses_a_model_of_ones_own_once_its_price_is_told(tmp_path, monkeypatch):
    with FakeOpenAI(model=Model()) as model:
        monkeypatch.setenv("OPENAI_BASE_URL", model.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        with site(settings_of(tmp_path / "one"), working=False) as one:
            refused = one.client(budget=1.0).post(f"{PREFIX}/generate", json=JOB)
            capped = one.client().post(f"{PREFIX}/generate", json={**JOB, "run": {"max_cost": 1.0}})
        for answer in (refused, capped):
            assert answer.status_code == 422
            assert "own-model" in answer.json()["detail"]
            assert "--price" in answer.json()["hint"]
        with site(settings_of(tmp_path / "two", prices={"openai:own-model": (1.0, 4.0)})) as two:
            client = two.client(budget=1.0)
            job = ended(client, generate(client, JOB)["job_id"])
        assert job["status"] == "completed", job["error"]
        figures = job["statistics"]
        assert figures["usd"] == pytest.approx((figures["input_tokens"] + 4 * figures["output_tokens"]) / 1e6)
