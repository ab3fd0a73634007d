"""Both batch sides with a server that fails: every call ends in one error of ours, on both transports."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hf_synth import errors
from hf_synth.errors import ProviderError
from hf_synth.protocols import Batching, BatchState
from hf_synth.providers._border import Border
from hf_synth.providers._exchange import Exchange
from hf_synth.providers._link import link
from hf_synth.types import Endpoint
from providers.batching import (
    BOTH,
    MODELS,
    error_in,
    made,
    with_batches,
)
from providers.calls import KEY, SLOW_OR_FAST, Options
from servers.base import Answer


@BOTH
def test_a_cancellation_that_fails_for_another_reason_is_an_error(kind: Any, fake: Any, tmp_path: Path) -> None:
    async def cancel(side: Batching) -> None:
        await side.cancel(server.batches.made[0].id)

    with fake() as server:
        server.batches.held = True
        with_batches(kind, server.url, lambda side: made(side, tmp_path))
        server.script.append(Answer({"error": {"message": "no", "type": "invalid_request_error"}}, 400))
        assert type(error_in(kind, server.url, cancel)) is errors.RequestInvalid
        server.script.append(Answer({"error": {"message": "no"}}, 500))
        assert type(error_in(kind, server.url, cancel)) is errors.Unavailable


@BOTH
@SLOW_OR_FAST
def test_a_batch_nobody_knows_is_named_with_what_to_do(kind: Any, fake: Any, fast: bool) -> None:
    async def results(side: Batching) -> list[Any]:
        state = BatchState("gone-1", ended=True, word="ended", files=("/v1/messages/batches/gone-1/results",))
        return [line async for line in side.results(state)]

    with fake() as server:
        for use in (lambda side: side.look("gone-1"), lambda side: side.cancel("gone-1"), results):
            lost = error_in(kind, server.url, use, fast=fast)
            assert type(lost) is errors.BatchNotFound, lost
            assert "'gone-1'" in str(lost)
            assert "another key" in str(lost)
            assert "hf-synth cancel --forget" in str(lost)


@BOTH
def test_an_id_cannot_lead_to_another_path(kind: Any, fake: Any) -> None:
    with fake() as server:
        error_in(kind, server.url, lambda side: side.look("../../x?y=1"))
        assert server.requests[0].path.endswith("/batches/../../x?y=1")
        assert not server.requests[0].query


BAD_KEY = {"error": {"message": f"no {KEY}", "type": "authentication_error"}}
FAULTS: list[tuple[str, Answer, type[ProviderError]]] = [
    ("401", Answer(BAD_KEY, 401), errors.AuthenticationFailed),
    ("429", Answer({"error": {"message": "slow", "type": "rate_limit_error"}}, 429), errors.RateLimited),
    ("402", Answer({"error": {"message": "pay", "type": "billing_error"}}, 402), errors.QuotaExhausted),
    ("413", Answer({"error": {"message": "too large"}}, 413), errors.RequestInvalid),
    ("422", Answer({"detail": "bad"}, 422), errors.RequestInvalid),
    ("302", Answer("", 302, {"Location": "https://elsewhere.example/login?token=x"}), errors.BadEndpoint),
    ("404", Answer({"detail": "Not Found"}, 404), errors.BadEndpoint),
    ("500", Answer({"error": {"message": "it broke"}}, 500), errors.Unavailable),
    ("200 html", Answer("<html>Log in</html>"), errors.BadEndpoint),
    ("200 cut", Answer(b'{"id": "batch'), errors.Unavailable),
    ("200 error", Answer({"error": {"message": "it broke", "type": "api_error"}}), errors.Unavailable),
    ("200 no id", Answer({"object": "batch"}), errors.Unavailable),
    *((how, Answer({"id": "x"}, how=how), errors.Unavailable) for how in ("reset", "close", "cut", "garbage")),
]  # fmt: skip


@BOTH
@SLOW_OR_FAST
@pytest.mark.parametrize(("answer", "kind_of"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_each_bad_answer_to_a_creation_becomes_its_error(
    kind: Any, fake: Any, fast: bool, answer: Answer, kind_of: type[ProviderError], tmp_path: Path
) -> None:
    with fake(script=[answer]) as server:
        ended = error_in(kind, server.url, lambda side: made(side, tmp_path), fast=fast)
    assert type(ended) is kind_of, ended
    assert len(server.requests) == 1
    if isinstance(ended, errors.Unavailable):  # an upload makes no batch
        assert ended.maybe_paid == (kind.name == "anthropic")


@BOTH
@SLOW_OR_FAST
def test_a_server_without_batches_and_one_that_is_not_there_are_told_apart(
    kind: Any, fake: Any, fast: bool, tmp_path: Path
) -> None:
    with fake(script=[Answer({"detail": "Not Found"}, 404)]) as server:
        without = error_in(kind, server.url, lambda side: made(side, tmp_path), fast=fast)
    gone = error_in(kind, server.url, lambda side: made(side, tmp_path), fast=fast)
    assert "no batch API" in str(without)
    assert isinstance(gone, errors.Unavailable)
    assert not gone.maybe_paid


@BOTH
@SLOW_OR_FAST
@pytest.mark.parametrize("how", ["hang", "drip"])
def test_a_call_takes_no_longer_than_its_time_in_all(kind: Any, fake: Any, fast: bool, how: Any) -> None:
    async def asked_for(url: str) -> Any:
        border = Border(kind.name, MODELS[kind.name], url, None, KEY)
        opened = link(kind.name, Endpoint(kind.name, MODELS[kind.name], url), border, Options(fast=fast))
        outcome = await Exchange(opened, border).ask("get", "/batches", total=0.2)
        await opened.close()
        return outcome

    with fake(script=[Answer({"id": "batch_1"}, how=how)]) as server:
        late = asyncio.run(asked_for(server.url))
    assert type(late) is errors.Unavailable
    assert "0.2 s." in str(late)
