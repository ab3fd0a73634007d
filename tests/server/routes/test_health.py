from __future__ import annotations

import httpx
import pytest

from hf_synth.server.app import create_app
from serving import settings_of


def test_a_server_that_is_well_says_so_without_a_key(served):
    answer = httpx.get(f"{served.url}/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.anyio
async def test_one_whose_worker_does_not_run_is_not_well(tmp_path):
    from hf_synth.server.serve import prepare

    settings, works = settings_of(tmp_path), False
    prepare(settings)
    app = create_app(settings, lambda: works)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert answer.json()["detail"] == "The worker does not run."
        assert "hf_synth_worker_up 0.0" in (await client.get("/metrics")).text
        works = True
        assert (await client.get("/healthz")).status_code == 200
        assert "hf_synth_worker_up 1.0" in (await client.get("/metrics")).text
