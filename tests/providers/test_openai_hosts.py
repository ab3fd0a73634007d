"""Where calls of the OpenAI-shaped adapter go, and what the environment adds to them."""

from __future__ import annotations

import pytest

from hf_synth.providers.openai import PROVIDER as OPENAI
from providers.calls import KEY, SLOW_OR_FAST, call, error_of
from servers.base import Answer
from servers.openai_server import FakeOpenAI


def test_redirects_are_not_followed() -> None:
    with FakeOpenAI() as other, FakeOpenAI(script=[Answer("", 308, {"Location": f"{other.url}/x"})]) as server:
        assert other.url in str(error_of(OPENAI, server.url))
        assert other.requests == []


def test_headers_of_the_environment_stay_away_from_a_configured_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "authorization: Bearer own-secret\nX-Gateway-Key: own-secret")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-1")
    with FakeOpenAI() as server:
        call(OPENAI, server.url, configured=True)
        call(OPENAI, server.url)
    strangers, own = (request.headers for request in server.requests)
    assert strangers["authorization"] == f"Bearer {KEY}"
    assert "own-secret" not in str(strangers)
    assert not {"x-gateway-key", "openai-organization", "openai-project"} & set(strangers)
    assert own["x-gateway-key"] == "own-secret"


def test_a_proxy_elsewhere_never_sees_a_key_meant_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    with FakeOpenAI() as server:
        assert call(OPENAI, server.url).stop == "stop"


@SLOW_OR_FAST
def test_a_proxy_is_used_as_the_sdk_would(monkeypatch: pytest.MonkeyPatch, fast: bool) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with FakeOpenAI() as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        assert call(OPENAI, "http://models.example/v1", key=None, configured=True, fast=fast).stop == "stop"
        assert proxy.requests[0].headers["host"] == "models.example"
