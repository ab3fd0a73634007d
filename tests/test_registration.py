"""How `load_dataset("hf_synth")` finds us: the private names it rests on, and every way into a process."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields

import datasets
import pytest
from datasets import load as datasets_load
from datasets.download.download_manager import DownloadMode
from datasets.packaged_modules import _PACKAGED_DATASETS_MODULES

from generating import load_dataset
from hf_synth.errors import ConfigError, HfSynthError
from hf_synth.registration import (
    BUILDER,
    CACHE_HASH,
    NAME,
    HfSynthModuleFactory,
    UnsupportedDatasets,
    find_recipe,
    register,
)

pytestmark = pytest.mark.oldest

BUILD = """
builder = datasets.load_dataset_builder(
    "hf_synth", "instruction_v1", domain="x", count=3, models={"generator": "offline"}
)
print(type(builder).__module__, builder.dataset_name)
"""
FOUND = "hf_synth.hf_synth hf_synth"


def module(**arguments):
    return datasets_load.PackagedDatasetModuleFactory(NAME, **arguments).get_module()


class TestWhatDatasetsMustLookLike:
    def test_the_factory_of_packaged_modules_takes_what_ours_passes_on(self):
        theirs = HfSynthModuleFactory.__mro__[1]
        assert theirs.__module__ == "datasets.load"
        assert list(inspect.signature(theirs).parameters) == [
            "name",
            "data_dir",
            "data_files",
            "download_config",
            "download_mode",
        ]
        assert list(inspect.signature(HfSynthModuleFactory).parameters) == list(inspect.signature(theirs).parameters)

    def test_a_module_is_a_path_a_hash_and_builder_arguments(self):
        assert [field.name for field in fields(datasets_load.DatasetModule)][:3] == [
            "module_path",
            "hash",
            "builder_kwargs",
        ]

    def test_the_table_of_packaged_modules_maps_names_to_path_and_hash(self):
        assert datasets_load._PACKAGED_DATASETS_MODULES is _PACKAGED_DATASETS_MODULES
        path, digest = _PACKAGED_DATASETS_MODULES["csv"]
        assert path == "datasets.packaged_modules.csv.csv"
        assert re.fullmatch("[0-9a-f]{64}", digest)

    def test_packaged_modules_are_looked_up_first_and_by_names_of_datasets_load(self):
        source = inspect.getsource(datasets_load.dataset_module_factory)
        assert "if path in _PACKAGED_DATASETS_MODULES:" in source
        assert "PackagedDatasetModuleFactory(" in source
        assert 'data_files = builder_kwargs.pop("data_files", data_files)' in inspect.getsource(
            datasets_load.load_dataset_builder
        )


class TestTheFactory:
    def test_names_the_builder_a_constant_hash_and_no_data_files(self):
        ours = module()
        assert (ours.module_path, ours.hash) == (BUILDER, CACHE_HASH)
        assert ours.builder_kwargs == {"dataset_name": NAME, "data_files": {}}

    def test_asks_no_server(self, monkeypatch):
        def refuse(name):
            raise AssertionError(name)

        monkeypatch.setattr(datasets_load, "increase_load_count", refuse)
        assert module().module_path == BUILDER

    def test_leaves_other_packaged_modules_alone(self, tmp_path):
        table = tmp_path / "table.csv"
        table.write_text("a,b\n1,2\n")
        theirs = datasets_load.PackagedDatasetModuleFactory("csv", data_files=str(table)).get_module()
        assert (theirs.module_path, theirs.hash) == _PACKAGED_DATASETS_MODULES["csv"]
        assert theirs.builder_kwargs["data_files"]["train"] == [str(table)]

    def test_hands_the_recipe_on_as_an_absolute_path(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        recipe = module(data_files="recipe.yaml").builder_kwargs["recipe"]
        assert recipe == str(tmp_path.resolve() / "recipe.yaml")

    def test_hands_the_recipe_on_in_place_of_its_directory(self, tmp_path):
        (tmp_path / "recipe.yaml").touch()
        kwargs = module(data_dir=str(tmp_path)).builder_kwargs
        assert (kwargs["recipe"], kwargs["data_dir"]) == (str(tmp_path.resolve() / "recipe.yaml"), None)

    @pytest.mark.parametrize("mode", [DownloadMode.FORCE_REDOWNLOAD, "force_redownload"])
    def test_says_when_a_new_journal_is_wanted(self, mode):
        assert module(download_mode=mode).builder_kwargs["fresh"] is True

    @pytest.mark.parametrize("mode", [None, "reuse_dataset_if_exists", DownloadMode.REUSE_CACHE_IF_EXISTS])
    def test_says_nothing_when_what_is_there_may_be_used(self, mode):
        assert "fresh" not in module(download_mode=mode).builder_kwargs

    def test_registering_again_changes_nothing(self):
        before = datasets_load.PackagedDatasetModuleFactory
        register()
        register()
        assert datasets_load.PackagedDatasetModuleFactory is before

    def test_registering_keeps_what_others_put_over_ours(self, monkeypatch):
        over = type("Over", (HfSynthModuleFactory,), {})
        monkeypatch.setattr(datasets_load, "PackagedDatasetModuleFactory", over)
        register()
        assert datasets_load.PackagedDatasetModuleFactory is over


class TestTheRecipe:
    def test_is_none_without_data_files_and_data_dir(self):
        assert find_recipe(None, None) is None

    @pytest.mark.parametrize("listed", [False, True])
    def test_is_relative_to_data_dir(self, tmp_path, listed):
        files = ["my.yaml"] if listed else "my.yaml"
        assert find_recipe(files, str(tmp_path)) == str(tmp_path.resolve() / "my.yaml")

    def test_is_the_only_one_of_a_directory(self, tmp_path):
        (tmp_path / "support.synth.yaml").touch()
        (tmp_path / "notes.yaml").touch()
        assert find_recipe(None, tmp_path) == str(tmp_path.resolve() / "support.synth.yaml")

    def test_is_not_guessed_among_several(self, tmp_path):
        (tmp_path / "recipe.yaml").touch()
        (tmp_path / "support.synth.yaml").touch()
        with pytest.raises(ConfigError, match=r"several recipes \(recipe.yaml, support.synth.yaml\).*data_files"):
            find_recipe(None, tmp_path)

    def test_is_missed_in_an_empty_or_absent_directory(self, tmp_path):
        with pytest.raises(ConfigError, match="holds no recipe"):
            find_recipe(None, tmp_path)
        with pytest.raises(ConfigError, match="No such file"):
            find_recipe(None, tmp_path / "absent")

    @pytest.mark.parametrize("files", [["a.yaml", "b.yaml"], {"train": "a.yaml"}, [], [["a.yaml"]], 7])
    def test_is_one_file_and_no_mapping(self, files):
        with pytest.raises(ConfigError, match="takes one recipe"):
            find_recipe(files, None)

    @pytest.mark.parametrize("path", ["https://example.org/recipe.yaml", "s3://bucket/recipe.yaml"])
    def test_is_fetched_from_nowhere_but_the_hub(self, path):
        with pytest.raises(ConfigError, match="not a local file"):
            find_recipe(path, None)

    def test_of_the_hub_is_left_to_the_builder_which_asks_for_consent(self):
        place = "hf://datasets/someone/thing/recipe.yaml"
        assert find_recipe(place, None) == place


class TestEveryWayIntoAProcess:
    def test_datasets_alone_suffices(self, python, cache):
        assert python("import datasets" + BUILD) == FOUND

    @pytest.mark.parametrize("order", ["import hf_synth, datasets", "import datasets, hf_synth"])
    def test_importing_hf_synth_suffices_where_autoload_is_off(self, python, cache, order):
        assert python(order + BUILD, HF_SYNTH_AUTOLOAD="0") == FOUND

    def test_importing_hf_synth_suffices_where_site_packages_have_no_start_up(self, python, cache):
        path = "import sys; sys.path[:0] = {!r}; import hf_synth, datasets".format(
            [p for p in __import__("sys").path if p]
        )
        assert python(path + BUILD, "-S") == FOUND

    def test_autoload_can_be_switched_off(self, python):
        code = "import datasets.load as d; print('hf_synth' in d._PACKAGED_DATASETS_MODULES)"
        assert python(code, HF_SYNTH_AUTOLOAD="0") == "False"
        assert python(code) == "True"

    def test_a_builder_survives_pickle_into_a_spawned_process(self, python, cache):
        code = (
            """
import datasets, multiprocessing, pickle
if __name__ == "__main__":"""
            + BUILD.replace("\n", "\n    ")
            + """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(*pool.apply(getattr, (pickle.loads(pickle.dumps(builder)), "dataset_name")).split())
        print(pool.apply(datasets.get_dataset_config_names, ("hf_synth",)) != [])
"""
        )
        assert python(code).split("\n") == [FOUND, "hf_synth", "True"]

    def test_a_broken_registration_is_told_and_breaks_neither_datasets_nor_us(self, python):
        code = """
import logging, sys
sys.modules["hf_synth.registration"] = None
logging.basicConfig(stream=sys.stdout, format="%(message)s")
import datasets
print(datasets.load_dataset.__name__)
"""
        told, name = python(code).split("\n")
        assert told.startswith("load_dataset('hf_synth') will not work: ")
        assert name == "load_dataset"

    def test_the_loader_of_datasets_is_as_it_would_be_without_us(self, python):
        code = "import datasets.load as d; print(type(d.__loader__).__name__, 'exec_module' in vars(d.__loader__))"
        assert python(code) == "SourceFileLoader False"

    def test_reloading_datasets_registers_again(self, python, cache):
        code = "import datasets, importlib, sys; importlib.reload(sys.modules['datasets.load'])\n"
        code += "from datasets.load import PackagedDatasetModuleFactory as f; print(f.__module__)"
        assert python(code) == "hf_synth.registration"


def test_another_datasets_is_an_error_that_names_the_tested_versions(python):
    code = """
import datasets.load
del datasets.load.DatasetModule
sys = __import__("sys"); sys.modules.pop("hf_synth.registration", None)
try:
    import hf_synth.registration
except ImportError as error:
    print(type(error).__name__, error)
"""
    told = python(code, HF_SYNTH_AUTOLOAD="0")
    assert told.startswith("UnsupportedDatasets ")
    assert "DatasetModule" in told
    assert "tested with datasets 3.6, 4.8 and 5.2" in told
    assert issubclass(UnsupportedDatasets, HfSynthError)


def test_the_installed_datasets_is_one_that_was_tested():
    from hf_synth.registration import TESTED

    assert ".".join(datasets.__version__.split(".")[:2]) in TESTED


class TestAFolderOfRecipes:
    """What holds nothing but recipes is a dataset; a repo of the Hub is in `test_arguments.py`."""

    RECIPE = "schema: eval_v1\ndomain: gardens\ncount: 10\nmodels: {generator: offline}\n"

    def test_is_loaded_as_one(self, cache, tmp_path):
        (tmp_path / "gardens.synth.yaml").write_text(self.RECIPE)
        (tmp_path / "README.md").write_text("# Gardens\n")
        rows = load_dataset(str(tmp_path))
        assert rows.num_rows == {"train": 10}
        again = load_dataset("hf_synth", data_files=str(tmp_path / "gardens.synth.yaml"))
        assert rows["train"][:] == again["train"][:]

    def test_of_several_one_is_named(self, cache, tmp_path):
        for name in ("roses", "tulips"):
            (tmp_path / f"{name}.synth.yaml").write_text(self.RECIPE)
        with pytest.raises(ConfigError, match="name one of roses, tulips"):
            load_dataset(str(tmp_path))
        assert load_dataset(str(tmp_path), "tulips").num_rows == {"train": 10}

    def test_with_rows_beside_it_is_left_to_datasets(self, cache, tmp_path):
        (tmp_path / "gardens.synth.yaml").write_text(self.RECIPE)
        for number in range(2):
            datasets.Dataset.from_dict({"a": [number]}).to_parquet(tmp_path / f"{number}.parquet")
        assert load_dataset(str(tmp_path))["train"].column_names == ["a"]
