"""The journal's vocabulary: an answer that was paid for, a row that was made, a candidate that was refused.

A record is one JSON object on one line. Beside those three there are: `reserve` and `release` (money set aside
for a call and given back unused), `refused` (a question that the provider will not answer), `run` (a process began to
work on the journal) and `end` (it stopped), `gate` (checks and versions that give the verdicts of a selection from
here on), `outline` (a block of the plan, as the answers on record gave it), `reached` (the last cell whose answers an
import brought). Of a batch: `sent` for each request that is to go into it, then `batch` (all of them are written down:
it is about to be created), `batch_id` (the provider's name for it) and `batch_end` (its results are on record; what got
none is asked again); answers that came out of it name it. An answer that came with a dataset of the Hub has
`elsewhere`, what it cost whoever paid for it, and costs nothing here. Readers skip types they do not know of their own
format number; a higher format number is refused.
"""

from __future__ import annotations

import json
from typing import Any, cast

from hf_synth.types import Answer, Stop, Usage

FORMAT = 1

Record = dict[str, Any]


def encode(record: Record) -> bytes:
    """One line. Half a surrogate pair, which a model may send, survives."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass") + b"\n"


def decode(line: bytes) -> Record | None:
    """The record of a line, `None` where it is damaged."""
    try:
        record = json.loads(line.decode("utf-8", "surrogatepass"))
    except ValueError:
        return None
    return cast("Record", record) if isinstance(record, dict) and "type" in record else None


def answer_record(answer: Answer, role: str, usd: float | None, at: float) -> Record:
    """`usd` is what the call cost, `None` where no price is known; `at` is seconds since the epoch."""
    usage = answer.usage
    record: Record = {
        "type": "answer",
        "name": answer.name,
        "role": role,
        "text": answer.text,
        "stop": answer.stop,
        "model": answer.model,
        "usage": [
            usage.input_tokens,
            usage.output_tokens,
            usage.cached_tokens,
            usage.cache_write_tokens,
            usage.reasoning_tokens,
            int(usage.estimated),
        ],
        "usd": usd,
        "at": round(at, 3),
    }
    if answer.detail:
        record["detail"] = answer.detail
    return record


def refusal_record(name: str, role: str, cause: str, detail: str) -> Record:
    """A question the provider will not answer: not charged, and not asked again."""
    return {"type": "refused", "name": name, "role": role, "cause": cause, "detail": detail}


def read_usage(record: Record) -> Usage:
    """The usage of an answer record."""
    given, made, cached, written, reasoned, estimated = cast("list[int]", record["usage"])
    return Usage(given, made, cached, written, reasoned, bool(estimated))


def read_answer(record: Record) -> Answer:
    """The answer of an answer record."""
    stop: Stop = record["stop"]
    return Answer(record["name"], record["text"], stop, read_usage(record), record["model"], record.get("detail", ""))
