"""The ledger: what was called, what it cost and what became of it, folded over a journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from hf_synth.engine.records import Record, read_usage


@dataclass(slots=True)
class Line:
    """Calls of one role answered by one model, as served. Tokens; `usd` in US dollars, `None` where unknown."""

    role: str
    model: str
    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    estimated_calls: int = 0
    """Calls for which the server told no usage: their tokens are estimates."""
    usd: float | None = 0.0


@dataclass(slots=True)
class Receipt:
    """What a dataset took, over the lifetime of its journal.

    Attributes:
        rows: rows delivered; all accepted ones where no count was named.
        accepted: rows on record for this choice of thresholds and splits.
        judged: candidates judged for it.
        dropped: refused candidates by cause.
        calls: answers on record, by role and model served.
        usd: what they cost together, `None` where a price is not known.
        unsettled_usd: reserved for calls that were never answered on record (killed, timed out): perhaps charged.
        priced_on: where the prices come from.
        list_price: the tier's advertised price for these rows, `None` without a tier.
        retries: failed calls that were made again.
        seconds: wall time of all runs that ended in order.
        runs: processes that worked on the journal.
        changed: whether the dataset's rows were changed after they were generated (`map`, `filter`, …).
    """

    rows: int = 0
    accepted: int = 0
    judged: int = 0
    dropped: dict[str, int] = field(default_factory=dict[str, int])
    calls: list[Line] = field(default_factory=list[Line])
    usd: float | None = 0.0
    unsettled_usd: float = 0.0
    priced_on: str = ""
    list_price: float | None = None
    retries: int = 0
    seconds: float = 0.0
    runs: int = 0
    changed: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Receipt:
        """The reverse of `to_dict`."""
        receipt = cls(**values)
        receipt.calls = [Line(**line) for line in values["calls"]]
        return receipt

    def __str__(self) -> str:
        spent = "unknown (no price for a model)" if self.usd is None else f"${self.usd:.4f}"
        priced = f" (prices: {self.priced_on})" if self.priced_on and self.usd is not None else ""
        listed = "" if self.list_price is None else f"; tier list price ${self.list_price:.4f}"
        dropped = ", ".join(f"{cause} {n}" for cause, n in sorted(self.dropped.items(), key=lambda kv: -kv[1]))
        lines = [
            f"rows      {self.rows} (accepted {self.accepted} of {self.judged} candidates)",
            f"dropped   {dropped or 'none'}",
            f"cost      {spent}{priced}{listed}",
        ]
        for line in self.calls:
            about = " (partly estimated)" if line.estimated_calls else ""
            lines.append(
                f"{line.role:<9} {line.model}: {line.calls} calls, {line.input_tokens} input tokens "
                f"({line.cached_tokens} cached), {line.output_tokens} output tokens{about}"
            )
        lines.append(f"time      {self.seconds:.1f} s in {self.runs} run(s), {self.retries} retries")
        if self.unsettled_usd:
            lines.append(f"unsettled ${self.unsettled_usd:.4f} for calls that were cut off and perhaps charged")
        if self.changed:
            lines.append("The rows were changed since: this is the receipt of what was generated.")
        return "\n".join(lines)


class _Fold:
    """A receipt in the making."""

    def __init__(self, selection: str) -> None:
        self.receipt = Receipt()
        self._selection = selection
        self._drops = Counter[str]()
        self._lines: dict[tuple[str, str], Line] = {}
        self._open: dict[str, float] = {}
        self._judged: set[tuple[int, int]] = set()

    def take(self, record: Record) -> None:
        """Take one record; unknown types are passed over."""
        match record["type"]:
            case "answer":
                self._call(record)
            case "row" | "drop":
                self._verdict(record)
            case "reserve":
                self._open[record["name"]] = record["usd"]
            case "release":
                self._open.pop(record["name"], None)
            case "run":
                self.receipt.runs += 1
                self._close_books()
            case "end":
                self.receipt.seconds += record["seconds"]
                self.receipt.retries += record["retries"]
            case _:
                pass

    def _close_books(self) -> None:
        """What a run left open stays unsettled: a later one does not settle it."""
        self.receipt.unsettled_usd += sum(self._open.values())
        self._open.clear()

    def _verdict(self, record: Record) -> None:
        place = (record["place"][0], record["place"][1])
        if record["selection"] != self._selection or place in self._judged:
            return
        self._judged.add(place)
        if record["type"] == "row":
            self.receipt.accepted += 1
        else:
            self._drops[record["cause"]] += 1

    def _call(self, record: Record) -> None:
        self._open.pop(record.get("reserved", ""), None)
        usage = read_usage(record)
        name = (record["role"], record["model"])
        line = self._lines.setdefault(name, Line(*name))
        line.calls += 1
        line.input_tokens += usage.input_tokens
        line.cached_tokens += usage.cached_tokens
        line.output_tokens += usage.output_tokens
        line.reasoning_tokens += usage.reasoning_tokens
        line.estimated_calls += usage.estimated
        line.usd = None if line.usd is None or record["usd"] is None else line.usd + record["usd"]

    def done(self) -> Receipt:
        """The receipt of what was taken."""
        receipt = self.receipt
        receipt.rows, receipt.judged = receipt.accepted, len(self._judged)
        receipt.dropped = dict(self._drops)
        receipt.calls = sorted(self._lines.values(), key=lambda line: (line.role != "generator", line.model))
        costs = [line.usd for line in receipt.calls if line.usd is not None]
        receipt.usd = sum(costs) if len(costs) == len(receipt.calls) else None
        self._close_books()
        return receipt


def receipt_of(records: Iterable[Record], selection: str) -> Receipt:
    """Fold a journal into a receipt; rows and drops are those of one selection."""
    fold = _Fold(selection)
    for record in records:
        fold.take(record)
    return fold.done()
