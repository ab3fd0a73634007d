"""What was refused and what was marked, and how far the judges can be trusted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from hf_synth.engine.audit import Agreement, CriticAudit
from hf_synth.engine.receipt import Receipt
from hf_synth.reports.material import Material


@dataclass(frozen=True, slots=True)
class Drops:
    """Candidates that did not become rows.

    Attributes:
        judged: candidates in all.
        accepted: those that may become rows.
        causes: number of refused ones by cause, most first.
        shares: the same by those judged.
        difficulties: cause to difficulty asked to number; empty where that is not known.
    """

    judged: int
    accepted: int
    causes: dict[str, int]
    shares: dict[str, float | None]
    difficulties: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Critic:
    """Rates of a critic (`engine.audit.CriticAudit` tells them in numbers); `None` where there is nothing to divide by.

    Attributes:
        pairs: pairs judged in both orders.
        accepted: those that became rows.
        flips, ties, inconsistent, unread: shares of the pairs.
        longer_wins: share of clear pairs of unequal length that the longer response won; 0.5 is no bias of itself.
        first_wins: share of verdicts for the response shown first; 0.5 is no bias.
        margin: mean difference of the two scores of a accepted pair, in points.
        chosen, rejected, margins: accepted pairs by point, 0 to 10.
    """

    pairs: int
    accepted: int
    flips: float | None
    ties: float | None
    inconsistent: float | None
    unread: float | None
    longer_wins: float | None
    first_wins: float | None
    margin: float | None
    chosen: list[int]
    rejected: list[int]
    margins: list[int]


@dataclass(frozen=True, slots=True)
class Classified:
    """What a classifier said of a sample of rows: asked to said to number."""

    rows: int
    agreed: float | None
    counts: dict[str, dict[str, int]]


def drops(receipt: Receipt | None, slots: Mapping[str, Mapping[str, int]]) -> Drops | None:
    """By cause; `None` without a receipt."""
    if receipt is None:
        return None
    causes = dict(sorted(receipt.dropped.items(), key=lambda item: (-item[1], item[0])))
    return Drops(
        receipt.judged,
        receipt.accepted,
        causes,
        {cause: ratio(number, receipt.judged) for cause, number in causes.items()},
        {cause: dict(by) for cause, by in sorted(slots.items()) if by},
    )


def flags(material: Material) -> dict[str, int]:
    """Rows marked, by check. Where the rows do not tell, the receipt does."""
    marked = Counter(check for row in material.rows for check in row.flags)
    told = material.receipt.flagged if material.receipt and not material.changed else {}
    return dict(sorted((marked or told).items(), key=lambda item: (-item[1], item[0])))


def critic(audit: CriticAudit | None) -> Critic | None:
    """Rates of an audit; `None` where no pair was judged."""
    if audit is None or not audit.pairs:
        return None
    return Critic(
        pairs=audit.pairs,
        accepted=audit.accepted,
        flips=ratio(audit.flips, audit.pairs),
        ties=ratio(audit.ties, audit.pairs),
        inconsistent=ratio(audit.inconsistent, audit.pairs),
        unread=ratio(audit.unread, audit.pairs),
        longer_wins=ratio(audit.longer_wins, audit.unequal),
        first_wins=ratio(audit.first_wins, audit.verdicts),
        margin=audit.margin_sum / audit.accepted if audit.accepted else None,
        chosen=list(audit.chosen),
        rejected=list(audit.rejected),
        margins=list(audit.margins),
    )


def classified(agreement: Agreement | None) -> dict[str, Classified]:
    """By what was classified, difficulty first among them."""
    if agreement is None:
        return {}
    return {
        name: Classified(looked_at, ratio(same, looked_at), {asked: dict(said) for asked, said in table.items()})
        for name, table in sorted(agreement.counts.items())
        for same, looked_at in (agreement.agreed(name),)
    }


def ratio(part: int, whole: int) -> float | None:
    """A share, `None` of nothing."""
    return part / whole if whole else None
