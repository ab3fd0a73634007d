"""Batches at OpenAI: what is sent, how a batch is found again, what failures mean."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from hf_synth import errors
from hf_synth.errors import ProviderError
from hf_synth.protocols import Batching, BatchState
from hf_synth.providers.hf import PROVIDER as HF
from hf_synth.providers.openai import PROVIDER as OPENAI
from hf_synth.types import Endpoint, Reply
from providers.batching import MARK, all_of, classes, error_in, found, made, run, with_batches
from providers.calls import KEY, SLOW_OR_FAST, Options
from servers.base import Answer
from servers.batches import FULL, INVALID, Outcome
from servers.openai_batches import parts
from servers.openai_server import FakeOpenAI, completion, error


def test_a_connection_has_a_batch_side_where_its_kind_has_one() -> None:
    with FakeOpenAI() as server:
        assert OPENAI.batches
        assert OPENAI.connect(Endpoint("openai", "m", server.url), KEY, Options()).batching is not None
        assert not HF.batches
        assert HF.connect(Endpoint("hf", "m", server.url), KEY, Options()).batching is None


@SLOW_OR_FAST
def test_the_file_is_uploaded_for_a_month_and_the_batch_bears_its_mark(fast: bool, tmp_path: Path) -> None:
    with FakeOpenAI() as server:
        with_batches(OPENAI, server.url, lambda side: made(side, tmp_path), fast=fast)
    upload, creation = server.requests
    form = parts(upload.headers["content-type"], upload.body)
    assert form.pop("file") == (tmp_path / f"{MARK}.jsonl").read_bytes()
    assert form == {
        "purpose": b"batch",
        "expires_after[anchor]": b"created_at",
        "expires_after[seconds]": b"2592000",
    }
    assert "transfer-encoding" not in upload.headers
    assert creation.body == {
        "input_file_id": "file-1",
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
        "metadata": {"hf_synth": MARK},
    }
    assert {line["method"] + line["url"] for line in server.batches.made[0].lines} == {"POST/v1/chat/completions"}


def test_the_limits_leave_a_margin() -> None:
    async def limits(side: Batching) -> tuple[int, int]:
        return side.most_requests, side.most_bytes

    assert with_batches(OPENAI, "http://localhost:1", limits) == (50_000, 199_000_000)


def test_a_batch_is_found_by_its_mark_on_any_page_while_it_runs(tmp_path: Path) -> None:
    async def several(side: Batching) -> None:
        for number in range(7):
            await made(side, tmp_path, mark=MARK if number == 1 else f"{number:016}")

    with FakeOpenAI() as server:
        server.batches.held, server.batches.page = True, 2
        with_batches(OPENAI, server.url, several)
        before = len(server.requests)
        assert with_batches(OPENAI, server.url, found) == ("batch_2", False)
        assert [request.query.get("after") for request in server.requests[before:]] == [None, "batch_6", "batch_4"]
        assert with_batches(OPENAI, server.url, lambda side: found(side, known=("batch_2",))) == (None, False)


def test_what_is_older_than_the_batch_can_be_is_not_listed(tmp_path: Path) -> None:
    with FakeOpenAI() as server:
        assert with_batches(OPENAI, server.url, found) == (None, False)
        for _ in range(4):
            with_batches(OPENAI, server.url, lambda side: made(side, tmp_path))
        for batch in server.batches.made:
            batch.created -= 3600
        server.batches.page = 1
        before = len(server.requests)
        assert with_batches(OPENAI, server.url, found) == (None, False)
        assert len(server.requests) - before == 1
        since = time.time() - 3500
        assert with_batches(OPENAI, server.url, lambda side: found(side, since=since)) == ("batch_4", False)


def test_a_list_that_repeats_itself_comes_to_an_end() -> None:
    page = {"data": [{"id": "batch_1", "created_at": int(time.time()), "metadata": None}], "has_more": True}
    with FakeOpenAI(script=[page] * 5) as server:
        assert with_batches(OPENAI, server.url, found) == (None, False)
        assert len(server.requests) == 2


FAILURES: list[tuple[Outcome, type[ProviderError], str]] = [
    (FULL, errors.RateLimited, "Enqueued token limit"),
    (Outcome("fail", message="Enqueued token limit reached for gpt-4o"), errors.RateLimited, "Enqueued"),
    (INVALID, errors.RequestInvalid, "line 1: This line is not parseable"),
    (Outcome("fail", code="billing_hard_limit_reached", message="Pay."), errors.QuotaExhausted, "Pay."),
    (Outcome("fail", code="model_not_found", message="No gpt-9.", line=3), errors.ModelNotFound, "line 3: No gpt-9."),
    (Outcome("fail", message="The file holds a context length of x"), errors.RequestInvalid, "context length"),
    (Outcome("fail", message=f"Bad {KEY}"), errors.RequestInvalid, "[redacted]"),
]


@pytest.mark.parametrize(("outcome", "kind", "words"), FAILURES, ids=[row[2] for row in FAILURES])
def test_a_batch_that_failed_says_why(outcome: Outcome, kind: Any, words: str, tmp_path: Path) -> None:
    async def failed(side: Batching) -> tuple[BatchState, dict[str, Any]]:
        batch = await made(side, tmp_path)
        return await side.look(batch), await all_of(side, batch)

    with FakeOpenAI() as server:
        server.batches.outcomes = [outcome]
        state, became = with_batches(OPENAI, server.url, failed)
    assert type(state.error) is kind
    assert words in str(state.error)
    assert KEY not in str(state.error)
    assert (state.ended, state.word, became) == (True, "failed", {})
    assert server.batches.answered == []


def test_a_failure_without_reasons_is_one_too() -> None:
    with FakeOpenAI(script=[{"id": "batch_1", "status": "failed", "errors": None}]) as server:
        state = with_batches(OPENAI, server.url, lambda side: side.look("batch_1"))
    assert "no reason given" in str(state.error)


def test_an_answer_that_is_no_batch_is_no_state() -> None:
    with FakeOpenAI(script=[{"object": "list"}]) as server:
        assert type(error_in(OPENAI, server.url, lambda side: side.look("batch_1"))) is errors.Unavailable


ITEMS: list[tuple[Answer, str, dict[str, Any]]] = [
    (error(400, "too long", "context_length_exceeded"), "RequestRefused", {"cause": "context_length"}),
    (error(400, "flagged", "content_filter"), "RequestRefused", {"cause": "content_filter"}),
    (error(400, "Invalid schema for response_format"), "ShapeUnsupported", {}),
    (error(400, "Unknown parameter"), "RequestInvalid", {}),
    (error(401, "no"), "AuthenticationFailed", {}),
    (error(404, "The model x does not exist", "model_not_found"), "ModelNotFound", {}),
    (error(429, "slow down"), "RateLimited", {}),
    (error(429, "pay", "insufficient_quota"), "QuotaExhausted", {}),
    (error(500, "it broke"), "Unavailable", {"maybe_paid": False}),
    (error(504, "too late"), "Unavailable", {"maybe_paid": False}),
    (Answer(completion("x", choices=[])), "Unavailable", {}),
    (Answer({"error": {"message": "it broke", "code": 502}}), "Unavailable", {}),
]


@pytest.mark.parametrize(("answer", "kind", "also"), ITEMS, ids=[f"{row[0].status} {row[1]}" for row in ITEMS])
def test_a_request_that_failed_is_the_error_it_would_be_live(
    answer: Answer, kind: str, also: dict[str, Any], tmp_path: Path
) -> None:
    with FakeOpenAI() as server:
        server.batches.fault = lambda number, body: answer if number == 1 else None
        became = with_batches(OPENAI, server.url, lambda side: run(side, tmp_path))
    assert classes(became) == {"0": "Reply", "1": kind, "2": "Reply"}
    failed = became[f"{MARK}-1"]
    assert {name: getattr(failed, name) for name in also} == also


def test_an_error_without_an_answer_of_the_model_is_told_by_its_code(tmp_path: Path) -> None:
    content = b'{"custom_id": "m-1", "response": null, "error": {"code": "rate_limit_exceeded", "message": "slow"}}\n'
    content += b'{"custom_id": "m-2", "response": null, "error": null}\n'
    content += b'{"custom_id": "m-3", "response": {"status_code": 500, "body": null}, "error": null}\n'
    content += b'{"custom_id": "m-4", "response": null, "error": {"code": "batch_cancelled"}}\n'
    odd = b'{"choices": [{"message": {"content": "x"}, "finish_reason": []}], "usage": {"prompt_tokens": 1e999}}'
    content += b'{"custom_id": "m-5", "response": {"status_code": 200, "body": ' + odd + b'}, "error": null}'
    with FakeOpenAI() as server:
        server.batches.garble = lambda _: content
        became = with_batches(OPENAI, server.url, lambda side: run(side, tmp_path))
    assert classes(became) == {"m-1": "RateLimited", "m-2": "Unavailable", "m-3": "Unavailable", "m-5": "Reply"}


def test_answers_of_a_batch_are_read_as_live_ones_are(tmp_path: Path) -> None:
    cut = completion("half", finish="length", usage={"prompt_tokens": 9, "completion_tokens": 4})
    with FakeOpenAI(handler=lambda *_: cut) as server:
        became = with_batches(OPENAI, server.url, lambda side: run(side, tmp_path, 1))
    reply = became[f"{MARK}-0"]
    assert isinstance(reply, Reply)
    assert (reply.text, reply.stop, reply.usage.output_tokens, reply.model) == (
        "half",
        "length",
        4,
        "gpt-4o-2024-08-06",
    )
