from __future__ import annotations

from datetime import date, timedelta

import pytest

from hf_synth.config.names import known
from hf_synth.errors import ModelNotFound
from hf_synth.tiers import facts, refuse_retired, tiers, tiers_offering

RETIRED = date(2027, 1, 14)


def test_the_table_is_that_of_the_surface():
    assert [(t.name, t.provider, t.model, t.list_price) for t in tiers().values()] == [
        ("economy", "openai", "gpt-4o-mini", 0.5),
        ("standard", "openai", "gpt-4o", 5.0),
        ("premium", "anthropic", "claude-sonnet-4-6", 25.0),
    ]


@pytest.mark.parametrize(
    ("schema", "offering"),
    [
        ("instruction_v1", ("economy", "standard", "premium")),
        ("preference_v1", ("premium",)),
        ("eval_v1", ("economy", "standard", "premium")),
        ("others_v1", ()),
    ],
)
def test_tiers_offer_schemas(schema, offering):
    assert tiers_offering(schema) == offering


def test_a_tier_names_only_what_there_is():
    for tier in tiers().values():
        assert tier.provider in known("providers")
        assert set(tier.schemas) <= set(known("schemas"))


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4o-mini"])
class TestARetiredModel:
    def test_is_taken_until_the_day_before(self, model):
        assert facts(model).retires == RETIRED
        refuse_retired(model, RETIRED - timedelta(days=1))

    @pytest.mark.parametrize("days", [0, 1, 400])
    def test_is_refused_from_its_day_on_with_tier_date_and_successor(self, model, days):
        with pytest.raises(ModelNotFound) as caught:
            refuse_retired(model, RETIRED + timedelta(days=days))
        text = str(caught.value)
        named = {"gpt-4o": "tier 'standard'", "gpt-4o-mini": "tier 'economy'"}[model]
        successor = facts(model).successor
        for part in (named, repr(model), "2027-01-14", repr(successor), "A dataset that is finished still loads."):
            assert part in text
        assert caught.value.exit_code == 3


@pytest.mark.parametrize("model", ["claude-sonnet-4-6", "a-model-of-my-own", "template"])
def test_a_model_without_an_announced_end_is_never_refused(model):
    refuse_retired(model, date(2099, 1, 1))
