"""`push` and `extend`: a dataset to the Hub, and further rows for one that is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hf_synth.cli.generate import finish, made_with
from hf_synth.cli.options import agree, build_config, config_options
from hf_synth.cli.output import check_out
from hf_synth.config import read_config

if TYPE_CHECKING:
    from datasets import DatasetDict

_config_name = click.option("--config-name", help="Its name in the repo; the schema's by default.")
_revision = click.option("--revision", help="A branch of the repo.")


@click.command()
@config_options
@click.argument("repo")
@_config_name
@_revision
@click.option("--private/--public", default=None, help="Of a repo that is made; by default as your account has it.")
@click.option("--records", is_flag=True, help="Push the answers of the models, too: others pay for further rows alone.")
@click.option("--create-pr", is_flag=True, help="Open a pull request instead.")
def push(
    recipe: str | None, repo: str, cache_dir: Path | None, as_json: bool, private: bool | None, **flags: Any
) -> None:
    """Push the dataset of RECIPE to REPO (OWNER/NAME) with its card, recipe and plots. Missing rows are made first."""
    names = ("config_name", "revision", "records", "create_pr")
    options = {name: flags.pop(name) for name in names}
    config = read_config(build_config(recipe, flags), run={"push_to": None})  # this command says where to
    from hf_synth.api import push_to_hub  # noqa: PLC0415  # bad input needs no half second of imports
    from hf_synth.publishing.once import check_target  # noqa: PLC0415

    agree(recipe, flags["trust_recipe"], config, cache_dir)
    check_target(repo)
    made = made_with(config, cache_dir, as_json=as_json)
    done = push_to_hub(made, repo, cache_dir=cache_dir, private=private, **options)
    told = {"repo": repo, "commit": done.oid, "url": done.commit_url, "pull_request": done.pr_url}
    if as_json:
        click.echo(json.dumps(told))
    else:
        click.echo(done.pr_url or done.commit_url)


@click.command()
@click.argument("repo")
@config_options
@_config_name
@_revision
@click.option(
    "--recipe", "own", type=click.Path(path_type=Path), help="Your own recipe, where the repo's lacks a part."
)
@click.option("--push", "again", is_flag=True, help="Push the result to REPO, records included.")
@click.option("--out", help="A .parquet, .jsonl or .csv file or a directory; any fsspec URL.")
def extend(
    repo: str,
    cache_dir: Path | None,
    as_json: bool,
    config_name: str | None,
    revision: str | None,
    again: bool,
    **flags: Any,
) -> None:
    """Make further rows (--count: in all) for REPO, which was pushed with its records; only those are paid for."""
    own, out, _ = flags.pop("own"), flags.pop("out"), flags.pop("recipe")
    if out:
        check_out(out)
    from hf_synth.api import extend as extended  # noqa: PLC0415
    from hf_synth.api.extending import shared_recipe  # noqa: PLC0415

    config = build_config(own or shared_recipe(repo, config_name, revision=revision), flags)

    def load() -> DatasetDict:
        where: dict[str, Any] = {"config_name": config_name, "revision": revision, "cache_dir": cache_dir}
        return extended(repo, recipe=config, push=again, **where)

    made = made_with(config, cache_dir, as_json=as_json, load=load)
    finish(made, cache_dir, out, as_json=as_json)
