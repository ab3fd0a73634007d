"""The commands of `hf-synth`, from click: usage, help, and the options each has beside those that many share."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click
from reference_tables import cell, table

from hf_synth.cli.main import cli
from hf_synth.cli.options import config_options

_PROGRAM = "hf-synth"
_HEAD = ("option", "meaning")


def commands_reference() -> str:
    """A section for each command; the options of a config, which most of them take, are told once and first."""
    shared = _options(click.command()(config_options(lambda **_: None)))
    told = {path: (command, _options(command)) for path, command in _leaves(cli, _PROGRAM)}
    takers = [
        f"`{path.rpartition(' ')[2]}`" for path, (_, options) in told.items() if shared.items() <= options.items()
    ]
    takers_told = f"{', '.join(takers[:-1])} and {takers[-1]}"
    lead = f"{takers_told} take a recipe (YAML or JSON) of the [config](config.md), and these flags, which override it."
    sections = [
        f"## Options of all commands\n\n{_table(_options(cli))}",
        f"## Options of a config\n\n{lead}\n\n{_table(shared)}",
    ]
    for path, (command, options) in told.items():
        takes_config = shared.items() <= options.items()
        own = {flag: text for flag, text in options.items() if not takes_config or flag not in shared}
        sections.append(_section(path, command, own, takes_config))
    return "\n\n".join(sections)


def _leaves(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _leaves(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def _options(command: click.Command) -> dict[str, str]:
    """Flags with their help; what is given by position stands in the usage line."""
    context = click.Context(command, info_name=_PROGRAM)
    records = (one.get_help_record(context) for one in command.get_params(context) if isinstance(one, click.Option))
    return {flag: text for flag, text in filter(None, records) if "--help" not in flag}


def _table(options: dict[str, str]) -> str:
    return table(_HEAD, [[f"`{flag}`", cell(text)] for flag, text in options.items()])


def _section(path: str, command: click.Command, own: dict[str, str], takes_config: bool) -> str:
    usage = " ".join([path, *command.collect_usage_pieces(click.Context(command, info_name=path))])
    lines = [f"## {path.removeprefix(_PROGRAM).strip()}", f"```console\n$ {usage}\n```"]
    lines.append(inspect.cleandoc(command.help or ""))
    if takes_config:
        lines.append("It takes the [options of a config](#options-of-a-config)" + (", and:" if own else "."))
    if own:
        lines.append(_table(own))
    return "\n\n".join(lines)
