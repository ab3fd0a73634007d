"""HEAD wherever there is GET (RFC 9110): the same headers, and no content."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.routing import APIRoute


def with_heads(router: APIRouter) -> APIRouter:
    """Let a router answer HEAD for all that it answers GET for. The server that sends it leaves the content out."""
    routes = [route for route in router.routes if isinstance(route, APIRoute)]
    known = {route.path for route in routes if "HEAD" in (route.methods or ())}
    for route in routes:
        if "GET" in (route.methods or ()) and route.path not in known:
            router.add_api_route(
                route.path.removeprefix(router.prefix),
                route.endpoint,
                methods=["HEAD"],
                name=route.name,
                response_model=route.response_model,
                response_class=route.response_class,
                include_in_schema=False,
            )
    return router
