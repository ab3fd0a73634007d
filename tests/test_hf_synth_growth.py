"""Another count, other thresholds, splits and views: what was paid for stays, and stays where it was."""

from __future__ import annotations

import pytest

from generating import KEY, SCHEMAS, THREE, load, local, recipe, recorded, times_paid
from hf_synth.quality.duplicate import NearDuplicates
from servers.model import Model
from servers.openai_server import FakeOpenAI


@pytest.fixture
def server():
    """One answer of eight is of no use, so that growing has to get past drops, too."""
    with FakeOpenAI(model=Model(flaws=0.12)) as running:
        yield running


class TestALargerCount:
    @pytest.mark.oldest
    @pytest.mark.parametrize("schema", SCHEMAS)
    def test_keeps_the_rows_of_the_smaller_in_every_split_and_pays_for_the_rest_alone(self, server, cache, schema):
        before: dict[str, list] = {}
        for count in (20, 50, 100):
            made = load(recipe(server, schema, count, splits=THREE), cache)
            assert {split: len(rows) for split, rows in made.items()} == {
                "train": count * 8 // 10,
                "validation": count // 10,
                "test": count // 10,
            }
            for split, rows in before.items():
                assert made[split][: len(rows)] == rows
            before = made
        assert set(times_paid(server).values()) == {1}
        straight = load(recipe(server, schema, 100, splits=THREE), cache / "at once")
        assert straight == before

    def test_costs_what_the_missing_rows_take(self, cache):
        with FakeOpenAI() as server:  # without flaws: 1 outline, 1 draft for 5 rows, 1 response for each, 1 look in 20
            paid = []
            for count in (20, 50, 100):
                load(recipe(server, count=count), cache)
                paid.append(len(server.answered))
        assert paid == [1 + 4 + 20 + 1, 1 + 10 + 50 + 2, 1 + 20 + 100 + 5]

    def test_opens_at_most_the_cells_that_are_needed_and_one_for_each_split(self, cache):
        with FakeOpenAI(model=Model(latency=0.01)) as server:
            made = load(recipe(server, count=40, splits=THREE), cache)
            drafts = [body for body in server.bodies if "Give 5 ideas" in str(body)]
        needed = sum(-(-len(rows) // 5) for rows in made.values())
        assert len(drafts) <= needed + len(THREE)

    def test_of_which_the_smaller_is_on_record_costs_nothing_when_made_first(self, server, cache):
        large = load(recipe(server, count=60), cache)
        paid = len(server.requests)
        assert load(recipe(server, count=25), cache)["train"] == large["train"][:25]
        assert len(server.requests) == paid


class TestOtherChoices:
    def test_of_thresholds_ask_nothing_where_the_answers_suffice(self, server, cache):
        strict = load(recipe(server, "preference_v1", 20, quality={"min_margin": 1.0}), cache)
        paid = len(server.requests)
        loose = load(recipe(server, "preference_v1", 12, quality={"min_margin": 0.5}), cache)
        assert len(server.requests) == paid
        assert loose["train"][0] == strict["train"][0]

    def test_of_a_switched_off_check_let_in_what_it_refused(self, server, cache):
        kept = load(recipe(server, count=40), cache)["train"]
        paid = len(server.requests)
        more = load(recipe(server, count=30, quality={"refusal": False}), cache)["train"]
        assert len(server.requests) == paid
        assert any("I can't help" in row["response"] for row in more)
        assert not any("I can't help" in row["response"] for row in kept)

    def test_of_splits_deal_the_same_answers_out_anew(self, cache):
        with FakeOpenAI() as server:
            one = load(recipe(server, count=50), cache)["train"]
            paid = times_paid(server)
            two = load(recipe(server, count=30, splits={"a": 0.5, "b": 0.5}), cache)
            again = times_paid(server)
        assert set(again.values()) == {1}
        shared = {row["instruction"] for row in one} & {row["instruction"] for rows in two.values() for row in rows}
        assert len(shared) >= 20
        assert again.total() <= paid.total() + 12

    def test_of_a_view_ask_nothing(self, server, cache):
        load(recipe(server, "eval_v1", 20), cache)
        paid = len(server.requests)
        load(recipe(server, "eval_v1", 20, view="trl"), cache)
        assert len(server.requests) == paid

    @pytest.mark.parametrize(
        "changes",
        [{"seed": 1}, {"domain": "cooking"}, {"guidance": "Be brief."}, {"constraints": {"tone": "formal"}}],
        ids=["seed", "domain", "guidance", "tone"],
    )
    def test_of_what_is_asked_are_another_dataset(self, server, cache, changes):
        one = load(recipe(server, count=5), cache)
        other = load(recipe(server, count=5) | changes, cache)
        assert one != other
        assert local(recipe(server, count=5), cache).folder != local(recipe(server) | changes, cache).folder

    def test_of_a_server_are_another_journal(self, server, cache, monkeypatch):
        monkeypatch.setenv("OPENAI_API_KEY", "sk-x1y2z3x1y2z3")
        config = recipe(server, count=5) | {"models": {"generator": "openai:test-model"}}
        journals = []
        with FakeOpenAI() as other:
            for running in (server, other):
                monkeypatch.setenv("OPENAI_BASE_URL", running.url)
                load(config, cache)
                assert len(recorded(config, cache)) == len(running.answered) >= 7
                journals.append(local(config, cache).folder)
        assert journals[0] != journals[1]


class TestNearDuplicates:
    @pytest.mark.parametrize("schema", SCHEMAS)
    def test_are_in_no_split_and_across_none(self, cache, schema):
        with FakeOpenAI(model=Model(flaws=0.4)) as server:
            made = load(recipe(server, schema, 60, splits=THREE, run={"max_candidates": 600}), cache)
            drops = recorded(recipe(server, schema, 60, splits=THREE), cache, "drop")
        texts = [row[KEY[schema]] for rows in made.values() for row in rows]
        if schema != "eval_v1":  # its inputs differ in their numbers
            assert "duplicate" in {drop["cause"] for drop in drops}
        index = NearDuplicates(0.7)
        for text in texts:  # in another order than the plan's
            assert index.find(text) is None
            index.add(text)
