"""The options that every command takes alike: a recipe, and flags that override it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from hf_synth.config import GenerationConfig, read_config
from hf_synth.config.read import is_remote, read_recipe

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.argument("recipe", required=False),
    click.option("--trust-recipe", is_flag=True, help="Agree to pay for a recipe of the Hub (hf://datasets/…)."),
    click.option("--schema", help="Kind of row: instruction_v1, preference_v1, eval_v1."),
    click.option("--domain", help="What the rows are about: a slug or free text."),
    click.option("--count", type=int, help="Rows to deliver, all splits together."),
    click.option("--tier", help="economy, standard or premium."),
    click.option("--generator", metavar="P:M", help="Who writes: PROVIDER:MODEL, or offline."),
    click.option("--critic", metavar="P:M", help="Who scores (preference_v1)."),
    click.option("--base-url", metavar="U", help="An OpenAI-compatible server for the generator."),
    click.option("--api-key-env", metavar="V", help="The variable that holds the generator's key."),
    click.option("--language", help="ISO 639-1 or BCP 47 code of every text."),
    click.option("--tone", help="formal, casual, …"),
    click.option("--difficulty", help="easy, medium, hard, …; unset is an even mix."),
    click.option("--max-tokens", type=int, help="Most tokens in one response, 50 to 4000."),
    click.option("--seed", type=int, help="Another seed is another dataset."),
    click.option("--max-cost", type=float, metavar="USD", help="Stop before this many US dollars are spent."),
    click.option("--concurrency", type=int, help="Most calls at once; the real value adapts."),
    click.option("--mode", type=click.Choice(["live", "batch"]), help="How to call the models."),
    click.option("--finish-live", type=int, metavar="N", help="In batch mode: make up to N last requests live."),
    click.option("--push-to", metavar="REPO", help="Push the finished dataset to this repo of the Hub (OWNER/NAME)."),
    click.option("--cache-dir", type=click.Path(path_type=Path), help="The cache of datasets to use."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout."),
)
_RUN = ("max_cost", "concurrency", "mode", "finish_live", "push_to")
_GENERATOR = {"base_url": "base_url", "api_key_env": "api_key_env"}


def config_options(command: F) -> F:
    """Add the recipe and the flags of a config to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _short_model(text: str) -> dict[str, Any]:
    provider, colon, model = text.partition(":")
    return {"provider": provider, "model": model} if colon else {"provider": provider}


def agree(
    recipe: str | None, trusted: bool, config: GenerationConfig, cache_dir: Path | None, *, fresh: bool = False
) -> None:
    """Make sure that nothing is paid for a recipe from elsewhere that the user has not agreed to.

    Raises:
        ConsentNeeded: with what it would cost.
    """
    if recipe is None or not is_remote(recipe):
        return
    from hf_synth.api.find import local  # noqa: PLC0415  # bad input needs no half second of imports
    from hf_synth.arguments import Asked  # noqa: PLC0415
    from hf_synth.hub.remote import agreed  # noqa: PLC0415

    asked = Asked(config.schema, config, origin=recipe, trusted=agreed(recipe, trusted or None))
    asked.refuse_unasked(local(config, cache_dir), fresh=fresh)


def _fields_of(recipe: str | Path | dict[str, Any] | None, trusted: bool) -> dict[str, Any]:
    if recipe is None or isinstance(recipe, dict):
        return dict(recipe or {})
    if not is_remote(recipe):
        return read_recipe(recipe)
    from hf_synth.arguments import shared_fields  # noqa: PLC0415

    return shared_fields(str(recipe), trusted or None)


def build_config(recipe: str | Path | dict[str, Any] | None, flags: dict[str, Any]) -> GenerationConfig:
    """The config of a recipe, or of what it holds, with flags over it. Of a recipe of the Hub, content alone is taken.

    Raises:
        ConfigError: see `GenerationConfig`.
    """
    base = _fields_of(recipe, bool(flags.get("trust_recipe")))
    over: dict[str, Any] = {
        name: flags[name] for name in ("schema", "domain", "count", "seed") if flags.get(name) is not None
    }
    constraints = {n: flags[n] for n in ("language", "tone", "difficulty", "max_tokens") if flags.get(n) is not None}
    run = {name: flags[name] for name in _RUN if flags.get(name) is not None}
    generator = _short_model(flags["generator"]) if flags.get("generator") else {}
    if generator or flags.get("tier"):  # a flag that names the generator replaces what the recipe names
        base.pop("tier", None)
        if isinstance(named := base.get("models"), dict):
            base["models"] = {
                role: model for role, model in cast("dict[str, Any]", named).items() if role != "generator"
            }
    generator |= {field: flags[flag] for flag, field in _GENERATOR.items() if flags.get(flag) is not None}
    if flags.get("tier"):
        over["tier"] = flags["tier"]
    models = {"generator": generator} if generator else {}
    if flags.get("critic"):
        models["critic"] = _short_model(flags["critic"])
    nested = {"constraints": constraints, "run": run, "models": models}
    over |= {name: part for name, part in nested.items() if part}
    kept = cast("dict[str, Any]", base["models"]) if isinstance(base.get("models"), dict) else {}
    if generator and isinstance(kept.get("generator"), str):
        kept["generator"] = _short_model(str(kept["generator"]))
    return read_config(base, **over)
