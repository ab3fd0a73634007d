"""What the OpenAPI document says of reports and receipts."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter

from hf_synth.engine.receipt import Receipt
from hf_synth.server.openapi_config import PROBLEM, REF

_REPORT: dict[str, Any] = {
    "schema": "instruction_v1",
    "domain": "customer_support",
    "language": "en",
    "rows": 100,
    "remarks": [],
    "cost": {
        "judged": 109,
        "accepted": 100,
        "calls": 131,
        "usd": 0.3304,
        "models": {"generator": ["gpt-4o-2024-08-06"]},
    },
    "splits": {"rows": {"train": 100}, "shared": []},
    "languages": {"asked": "en", "rows": 100, "share": 1.0, "others": {}},
    "flags": {},
}
_RECEIPT: dict[str, Any] = {
    "rows": 100,
    "accepted": 100,
    "judged": 109,
    "dropped": {"duplicate": 7, "language": 2},
    "calls": [
        {
            "role": "generator",
            "model": "gpt-4o-2024-08-06",
            "calls": 131,
            "input_tokens": 51200,
            "output_tokens": 20240,
            "usd": 0.3304,
        }
    ],
    "usd": 0.3304,
    "priced_on": "genai-prices, 2026-01-20",
    "list_price": 0.5,
    "retries": 1,
    "seconds": 19.2,
    "runs": 1,
}
REPORTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The report, of which the example shows some.",
        "content": {
            "application/json": {"schema": {"type": "object", "title": "Report"}, "example": _REPORT},
            "text/html": {"schema": {"type": "string"}},
        },
    },
    404: {
        "description": "There is no such job of this key, or it ended without a report.",
        **PROBLEM,
    },
    406: {"description": "Neither JSON nor HTML is accepted.", **PROBLEM},
    409: {"description": "The job has not ended: its report comes when it completes.", **PROBLEM},
}
RECEIPTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The receipt, of which the example shows some.",
        "content": {"application/json": {"schema": {"$ref": f"{REF}Receipt"}, "example": _RECEIPT}},
    },
    404: {"description": "There is no such job of this key, or it ended while it waited in the queue.", **PROBLEM},
    409: {"description": "The job has not ended: its receipt comes then.", **PROBLEM},
}


@cache
def receipt_schemas() -> dict[str, Any]:
    """What a receipt is made of, by name; each field with what the library says of it."""
    whole = TypeAdapter(Receipt).json_schema(ref_template=f"{REF}{{model}}", mode="serialization")
    found = {"Receipt": whole, **whole.pop("$defs")}
    for schema in found.values():
        _tell(schema)
    return found


def _tell(schema: dict[str, Any]) -> None:
    """Move what a description says of fields to them."""
    said, _, fields = schema.get("description", "").partition("\n\nAttributes:\n")
    schema["description"] = said
    for line in fields.splitlines():
        names, _, told = line.strip().partition(": ")
        for name in re.split(r",\s*", names):
            cast("dict[str, Any]", schema["properties"][name])["description"] = told.replace("`None`", "`null`")
