"""What there is to choose from, from the parts themselves: tiers, providers, columns of rows, scripts."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from reference_tables import table

from hf_synth import tiers as tier_table
from hf_synth.config.names import built_in
from hf_synth.features import features
from hf_synth.registry import provider_kind, schema


def tiers_reference() -> str:
    """The tiers with their models, list prices, and the days on which models are switched off."""
    rows: list[list[str]] = []
    for tier in tier_table.tiers().values():
        facts = tier_table.facts(tier.model)
        ends = "" if facts.retires is None else f"switched off on {facts.retires.isoformat()}"
        follows = f"successor `{facts.successor}`" if facts.successor else ""
        rows.append(
            [
                f"`{tier.name}`",
                f"`{tier.provider}:{tier.model}`",
                ", ".join(f"`{name}`" for name in tier.schemas),
                f"${tier.list_price:.2f}",
                ", ".join(filter(None, [ends, follows])),
            ]
        )
    return table(["tier", "model", "schemas", "list price of 1,000 rows", "announced"], rows)


def providers_reference() -> str:
    """The providers: where they are and which variables they read; then what `params` may hold."""
    kinds = {f"`{name}`": provider_kind(name) for name in built_in("providers")}
    places = [
        [
            name,
            f"`{kind.default_base_url}`" if kind.default_base_url else "none",
            ", ".join(f"`{variable}`" for variable in (kind.api_key_env, kind.base_url_env) if variable) or "none",
            "yes" if kind.batches else "no",
        ]
        for name, kind in kinds.items()
    ]
    params = [
        [name, ", ".join(f"`{param}` ({_allowed(allowed)})" for param, allowed in kind.params.items()) or "none"]
        for name, kind in kinds.items()
    ]
    head = ["provider", "address", "variables", "batches"]
    return f"{table(head, places)}\n\n{table(['provider', '`params` may hold'], params)}"


def _allowed(allowed: Any) -> str:
    return allowed if isinstance(allowed, str) else " or ".join(allowed)


def columns_reference(name: str) -> str:
    """The columns of a schema in both views, with their types in `datasets`."""
    made = schema(name)
    native, trl = (
        ", ".join(f"`{column}`: {_kind(kind)}" for column, kind in features(made, view).items())
        for view in ("native", "trl")
    )
    return table(["view", "columns"], [["`native`", native], ["`trl`", trl]])


def _kind(feature: Any) -> str:
    if isinstance(feature, dict):
        return "{" + ", ".join(f"`{name}`: {_kind(inner)}" for name, inner in feature.items()) + "}"
    if isinstance(feature, list):
        return f"list of {_kind(feature[0])}"
    return f"list of {_kind(feature.feature)}" if hasattr(feature, "feature") else str(feature.dtype)


def scripts_reference(folder: Path) -> str:
    """What each script of a folder says of itself, those at its top first."""
    told: list[str] = []
    for path in sorted(folder.rglob("*.py"), key=lambda path: (len(path.parts), path)):
        docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
        told.append(f"## {path.relative_to(folder).as_posix()}\n\n{docstring}")
    return "\n\n".join(told)
