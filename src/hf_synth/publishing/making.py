"""Who wrote the rows, with what, when and at what cost: two sections of a card."""

from __future__ import annotations

from datetime import UTC, datetime

from hf_synth.engine.receipt import Line, dollars
from hf_synth.executors.prices import list_price
from hf_synth.publishing.told import Told, elsewhere
from hf_synth.reports.markdown import escaped, table_of
from hf_synth.tiers import tiers

_OWN = ", at a server of whoever made this dataset"


def models(told: Told) -> list[str]:
    """Roles, the models asked and served, parameters, prompts and dates."""
    resolved = told.wanted.resolved
    lines = table_of(
        ["role", "asked", "parameters"],
        [
            (
                role,
                escaped(f"{at.provider}:{at.model}{_OWN if elsewhere(at) else ''}"),
                escaped(", ".join(f"{name}={value}" for name, value in at.params.items()) or "the provider's defaults"),
            )
            for role, at in resolved.endpoints.items()
        ],
    )
    served = [_served(line) for line in told.receipt.calls]
    head = ["role", "as served", "calls", "input tokens", "output tokens", "first answer", "last answer"]
    lines += ["", *table_of(head, served)] if served else []
    tier = tiers().get(told.config.tier or "")
    if tier is not None:
        lines += ["", f"Tier `{tier.name}`: list price ${tier.list_price:.2f} for 1,000 rows."]
    prompts = told.record.get("prompts")
    if prompts:
        lines += ["", f"Prompts: version {prompts['version']}, SHA-256 of their source `{prompts['sha256']}`."]
    lines += ["", f"Seed {told.config.seed}; dataset `{resolved.identities.dataset}`."]
    lines += ["", *(f"- {escaped(remark)}" for remark in told.receipt.remarks)] if told.receipt.remarks else []
    return lines


def _served(line: Line) -> tuple[str, ...]:
    numbers = (f"{number:,}" for number in (line.calls, line.input_tokens, line.output_tokens))
    return (line.role, escaped(line.model), *numbers, _day(line.first_at), _day(line.last_at))


def _day(at: float | None) -> str:
    return "not known" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def cost(told: Told) -> list[str]:
    """The provider's bill and the tier's list price, as two numbers."""
    receipt = told.receipt
    priced = f" (prices: {escaped(receipt.priced_on)})" if receipt.priced_on and receipt.usd is not None else ""
    lines = [f"- Calls of models: {dollars(receipt.usd)}{priced}, over the lifetime of the records."]
    if receipt.usd_elsewhere != 0:
        lines.append(f"- Answers that came with a dataset of the Hub had cost {dollars(receipt.usd_elsewhere)} before.")
    if receipt.unsettled_usd:
        lines.append(f"- Calls that were cut off and perhaps charged: ${receipt.unsettled_usd:.4f} at most.")
    listed = list_price(told.config, receipt.rows)
    if listed is not None:
        lines.append(f"- List price of the tier for {receipt.rows:,} rows: ${listed:.4f}.")
    return lines
