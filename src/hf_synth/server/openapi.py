"""What the OpenAPI document says of bodies, headers and errors."""

from __future__ import annotations

from typing import Any, cast

from fastapi import FastAPI

from hf_synth.server.openapi_config import CONFIGS, PROBLEM, REF, config_schemas
from hf_synth.server.openapi_reports import receipt_schemas
from hf_synth.server.shapes import Problem

Responses = dict[int | str, dict[str, Any]]
_HEADERS = {
    401: {"WWW-Authenticate": {"description": "How to sign in.", "required": True, "schema": {"type": "string"}}},
    429: {
        "Retry-After": {
            "description": "Seconds to wait.",
            "required": True,
            "schema": {"type": "integer", "minimum": 1},
        }
    },
}
PROBLEMS: Responses = {
    status: {"description": told, **PROBLEM, **({"headers": _HEADERS[status]} if status in _HEADERS else {})}
    for status, told in (
        (400, "The body is no JSON."),
        (401, "No API key, or one that is not known."),
        (402, "The budget of the key is used up."),
        (403, "The operator does not allow jobs to name this, or so much of it."),
        (404, "There is no such job of this key."),
        (408, "The body took too long."),
        (409, "Not in this state."),
        (413, "The body is too large."),
        (415, "The body is sent as something else than plain JSON."),
        (422, "What was asked for cannot be; the detail says what to write instead."),
        (429, "Too often, or too many jobs wait or streams are open."),
        (500, "A mistake of the server."),
        (503, "The database or the store does not answer."),
    )
}
_ALWAYS = (401, 429, 500, 503)
_JOB = {
    "job_id": "job_5f2c9a6f0d3e4b7a8c1d2e3f",
    "status": "running",
    "cancel_requested": False,
    "created_at": "2026-01-31T09:30:00Z",
    "started_at": "2026-01-31T09:30:01Z",
    "ended_at": None,
    "config": CONFIGS["instructions"]["value"],
    "estimate": {
        "likely": {"cost": 0.34, "calls": 124, "input_tokens": 52000, "output_tokens": 21000},
        "worst": {"cost": 9.8, "calls": 1260, "input_tokens": 910000, "output_tokens": 752000},
    },
    "statistics": {
        "rows_requested": 100,
        "rows_accepted": 42,
        "rows_by_split": {"train": 42},
        "rows_dropped": 3,
        "dropped_by_cause": {"duplicate": 2, "language": 1},
        "candidates_judged": 45,
        "calls": 57,
        "input_tokens": 21840,
        "output_tokens": 9120,
        "usd": 0.1459,
        "usd_expected": 0.34,
        "rows_per_minute": 312.5,
        "seconds_left": 11.1,
    },
    "error": None,
    "links": {
        name: f"https://synth.example.com/v1/synthetic/jobs/job_5f2c9a6f0d3e4b7a8c1d2e3f{path}"
        for name, path in (
            ("self", ""),
            ("results", "/results"),
            ("results_url", "/results/url"),
            ("report", "/report"),
            ("receipt", "/receipt"),
            ("events", "/events"),
            ("cancel", "/cancel"),
        )
    },
}
JOB: dict[str, Any] = {"content": {"application/json": {"example": _JOB}}}
"""A response that is a job."""
_STATUS = {"type": "string", "contentMediaType": "application/json", "contentSchema": {"$ref": f"{REF}JobStatus"}}
EVENTS: dict[str, Any] = {
    "description": "Server-sent events: `status`, with the job as JSON in `data` and its version in `id`.",
    "content": {
        "text/event-stream": {
            "schema": {
                "description": "One event.",
                "type": "object",
                "properties": {"event": {"const": "status"}, "id": {"type": "string"}, "data": _STATUS},
            }
        }
    },
}
QUEUED: dict[str, Any] = {
    "description": "The job waits, or with a known `Idempotency-Key` stands as it does.",
    "headers": {
        "Location": {
            "description": "The address of the job.",
            "required": True,
            "schema": {"type": "string", "format": "uri"},
        },
        "Idempotency-Replayed": {
            "description": "The job was there before.",
            "schema": {"type": "string", "enum": ["true"]},
        },
    },
    **JOB,
}
GENERATE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": f"{REF}GenerationConfig"}, "examples": CONFIGS}},
    }
}


def problems(*statuses: int) -> Responses:
    """Errors of a route that takes a key: those named, and those that each of them has."""
    return {status: PROBLEMS[status] for status in sorted({*statuses, *_ALWAYS})}


def register(app: FastAPI, *, plugins: bool) -> None:
    """Let an app's document say what the framework cannot see.

    Args:
        app: with all its routes.
        plugins: whether jobs may name what other packages registered.
    """
    plain = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(plain(), plugins=plugins)
        return app.openapi_schema

    app.openapi = document


def _completed(document: dict[str, Any], *, plugins: bool) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas |= {**config_schemas(plugins=plugins), **receipt_schemas(), "Problem": Problem.model_json_schema()}
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path in document["paths"].values():
        for operation in cast("dict[str, dict[str, Any]]", path).values():
            _ours(operation)
    return document


def _ours(operation: dict[str, Any]) -> None:
    """The framework's own form of a 422 is none that leaves this server."""
    invalid = operation["responses"].get("422", {})
    if "application/json" in invalid.get("content", {}):
        if any(parameter["in"] != "path" for parameter in operation.get("parameters", ())):
            operation["responses"]["422"] = PROBLEMS[422]
        else:
            del operation["responses"]["422"]
