"""The page at `/`: one's own jobs, their rows and reports, for people. Drawn by the server; works without a script."""

from __future__ import annotations

from fastapi import FastAPI

from hf_synth.server.page import drawing, errors, jobs, results, rows, session


def register(app: FastAPI) -> None:
    """Add the page to an app whose errors are told as problems already."""
    for part in (session, jobs, rows, results, drawing):
        app.include_router(part.router, include_in_schema=False)
    errors.register(app)
