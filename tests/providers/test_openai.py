"""The OpenAI-shaped adapter: what it asks, one call at a time and many."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from generating import until
from hf_synth import errors
from hf_synth.providers.hf import PROVIDER as HF
from hf_synth.providers.openai import PROVIDER as OPENAI
from hf_synth.types import Endpoint, Message
from providers.calls import DATA, KEY, SLOW_OR_FAST, TEXT, Options, call, checked, error_of
from servers.base import Answer
from servers.openai_server import FakeOpenAI, completion, error


def test_the_three_dialects_ask_for_the_same_schema() -> None:
    with FakeOpenAI() as server:
        for dialect in OPENAI.dialects:
            assert set(json.loads(call(OPENAI, server.url, DATA, dialect).text)) == {"title"}
    enforced, any_object, words = server.bodies
    assert enforced["response_format"]["json_schema"]["strict"] is True
    assert enforced["response_format"]["json_schema"]["schema"]["additionalProperties"] is False
    assert [message["content"] for message in enforced["messages"]] == ["Be brief.", "Name a colour."]
    assert any_object["response_format"] == {"type": "json_object"}
    assert "response_format" not in words
    for body in (any_object, words):
        assert "fits this JSON schema: {" in body["messages"][0]["content"]
        assert body["messages"][0]["content"].startswith("Be brief.")


def test_two_system_messages_travel_as_one_that_begins_with_what_is_shared() -> None:
    messages = (Message("system", "Be brief."), Message("system", "You are Ann."), Message("user", "x"))
    with FakeOpenAI() as server:
        for asked in (replace(TEXT, messages=messages), replace(DATA, messages=messages)):
            call(OPENAI, server.url, asked, "prompt")
    plain, shaped = ([message["content"] for message in body["messages"]] for body in server.bodies)
    assert plain == ["Be brief.\n\nYou are Ann.", "x"]
    assert shaped[0].startswith("Be brief.\n\nAnswer with one JSON object")
    assert shaped[0].endswith("}\n\nYou are Ann.")


def test_a_fence_around_data_is_taken_off_and_one_in_prose_is_kept() -> None:
    with FakeOpenAI(handler=lambda *_: completion('```json\n{"title": "x"}\n```')) as server:
        assert call(OPENAI, server.url, DATA, "prompt").text == '{"title": "x"}'
        assert call(OPENAI, server.url, TEXT).text.startswith("```json")


def test_parameters_of_the_user_travel_and_no_others() -> None:
    asked = replace(TEXT, params={"temperature": 0.5, "seed": 7, "reasoning_effort": "low"}, seed=99)
    with FakeOpenAI() as server:
        call(OPENAI, server.url, asked)
        call(OPENAI, server.url, TEXT)
    assert {name: server.bodies[0][name] for name in asked.params} == asked.params
    assert set(server.bodies[1]) == {"model", "messages", "max_tokens"}


def test_the_limit_of_an_answer_has_the_name_the_server_knows() -> None:
    from hf_synth.providers._chat import limit_name

    assert limit_name("https://api.openai.com/v1", "gpt-4o") == "max_completion_tokens"
    assert limit_name("https://me.openai.azure.com/openai/v1", "gpt-4o") == "max_completion_tokens"
    assert limit_name("http://gateway.example/v1", "openai/gpt-5.4-mini") == "max_completion_tokens"
    assert limit_name("http://gateway.example/v1", "o4-mini") == "max_completion_tokens"
    assert limit_name("http://localhost:8000/v1", "qwen3") == "max_tokens"
    assert limit_name("https://evil-openai.com.example/v1", "olmo") == "max_tokens"


def test_text_that_is_no_unicode_drops_the_row_and_not_the_run() -> None:
    with FakeOpenAI() as server:
        found = error_of(OPENAI, server.url, replace(TEXT, messages=(Message("user", "half \ud83d"),)))
    assert isinstance(found, errors.RequestRefused)
    assert server.requests == []


def test_cancelling_a_call_is_no_error_of_the_provider() -> None:
    async def cancelled(server: FakeOpenAI) -> None:
        provider = OPENAI.connect(Endpoint("openai", "gpt-4o", server.url), KEY, Options())
        task = asyncio.create_task(provider.complete(TEXT, "prompt", 30))
        await asyncio.to_thread(until, lambda: server.requests, "the call")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await provider.close()

    with FakeOpenAI(script=[Answer(how="hang")]) as server:
        asyncio.run(cancelled(server))
        assert len(server.requests) == 1


@SLOW_OR_FAST
def test_calls_run_side_by_side_up_to_the_concurrency(fast: bool) -> None:
    async def many(url: str) -> None:
        provider = OPENAI.connect(Endpoint("openai", "gpt-4o", url), KEY, Options(concurrency=6, fast=fast))
        try:
            await asyncio.gather(*(provider.complete(TEXT, "prompt", 10) for _ in range(24)))
        finally:
            await provider.close()

    with FakeOpenAI(delay=0.05) as server:
        asyncio.run(many(server.url))
        assert len(server.requests) == 24
        assert server.most_in_flight == 6


def test_the_router_preset_is_the_same_adapter_with_its_own_host_and_key() -> None:
    assert HF.default_base_url == "https://router.huggingface.co/v1"
    assert HF.api_key_env == "HF_TOKEN"
    with FakeOpenAI() as server:
        assert call(HF, server.url, DATA, model="gpt-4o").text
        assert "max_tokens" in server.bodies[0]
        with pytest.raises(errors.ModelNotFound) as caught, FakeOpenAI(script=[error(404, "model x")]) as other:
            call(HF, other.url)
    checked(caught.value, HF, other.url)


def test_finding_the_providers_loads_no_sdk() -> None:
    code = (
        "import sys; import hf_synth.providers.openai, hf_synth.providers.anthropic, hf_synth.providers.hf;"
        "print(sorted({'openai', 'anthropic', 'httpx2', 'httpx', 'aiohttp', 'pydantic'} & set(sys.modules)))"
    )
    assert run(code) == "[]"


def run(code: str) -> str:
    """What code prints in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=dict(os.environ), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


CONNECT = """
import asyncio, sys
from hf_synth.errors import MissingExtra
from hf_synth.types import Endpoint
from types import SimpleNamespace
sys.modules[{lacking!r}] = None
from hf_synth.providers.{provider} import PROVIDER
try:
    options = SimpleNamespace(concurrency=1, fast=True)
    provider = PROVIDER.connect(Endpoint("x", "m", "http://localhost:1"), "k", options)
except MissingExtra as error:
    print(error)
else:
    asyncio.run(provider.close())
    print("connected")
"""


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_missing_sdk_is_named_and_a_missing_fast_transport_does_without(provider: str) -> None:
    assert f"pip install {provider}" in run(CONNECT.format(lacking=provider, provider=provider))
    assert run(CONNECT.format(lacking="aiohttp", provider=provider)) == "connected"
