"""The application: routes, errors and services put together."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from hf_synth.server import answers, openapi, page, streams
from hf_synth.server.border import Border
from hf_synth.server.database import Database
from hf_synth.server.heads import with_heads
from hf_synth.server.metrics import Measured, Metrics
from hf_synth.server.routes import health, jobs, reports, results
from hf_synth.server.services import Services
from hf_synth.server.settings import Settings
from hf_synth.server.shelf import Shelf
from hf_synth.server.store import Store
from hf_synth.server.throttle import Throttle
from hf_synth.server.watch import Watch


def create_app(settings: Settings, working: Callable[[], bool] | None = None) -> FastAPI:
    """An ASGI application that answers requests; a `worker` on the same settings runs the jobs.

    Args:
        settings: of the server.
        working: whether that worker runs, where there is to be one.

    Raises:
        ConfigError: the database or the store cannot be used.
    """
    metrics = Metrics(working)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        database = Database(settings.database_url)
        store = Store(settings.store_url, marked=True)
        app.state.services = Services(settings, database, store, Watch(database), Throttle(), database.secret())
        app.state.shelf = Shelf(app.state.services)
        app.state.doctor = health.Doctor(database, store, metrics, working)
        metrics.follow(database)
        yield
        app.state.services.watch.end()
        database.close()

    app = FastAPI(
        title="hf_synth",
        summary="Typed, verified synthetic datasets from language models.",
        version=version("hf-synth"),
        lifespan=lifespan,
        docs_url=None,  # both load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        telemetry={"tracing": False, "metrics": False},
    )
    answers.register(app)
    streams.quiet()
    for part in (jobs, results, reports, health):
        app.include_router(with_heads(part.router))
    page.register(app)
    app.add_middleware(Measured, metrics=metrics)
    openapi.register(app, plugins="plugins" in settings.allow)
    app.add_middleware(Border)
    return app
