"""`schemas`, `tiers`, `providers`: what there is to choose from."""

from __future__ import annotations

import json
from typing import Any, cast

import click

from hf_synth import tiers as tier_table
from hf_synth.config.names import known
from hf_synth.registry import provider_kind
from hf_synth.registry import schema as find_schema

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


def _show(rows: dict[str, dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for name, facts in rows.items():
        told = "; ".join(f"{key} {_plain(value)}" for key, value in facts.items() if value not in (None, "", []))
        click.echo(f"{click.style(name, bold=True)}  {told}")


def _plain(value: Any) -> str:
    return ", ".join(cast("list[str]", value)) if isinstance(value, list) else str(value)


@click.command()
@_json
def schemas(as_json: bool) -> None:
    """The kinds of row."""
    rows = {
        name: {"columns": list(made.row.model_fields), "roles": list(made.roles), "tiers": list(offering)}
        for name in known("schemas")
        for made, offering in ((find_schema(name), tier_table.tiers_offering(name)),)
    }
    _show(rows, as_json)


@click.command()
@_json
def tiers(as_json: bool) -> None:
    """The tiers: model, advertised price of 1,000 rows, schemas offered."""
    rows: dict[str, dict[str, Any]] = {}
    for tier in tier_table.tiers().values():
        facts = tier_table.facts(tier.model)
        rows[tier.name] = {
            "model": f"{tier.provider}:{tier.model}",
            "list_price_per_1000_rows": tier.list_price,
            "schemas": list(tier.schemas),
            "retires": facts.retires.isoformat() if facts.retires else None,
            "successor": facts.successor,
        }
    _show(rows, as_json)


@click.command()
@_json
def providers(as_json: bool) -> None:
    """The providers: address, variable of the key, parameters a config may set."""
    rows: dict[str, dict[str, Any]] = {}
    for name in known("providers"):
        kind = provider_kind(name)
        rows[name] = {
            "base_url": kind.default_base_url,
            "key_variable": kind.api_key_env,
            "models": list(kind.models),
            "params": list(kind.params),
        }
    _show(rows, as_json)
