"""The ledger: what was called, what it cost and what became of it, folded over a journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from hf_synth.engine.audit import Agreement, CriticAudit
from hf_synth.engine.money import added
from hf_synth.engine.receipt import Line, OpenBatch, Receipt, models_changed
from hf_synth.engine.records import Record, read_usage


@dataclass(frozen=True, slots=True)
class Totals:
    """What was called so far, over all roles and models. Retries are on record only when a run ends."""

    calls: int
    input_tokens: int
    output_tokens: int


class Ledger:
    """A receipt in the making; rows and drops are those of one selection."""

    def __init__(self, selection: str) -> None:
        self._receipt = Receipt()
        self._selection = selection
        self._drops = Counter[str]()
        self._flags = Counter[str]()
        self._lines: dict[tuple[str, str], Line] = {}
        self._open: dict[str, float] = {}
        self._batches: dict[str, OpenBatch] = {}
        self._judged: set[tuple[int, int]] = set()
        self._elsewhere = 0

    def take(self, record: Record) -> None:
        """Take one record; types that are not about money, time or verdicts are passed over."""
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
                self._receipt.runs += 1
                self._close_books()
            case "end":
                self._receipt.seconds += record["seconds"]
                self._receipt.retries += record["retries"]
            case _:
                self._batch(record)

    def _close_books(self) -> None:
        """What a run left open stays unsettled: a later one does not settle it. Batches go on."""
        self._receipt.unsettled_usd += sum(self._open.values())
        self._open.clear()

    def _verdict(self, record: Record) -> None:
        place = (record["place"][0], record["place"][1])
        if record["selection"] != self._selection or place in self._judged:
            return
        self._judged.add(place)
        notes = record.get("notes", {})
        if "judged" in notes:
            self._receipt.critic = self._receipt.critic or CriticAudit()
            self._receipt.critic.take(notes, accepted=record["type"] == "row")
        if record["type"] == "drop":
            self._drops[record["cause"]] += 1
            return
        self._receipt.accepted += 1
        self._flags.update(list(record.get("flags", ())))
        if "classified" in notes:
            self._receipt.classified = self._receipt.classified or Agreement()
            self._receipt.classified.take(notes)

    def _call(self, record: Record) -> None:
        self._open.pop(record.get("reserved", ""), None)
        usage = read_usage(record)
        name = (record["role"], record["model"])
        line = self._lines.setdefault(name, Line(*name))
        line.calls += 1
        line.batch_calls += "batch" in record
        line.input_tokens += usage.input_tokens
        line.cached_tokens += usage.cached_tokens
        line.cache_write_tokens += usage.cache_write_tokens
        line.output_tokens += usage.output_tokens
        line.reasoning_tokens += usage.reasoning_tokens
        line.estimated_calls += usage.estimated
        line.usd = added(line.usd, record["usd"])
        if "elsewhere" in record:
            self._elsewhere += 1
            self._receipt.usd_elsewhere = added(self._receipt.usd_elsewhere, record["elsewhere"])
        at = record["at"]
        line.first_at = at if line.first_at is None else min(line.first_at, at)
        line.last_at = at if line.last_at is None else max(line.last_at, at)
        batch = self._batches.get(record.get("batch", ""))
        if batch is not None and batch.usd is not None:
            batch.usd = max(0.0, batch.usd - (record.get("aside") or 0.0))

    def _batch(self, record: Record) -> None:
        match record["type"]:
            case "batch":
                mark, provider, model = record["mark"], record["provider"], record["model"]
                self._batches[mark] = OpenBatch(
                    mark, None, provider, model, record["requests"], record["at"], record["usd"]
                )
            case "batch_id":
                if record["mark"] in self._batches:
                    self._batches[record["mark"]].id = record["id"]
            case "batch_end":
                ended = self._batches.pop(record["mark"], None)
                self._receipt.batches_ended += record["word"] != "never sent"
                if ended is not None and record["lost"]:
                    self._receipt.unsettled_usd += ended.usd or 0.0
            case _:
                pass

    @property
    def spent(self) -> float | None:
        """US dollars of all answers and of what was perhaps charged without one; `None` where a price is not known."""
        return added(self._answered, self._receipt.unsettled_usd + sum(self._open.values()))

    @property
    def set_aside(self) -> float | None:
        """US dollars that batches which are out may yet be charged with; `None` where a price is not known."""
        return reduce(added, (batch.usd for batch in self._batches.values()), 0.0)

    @property
    def _answered(self) -> float | None:
        """US dollars of all answers."""
        return reduce(added, (line.usd for line in self._lines.values()), 0.0)

    @property
    def totals(self) -> Totals:
        """The sums so far; more may be taken afterwards."""
        lines = self._lines.values()
        calls = sum(line.calls for line in lines)
        return Totals(calls, sum(line.input_tokens for line in lines), sum(line.output_tokens for line in lines))

    def done(self) -> Receipt:
        """The receipt of what was taken. The end: nothing is taken afterwards."""
        self._close_books()
        receipt = self._receipt
        receipt.rows, receipt.judged = receipt.accepted, len(self._judged)
        receipt.dropped, receipt.flagged = dict(self._drops), dict(self._flags)
        receipt.calls = sorted(self._lines.values(), key=lambda line: (line.role != "generator", line.first_at or 0.0))
        receipt.usd = self._answered
        receipt.batches = list(self._batches.values())
        receipt.remarks = models_changed(receipt.calls)
        if self._elsewhere:
            receipt.remarks.append(
                f"{self._elsewhere:,} of the answers came with the records of a repo: which model wrote them is what "
                "these say."
            )
        return receipt


def receipt_of(records: Iterable[Record], selection: str) -> Receipt:
    """Fold a journal into a receipt; rows and drops are those of one selection."""
    ledger = Ledger(selection)
    for record in records:
        ledger.take(record)
    return ledger.done()
