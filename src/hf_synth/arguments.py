"""What `load_dataset` was given, whatever form it has: to one config, and whether its user agreed to pay for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from hf_synth.config import GenerationConfig, read_config
from hf_synth.config.names import known, near_miss
from hf_synth.config.read import is_remote
from hf_synth.errors import ConfigError, ConsentNeeded
from hf_synth.executors.estimating import estimate_of
from hf_synth.executors.local import Local
from hf_synth.executors.measuring import Standing
from hf_synth.executors.wanted import enough
from hf_synth.hub.recipes import sources_in
from hf_synth.hub.remote import TRUST, agreed, check_sources, read_remote, repo_of

_FILES = (".yaml", ".yml", ".json")
_NOT_OURS = ("data_files", "data_dir", "version", "description", "name", "features")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for.

    Attributes:
        schema: its name.
        config: `None` where only a schema was named, to look at.
        fresh: whether to begin a new journal.
        origin: where the recipe stands if it comes from elsewhere.
        trusted: whether the user agreed to pay for it.
    """

    schema: str
    config: GenerationConfig | None = None
    fresh: bool = False
    origin: str | None = None
    trusted: bool = True

    def refuse_unasked(self, local: Local, *, fresh: bool = False) -> None:
        """Make sure that nothing is paid for a recipe from elsewhere that its reader has not agreed to.

        Args:
            local: its journal.
            fresh: whether all would be paid for again.

        Raises:
            ConsentNeeded: rows are missing; with what they would cost.
        """
        if self.origin is None or self.trusted:
            return
        standing, resolved = local.standing(), local.resolved
        if fresh or not enough(standing.rows, resolved.targets):
            told = estimate_of(resolved, Standing(resolved) if fresh else standing)
            _refuse(self.origin, f"{self._told()}\n{told}")

    def _told(self) -> str:
        assert self.config is not None
        return f"{self.config.count:,} rows of {self.schema}, written by {_label(self.config)}"


def asked(
    config_name: Any, given: Mapping[str, Any], files: Sequence[str] | None, token: str | bool | None = None
) -> Asked:
    """Normalise every form of config to one.

    Args:
        config_name: the second argument of `load_dataset`: a schema, a path, a mapping, a config; of a repo or folder
            of recipes, the name of one.
        given: the keyword arguments.
        files: the recipes of that repo or folder; `None` for `load_dataset("hf_synth", …)`.
        token: for the Hub.

    Raises:
        ConfigError: see `GenerationConfig`; or two recipes were given, or none of several was named.
        ConsentNeeded: a recipe from elsewhere names a source, and is not trusted: that is not even read.
    """
    fields = {name: value for name, value in given.items() if name not in _NOT_OURS}
    fresh, said = bool(fields.pop("fresh", False)), fields.pop("trust_recipe", None)
    recipe = fields.pop("recipe", None) if files is None else _chosen(files, config_name)
    config_name = config_name if files is None else None
    if isinstance(config_name, str) and config_name in known("schemas"):
        fields = {"schema": config_name, **fields}
        if recipe is None and set(fields) == {"schema"}:
            return Asked(config_name, fresh=fresh)
    elif isinstance(config_name, str) and not config_name.endswith(_FILES):
        raise ConfigError(
            f"{config_name!r} is neither a schema nor a recipe (.yaml, .yml, .json)."
            f"{near_miss(config_name, known('schemas'))}"
        )
    elif config_name is not None:
        if recipe is not None:
            raise ConfigError("Both a config and data_files were given: keep one.")
        recipe = config_name
    elif recipe is None and not fields:
        raise ConfigError(f"Name a schema ({', '.join(known('schemas'))}) or give a config or recipe.")
    if isinstance(recipe, str) and is_remote(recipe):
        return _from_elsewhere(recipe, fields, fresh, said, token)
    config = read_config(recipe, **fields)
    return Asked(config.schema, config, fresh)


def own_recipes(files: list[str], repo_id: str | None) -> list[str]:
    """The recipes of a repo or folder, as they are.

    Raises:
        ConfigError: the card of a repo names files that are not in it, of this machine, say: nobody would be asked.
    """
    inside = (f"hf://datasets/{repo_id}@", f"hf://datasets/{repo_id}/")
    others = [file for file in files if repo_id and not file.startswith(inside)]
    if others:
        raise ConfigError(f"The card of {repo_id} names {others[0]!r}, which is no file of that repo.")
    return files


def _chosen(files: Sequence[str], name: str | None) -> str:
    """The one recipe of a repo or folder, or the one that is named."""
    found = {PurePath(file).name.partition(".")[0]: file for file in files}
    if name in found:
        return found[name]
    if len(found) == 1 and name in (None, "default"):
        return next(iter(found.values()))
    said = f"there is no recipe {name!r}" if name not in (None, "default") else f"there are {len(found)} recipes"
    raise ConfigError(f"{said[0].upper()}{said[1:]} in {PurePath(files[0]).parent}: name one of {', '.join(found)}.")


def _from_elsewhere(
    place: str, fields: Mapping[str, Any], fresh: bool, said: bool | None, token: str | bool | None
) -> Asked:
    config = read_config(shared_fields(place, said, token), **fields)
    return Asked(config.schema, config, fresh, place, agreed(place, said))


def shared_fields(place: str, said: bool | None = None, token: str | bool | None = None) -> dict[str, Any]:
    """What may be taken of a recipe from elsewhere, once its sources may be read.

    Raises:
        ConfigError: see `remote.read_remote` and `remote.check_sources`.
        ConsentNeeded: it names sources, and is not trusted.
    """
    shared = read_remote(place, token)
    named = ", ".join(sources_in(shared))
    if named:
        if not agreed(place, said):
            _refuse(place, f"rows of {shared['schema']} from {named}; what they cost is told once that may be read")
        check_sources(shared, place)
    return shared


def _refuse(place: str, what: str) -> None:
    repo = repo_of(place) if is_remote(place) else place
    raise ConsentNeeded(
        f"The recipe {place} would have models write, at your cost: {what}\n",
        hint=f"Read it. To agree, pass trust_recipe=True, or set {TRUST}={repo} in the environment.",
    )


def _label(config: GenerationConfig) -> str:
    return ", ".join(dict.fromkeys(f"{model.provider}:{model.model}" for model in (config.generator, config.critic)))
