"""What the OpenAPI document says of rows."""

from __future__ import annotations

from typing import Any

from hf_synth.server.formats import MEDIA_TYPE
from hf_synth.server.openapi import PROBLEMS

_NONE = PROBLEMS[404]["content"]
_LINE = (
    '{"system_prompt": "You help the customers of an online shop.", "instruction": "My parcel came open. What now?", '
    '"response": "Send us a photo of the box, and we replace it.", '
    '"metadata": {"domain": "customer_support", "difficulty": "easy"}}\n'
)
_BYTES: dict[str, Any] = {
    MEDIA_TYPE["ndjson"]: {"schema": {"type": "string"}, "example": _LINE},
    MEDIA_TYPE["parquet"]: {"schema": {"type": "string", "format": "binary"}},
}
_RANGES: dict[int | str, dict[str, Any]] = {
    206: {"description": "Those bytes of a range that are there.", "content": _BYTES},
    304: {"description": "As If-None-Match has it."},
    416: {"description": "No byte of the range is there (yet: Retry-After).", "content": _NONE},
}
RESULTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One row a line. `X-Job-Status` tells how the job stood at the beginning.",
        "content": {**_BYTES, "text/csv": {"schema": {"type": "string"}}},
    },
    406: {"description": "None of the formats is accepted.", "content": _NONE},
    409: {"description": "Parquet comes with the end of the job.", "content": _NONE},
    **_RANGES,
}
FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": _BYTES},
    403: {"description": "The link is not of this server, or has expired.", "content": _NONE},
    404: {"description": "The job was deleted.", "content": _NONE},
    429: {**PROBLEMS[429], "description": "Too many addresses of the same key are read at once."},
    **_RANGES,
}
