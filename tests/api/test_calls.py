from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import Any, cast

import datasets
import pytest
from datasets import load_dataset

import hf_synth
from generating import recipe, recorded, rows_of
from hf_synth.config import GenerationConfig
from hf_synth.errors import BudgetReached, ConfigError, RecordsNotFound
from hf_synth.features import features
from hf_synth.registry import schema
from servers.base import Answer
from servers.model import Asked, Model
from servers.openai_server import FakeOpenAI

OFFLINE: dict[str, Any] = {
    "schema": "instruction_v1",
    "domain": "gardens",
    "count": 12,
    "models": {"generator": "offline"},
}
TWO = {"train": 0.75, "test": 0.25}


preview, partial, to_trl = cast("tuple[Any, Any, Any]", (hf_synth.preview, hf_synth.partial, hf_synth.to_trl))


def load(config: Any = OFFLINE, **options: Any) -> Any:
    return load_dataset("hf_synth", config, **options)


def capped(server: FakeOpenAI, **changes: Any) -> dict[str, Any]:
    """A config that reaches its cap after some of its rows."""
    run = {"max_cost": 0.05, "concurrency": 4}
    return recipe(server, count=40, generator={"price": {"input": 5.0, "output": 5.0}}, run=run, **changes)


def served(version: str) -> Any:
    """A model that answers under a name of its own."""
    plausible = FakeOpenAI(model=Model())

    def answer(body: dict[str, Any], headers: Any) -> Any:
        given = plausible.answer(body, headers)
        return replace(given, body=given.body | {"model": version})

    return answer


class TestPreview:
    def test_gives_a_few_real_rows_that_count_towards_the_full_run(self, cache):
        with FakeOpenAI(model=Model()) as server:
            config = recipe(server, count=20)
            few = preview(config, 4)
            paid = len(server.requests)
            assert few.num_rows == 4
            full = load(config, split="train")
            assert [*full.select(range(4))] == [*few]
            assert len(server.requests) - paid <= 20 - 4 + 5
        asked = [json.dumps(body, sort_keys=True) for body in server.bodies]
        assert len(set(asked)) == len(asked)

    def test_asks_for_no_more_than_it_needs(self, cache):
        with FakeOpenAI(model=Model()) as server:
            hf_synth.preview(recipe(server, count=1000), 2)
            assert len(server.requests) <= 1 + 2 + 5

    def test_gives_five_rows_unless_told_and_never_more_than_count(self, cache):
        assert preview(OFFLINE).num_rows == 5
        assert preview(OFFLINE, 100).num_rows == 12

    def test_takes_overrides_and_every_view(self, cache):
        shown = preview(OFFLINE, 2, schema="preference_v1", view="trl")
        assert shown.features == features(schema("preference_v1"), "trl")

    def test_shows_rows_of_several_splits(self, cache):
        few = preview(OFFLINE, 9, splits=TWO)
        assert few.num_rows == 9
        full = load(OFFLINE, splits=TWO)
        assert {row["instruction"] for row in few} <= {row["instruction"] for part in full.values() for row in part}

    @pytest.mark.parametrize("n", [0, -1])
    def test_of_nothing_is_an_error(self, cache, n):
        with pytest.raises(ConfigError, match=f"n is {n}: preview at least 1 row"):
            hf_synth.preview(OFFLINE, n)

    def test_looks_into_the_cache_it_is_given(self, cache, tmp_path):
        hf_synth.preview(OFFLINE, 1, cache_dir=tmp_path / "other")
        assert (tmp_path / "other" / ".hf_synth").is_dir()
        assert not cache.exists()


class TestReceipt:
    def test_of_a_dataset_and_of_its_config_are_the_same(self, cache):
        made = load()
        of_dataset = hf_synth.receipt(made)
        assert of_dataset == hf_synth.receipt(made["train"])
        of_config = hf_synth.receipt(OFFLINE)
        assert (of_dataset.rows, of_dataset.judged, of_dataset.calls) == (12, of_config.judged, of_config.calls)
        assert of_dataset.rows == of_config.rows

    def test_tells_rows_drops_calls_and_models_served(self, cache):
        with FakeOpenAI(model=Model(flaws=0.3)) as server:
            config = recipe(server, count=20, generator={"price": {"input": 1.0, "output": 2.0}})
            told = hf_synth.receipt(load(config))
            answers = recorded(config, cache)
        assert told.rows == 20
        assert told.judged == told.accepted + sum(told.dropped.values())
        assert told.dropped
        (line,) = told.calls
        assert (line.role, line.model, line.calls) == ("generator", "test-model", len(answers))
        assert told.usd == pytest.approx((line.input_tokens + 2 * line.output_tokens) / 1e6)
        assert told.priced_on == "given by the user"
        assert told.list_price is None

    def test_of_a_dataset_grown_with_another_version_of_the_model_says_so(self, cache):
        with FakeOpenAI(served("gpt-x-2026-01-01")) as server:
            config = recipe(server, count=6)
            first = hf_synth.receipt(load(config))
            port = server.port
        with FakeOpenAI(served("gpt-x-2026-06-01"), port=port):
            grown = load(config | {"count": 16})
        told = hf_synth.receipt(grown)
        assert first.remarks == []
        assert [line.model for line in told.calls] == ["gpt-x-2026-01-01", "gpt-x-2026-06-01"]
        assert told.remarks[0].startswith("generator: answered by gpt-x-2026-01-01, then gpt-x-2026-06-01")
        assert told.remarks[0] in str(told)

    def test_survives_the_journal_and_is_found_through_the_dataset(self, cache):
        with FakeOpenAI(model=Model()) as server:
            config = recipe(server, count=6, generator={"price": {"input": 1.0, "output": 2.0}})
            made = load(config)
        before = hf_synth.receipt(made)
        shutil.rmtree(cache / ".hf_synth")
        assert hf_synth.receipt(made) == hf_synth.receipt(load(config)) == before
        assert before.usd

    def test_of_an_unknown_price_is_none_not_zero(self, cache):
        with FakeOpenAI(model=Model()) as server:
            told = hf_synth.receipt(load(recipe(server, count=2)))
        assert told.usd is None
        assert "unknown" in str(told)

    @pytest.mark.parametrize(
        "change",
        [
            lambda d: d.map(lambda row: {"more": 1}),
            lambda d: d.filter(lambda row: len(row["instruction"]) % 2 == 0),
            lambda d: d.select(range(3)),
            lambda d: d.shuffle(seed=1),
            lambda d: d.rename_column("instruction", "asked"),
        ],
        ids=["map", "filter", "select", "shuffle", "rename"],
    )
    @pytest.mark.parametrize("whole", [True, False])
    def test_of_changed_rows_says_so(self, cache, change, whole):
        made = load() if whole else load(split="train")
        made = datasets.DatasetDict({s: change(part) for s, part in made.items()}) if whole else change(made)
        told = hf_synth.receipt(made)
        assert told.changed
        assert "The rows were changed since" in str(told)
        assert told.rows == 12

    @pytest.mark.parametrize("split", ["train", "train[:3]", "train[50%:]", "train+test"])
    def test_of_a_part_as_it_was_loaded_does_not(self, cache, split):
        assert not hf_synth.receipt(load(OFFLINE, splits=TWO, split=split)).changed

    def test_is_found_with_the_rows_kept_in_memory_and_in_another_cache(self, cache, tmp_path):
        other = tmp_path / "other"
        made = load(keep_in_memory=True, cache_dir=str(other))
        with pytest.raises(RecordsNotFound, match="Pass cache_dir"):
            hf_synth.receipt(made)
        assert hf_synth.receipt(made, cache_dir=other).rows == 12
        assert hf_synth.receipt(load(cache_dir=str(other))).rows == 12

    def test_of_a_config_before_the_first_call_is_zeros_and_calls_nobody(self, cache):
        told = hf_synth.receipt(OFFLINE)
        assert (told.rows, told.calls, told.usd) == (0, [], 0.0)
        assert not cache.exists()

    def test_of_somebody_elses_dataset_is_an_error(self, cache):
        with pytest.raises(RecordsNotFound, match="carries no mark of hf_synth"):
            hf_synth.receipt(datasets.Dataset.from_list([{"a": 1}]))


class TestPartial:
    def test_is_empty_before_the_first_call_with_the_columns_of_the_view(self, cache):
        nothing = partial(OFFLINE, view="trl")
        assert nothing.num_rows == 0
        assert nothing.features == features(schema("instruction_v1"), "trl")
        assert not cache.exists()

    def test_reads_the_rows_before_a_run_stopped(self, cache):
        with FakeOpenAI(model=Model()) as server:
            config = capped(server)
            with pytest.raises(BudgetReached):
                load(config)
            paid = len(server.requests)
            so_far = partial(config)
            assert len(server.requests) == paid
            assert 0 < so_far.num_rows < 40
            full = load(config | {"run": {}}, split="train")
        assert [*full.select(range(so_far.num_rows))] == [*so_far]

    def test_gives_a_dictionary_where_there_are_several_splits(self, cache):
        made = load(OFFLINE, splits=TWO)
        assert rows_of(partial(OFFLINE, splits=TWO)) == rows_of(made)

    def test_never_gives_more_than_count(self, cache):
        load()
        assert partial(OFFLINE, count=5).num_rows == 5


class TestToTrl:
    @pytest.mark.parametrize("name", ["instruction_v1", "preference_v1", "eval_v1"])
    def test_gives_what_the_view_gives(self, cache, name):
        config = OFFLINE | {"schema": name, "count": 4}
        native, trl = load(config, split="train"), load(config, view="trl", split="train")
        made = to_trl(native)
        assert [*made] == [*trl]
        assert made.features == trl.features
        assert to_trl(trl) is trl

    def test_takes_dictionaries_and_streams_of_either(self, cache):
        expected = rows_of(load(OFFLINE, view="trl", splits=TWO))
        assert rows_of(to_trl(load(OFFLINE, splits=TWO))) == expected
        streamed = to_trl(load(OFFLINE, splits=TWO, streaming=True))
        assert isinstance(streamed, datasets.IterableDatasetDict)
        assert rows_of(streamed) == expected
        assert [*to_trl(load(OFFLINE, splits=TWO, streaming=True, split="test"))] == expected["test"]

    def test_refuses_other_columns_and_other_datasets(self, cache):
        with pytest.raises(ConfigError, match="but the dataset has"):
            hf_synth.to_trl(load(split="train").remove_columns("response"))
        with pytest.raises(ConfigError, match="takes a dataset made by hf_synth"):
            hf_synth.to_trl(datasets.Dataset.from_list([{"instruction": "x"}]))


def test_estimate_takes_every_form_of_a_config_and_overrides(cache, tmp_path):
    (tmp_path / "recipe.json").write_text(json.dumps(OFFLINE))
    made = [hf_synth.estimate(form) for form in (OFFLINE, GenerationConfig(**OFFLINE), tmp_path / "recipe.json")]
    assert made[0] == made[1] == made[2]
    assert hf_synth.estimate(OFFLINE, count=1000).likely.calls > made[0].likely.calls


def test_estimate_tells_what_was_spent_and_measures_once_there_are_rows(cache):
    with FakeOpenAI(model=Model()) as server:
        config = recipe(server, count=30, generator={"price": {"input": 1.0, "output": 2.0}})
        before = hf_synth.estimate(config)
        load(config)
        after = hf_synth.estimate(config, count=60)
        spent = hf_synth.receipt(config).usd
    assert (before.spent, before.basis) == (0.0, "assumed")
    assert after.spent == spent
    assert after.basis.startswith("measured on ")
    assert after.on_record == 30


def test_everything_that_only_looks_calls_nobody(cache):
    def refuse(number: int, asked: Asked) -> Answer:
        raise AssertionError("called")

    with FakeOpenAI(model=Model(rule=refuse)) as server:
        config = recipe(server)
        for look in (hf_synth.estimate, hf_synth.receipt, hf_synth.partial, hf_synth.provenance):
            look(config)
        assert server.requests == []


@pytest.mark.parametrize(
    "call", [hf_synth.estimate, hf_synth.preview, hf_synth.receipt, hf_synth.partial, hf_synth.provenance]
)
def test_a_bad_config_is_one_error_everywhere(cache, call):
    with pytest.raises(ConfigError, match="count: Input should be greater than or equal to 1, but got 0"):
        call(OFFLINE | {"count": 0})
