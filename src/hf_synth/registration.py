"""How `load_dataset("hf_synth", …)` finds the builder, which `datasets` offers no official way for.

Two private names of `datasets` carry it (checked on 3.6, 4.8 and 5.2; `tests/test_registration.py` pins them):
an entry in the table of packaged modules, and the factory that `datasets` makes for entries of that table. Everything
else in `datasets` goes through these two, so nothing else is touched. Importing this module imports `datasets`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from hf_synth.errors import ConfigError, HfSynthError

NAME = "hf_synth"
BUILDER = "hf_synth.hf_synth"
CACHE_HASH = "1"
"""Part of every cache path: changes only when datasets made before must not be found any more."""
TESTED = "3.6, 4.8 and 5.2"

RECIPE_ENDINGS = (".synth.yaml", ".synth.yml", ".synth.json")
_RECIPE = ".synth"
RECIPE_NAMES = ("recipe.yaml", "recipe.yml", "recipe.json")


class UnsupportedDatasets(HfSynthError, ImportError):
    """The installed `datasets` lacks the names that hf_synth hooks into."""


try:
    from datasets import load as _load
    from datasets import packaged_modules as _tables
    from datasets.data_files import DataFilesDict
    from datasets.download.download_manager import DownloadMode
    from datasets.load import DatasetModule, PackagedDatasetModuleFactory
    from datasets.packaged_modules import _PACKAGED_DATASETS_MODULES  # pyright: ignore[reportPrivateUsage]
except ImportError as error:
    raise UnsupportedDatasets(
        f"This version of datasets does not fit hf_synth: {error}.",
        hint=f"hf_synth is tested with datasets {TESTED}: install one of them, or a newer hf-synth.",
    ) from error


class HfSynthModuleFactory(PackagedDatasetModuleFactory):
    """Answers for our name; for every other name it is the class it replaces."""

    def __init__(
        self,
        name: str,
        data_dir: str | None = None,
        data_files: Any = None,
        download_config: Any = None,
        download_mode: DownloadMode | str | None = None,
    ) -> None:
        if name != NAME:
            super().__init__(name, data_dir, data_files, download_config, download_mode)
            return
        self.name = name  # no super(): it would count the load on a server
        self.data_dir = data_dir
        self.data_files = data_files
        self.download_config = download_config
        self.download_mode = download_mode

    def get_module(self) -> DatasetModule:
        """Where the builder is and what it is given beside the user's own arguments: `recipe` and `fresh`."""
        if self.name != NAME:
            return super().get_module()
        # An empty DataFilesDict, not None: that would fail as "Please specify the data files".
        kwargs: dict[str, Any] = {"dataset_name": NAME, "data_files": DataFilesDict({})}
        if self.data_dir is not None:
            kwargs["data_dir"] = None  # looked into here: what the builder gets is `recipe`
        recipe = find_recipe(self.data_files, self.data_dir)
        if recipe is not None:
            kwargs["recipe"] = recipe
        if DownloadMode(self.download_mode or "reuse_dataset_if_exists") == DownloadMode.FORCE_REDOWNLOAD:
            kwargs["fresh"] = True
        return DatasetModule(BUILDER, CACHE_HASH, kwargs)


def find_recipe(data_files: Any, data_dir: str | Path | None) -> str | None:
    """The absolute path, or the address on the Hub, of the one recipe that is named, `None` if none is.

    Args:
        data_files: a path, relative to `data_dir` if that is given, or a list of exactly one; without `data_dir`, also
            `hf://datasets/OWNER/NAME/FILE`.
        data_dir: by itself, a directory that holds exactly one recipe (`recipe.yaml`, `NAME.synth.yaml`).

    Raises:
        ConfigError: several files, a mapping, a remote file, or a directory without exactly one recipe.
    """
    if data_files is None:
        return None if data_dir is None else _only_recipe_in(_local(data_dir))
    listed = list(cast("list[Any]", data_files)) if isinstance(data_files, list | tuple) else [data_files]
    if isinstance(data_files, Mapping) or len(listed) != 1 or not isinstance(listed[0], str | Path):
        raise ConfigError(
            f"data_files={data_files!r}: {NAME} takes one recipe.",
            hint="Give the path of one YAML or JSON file. Splits are a field of the recipe: {train: 0.9, test: 0.1}.",
        )
    if data_dir is None and str(listed[0]).startswith("hf://datasets/"):
        return str(listed[0])  # the builder reads it by an allow-list, and asks for consent
    return str((_local(data_dir or "") / _local(listed[0])).resolve())


def _local(path: str | Path) -> Path:
    if "://" in str(path):
        raise ConfigError(
            f"{str(path)!r} is not a local file, nor one of a dataset repo of the Hub, and a recipe spends money.",
            hint="Write hf://datasets/OWNER/NAME/FILE.synth.yaml, or download it and give the path of your copy.",
        )
    return Path(path).expanduser()


def _only_recipe_in(folder: Path) -> str:
    try:
        names = sorted(p.name for p in folder.iterdir() if p.name in RECIPE_NAMES or p.name.endswith(RECIPE_ENDINGS))
    except OSError as error:
        raise ConfigError(f"data_dir={str(folder)!r} cannot be read: {error.strerror}.") from None
    if len(names) != 1:
        found = f"holds several recipes ({', '.join(names)})" if names else "holds no recipe"
        raise ConfigError(
            f"data_dir={str(folder)!r} {found}.",
            hint="Name one with data_files, such as data_files='recipe.yaml'.",
        )
    return str((folder / names[0]).resolve())


def register() -> None:
    """Make `load_dataset("hf_synth", …)` work in this process. Calling it again changes nothing.

    Raises:
        UnsupportedDatasets: importing this module already raises it, where `datasets` is too different.
    """
    _PACKAGED_DATASETS_MODULES[NAME] = (BUILDER, CACHE_HASH)
    _recognise_recipes()
    if not issubclass(_load.PackagedDatasetModuleFactory, HfSynthModuleFactory):
        _load.PackagedDatasetModuleFactory = HfSynthModuleFactory


def _recognise_recipes() -> None:
    """Make a folder or a repo that holds nothing but recipes (`NAME.synth.yaml`) a dataset of ours.

    `datasets` looks at each part of a file's ending by itself.
    """
    tables = cast("Any", _tables)
    tables._EXTENSION_TO_MODULE[_RECIPE] = (NAME, {})
    tables._MODULE_TO_EXTENSIONS[NAME] = [_RECIPE]
    for optional in ("_MODULE_TO_METADATA_FILE_NAMES", "_MODULE_TO_METADATA_EXTENSIONS"):  # the second is not in 3.6
        getattr(tables, optional, {})[NAME] = []
    for module, name in ((tables, "_ALL_ALLOWED_EXTENSIONS"), (_load, "ALL_ALLOWED_EXTENSIONS")):  # since 4, before
        allowed = getattr(module, name, [_RECIPE])
        if _RECIPE not in allowed:
            allowed.append(_RECIPE)
