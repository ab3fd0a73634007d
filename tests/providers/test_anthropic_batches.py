"""Batches at Anthropic's: one call that holds them all, batches that bear no marks, results in one file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from hf_synth import errors
from hf_synth.protocols import Batching
from hf_synth.providers.anthropic import PROVIDER as ANTHROPIC
from hf_synth.providers.offline import PROVIDER as OFFLINE
from hf_synth.types import Endpoint
from providers.batching import MARK, asked, classes, error_in, file_of, found, made, run, with_batches
from providers.calls import SLOW_OR_FAST, Options
from servers.anthropic_server import FakeAnthropic, error, message
from servers.base import Answer
from servers.batches import FULL, INVALID, Outcome

OTHER = "f" * 16


def test_the_template_has_no_batch_side() -> None:
    assert ANTHROPIC.batches
    assert not OFFLINE.batches
    assert OFFLINE.connect(Endpoint("offline", "template"), None, Options()).batching is None


@SLOW_OR_FAST
@pytest.mark.parametrize("base", ["", "/v1"])
def test_the_requests_are_one_body_of_known_length(fast: bool, base: str, tmp_path: Path) -> None:
    with FakeAnthropic() as server:
        became = with_batches(ANTHROPIC, server.url + base, lambda side: run(side, tmp_path), fast=fast)
    sent = server.requests[0]
    assert sent.path == "/v1/messages/batches"
    assert [line["custom_id"] for line in sent.body["requests"]] == [f"{MARK}-{number}" for number in range(3)]
    assert set(sent.body["requests"][0]) == {"custom_id", "params"}
    assert "transfer-encoding" not in sent.headers
    assert sent.headers["content-type"] == "application/json"
    lines = (tmp_path / f"{MARK}.jsonl").stat().st_size
    assert int(sent.headers["content-length"]) == lines + len('{"requests":[]}') - 1
    assert classes(became) == {"0": "Reply", "1": "Reply", "2": "Reply"}


def test_results_are_fetched_from_the_base_url_whatever_host_the_batch_names(tmp_path: Path) -> None:
    with FakeAnthropic() as server:
        with_batches(ANTHROPIC, server.url, lambda side: run(side, tmp_path))
        assert server.requests[-1].path == "/v1/messages/batches/msgbatch_1/results"


def test_a_file_without_a_last_line_break_is_sent_whole(tmp_path: Path) -> None:
    async def bare(side: Batching) -> str:
        file = file_of(side, tmp_path)
        file.write_bytes(file.read_bytes().rstrip(b"\n"))
        return await side.create(file, MARK)

    with FakeAnthropic() as server:
        with_batches(ANTHROPIC, server.url, bare)
        assert len(server.batches.made[0].lines) == 3


def test_the_limits_leave_room_for_what_is_around_the_lines() -> None:
    async def limits(side: Batching) -> tuple[int, int]:
        return side.most_requests, side.most_bytes

    assert with_batches(ANTHROPIC, "http://localhost:1", limits) == (100_000, 255_000_000)


def test_a_batch_that_runs_may_be_the_one_and_is_known_by_its_first_result(tmp_path: Path) -> None:
    with FakeAnthropic() as server:
        server.batches.held = True
        with_batches(ANTHROPIC, server.url, lambda side: made(side, tmp_path, 3, OTHER))
        with_batches(ANTHROPIC, server.url, lambda side: made(side, tmp_path, 3))
        assert with_batches(ANTHROPIC, server.url, found) == (None, True)
        server.batches.held = False
        assert with_batches(ANTHROPIC, server.url, found) == ("msgbatch_2", False)
        known = lambda side: found(side, known=("msgbatch_2",))  # noqa: E731
        assert with_batches(ANTHROPIC, server.url, known) == (None, False)


def test_only_batches_of_its_size_and_time_are_candidates(tmp_path: Path) -> None:
    with FakeAnthropic() as server:
        server.batches.held, server.batches.page = True, 1
        for requests in (3, 4, 4):
            with_batches(ANTHROPIC, server.url, lambda side, requests=requests: made(side, tmp_path, requests))
        assert with_batches(ANTHROPIC, server.url, lambda side: found(side, 3)) == (None, True)
        assert with_batches(ANTHROPIC, server.url, lambda side: found(side, 5)) == (None, False)
        server.batches.made[0].created -= 3600
        assert with_batches(ANTHROPIC, server.url, lambda side: found(side, 3)) == (None, False)
        since = time.time() - 3500
        server.batches.held = False
        assert with_batches(ANTHROPIC, server.url, lambda side: found(side, 3, since)) == ("msgbatch_1", False)


@pytest.mark.parametrize("outcome", [Outcome("expire"), Outcome("cancel")], ids=["expired", "cancelled"])
def test_a_batch_of_which_nothing_was_tried_is_found_too(outcome: Outcome, tmp_path: Path) -> None:
    with FakeAnthropic() as server:
        server.batches.outcomes = [outcome]
        with_batches(ANTHROPIC, server.url, lambda side: made(side, tmp_path))
        assert with_batches(ANTHROPIC, server.url, found) == ("msgbatch_1", False)


def test_a_batch_whose_results_are_no_longer_kept_is_not_the_one(tmp_path: Path) -> None:
    gone = {"processing_status": "ended", "request_counts": {"succeeded": 3}}
    page = {"data": [{"id": "msgbatch_9", "created_at": "2999-01-01T00:00:00Z", **gone}], "has_more": False}
    odd = {"data": [{"id": "msgbatch_9", "created_at": None, **gone}], "has_more": True}
    with FakeAnthropic(script=[page]) as server:
        assert with_batches(ANTHROPIC, server.url, found) == (None, False)
        server.script.append(odd)
        assert with_batches(ANTHROPIC, server.url, found) == (None, False)


def test_a_creation_is_refused_where_the_queue_is_full_or_the_batch_is_bad(tmp_path: Path) -> None:
    with FakeAnthropic() as server:
        server.batches.outcomes = [FULL, INVALID]
        assert type(error_in(ANTHROPIC, server.url, lambda side: made(side, tmp_path))) is errors.RateLimited
        assert type(error_in(ANTHROPIC, server.url, lambda side: made(side, tmp_path))) is errors.RequestInvalid
        assert with_batches(ANTHROPIC, server.url, lambda side: made(side, tmp_path)) == "msgbatch_1"


ITEMS: list[tuple[Answer, str, dict[str, Any]]] = [
    (error(400, "invalid_request_error", "prompt is too long: 9"), "RequestRefused", {"cause": "context_length"}),
    (error(400, "invalid_request_error", "output_config.format: no"), "ShapeUnsupported", {}),
    (error(400, "invalid_request_error", "temperature: no"), "RequestInvalid", {}),
    (error(400, "invalid_request_error", "credit balance is too low"), "QuotaExhausted", {}),
    (error(401, "authentication_error", "no"), "AuthenticationFailed", {}),
    (error(404, "not_found_error", "model: claude-1"), "ModelNotFound", {}),
    (error(429, "rate_limit_error", "slow"), "RateLimited", {}),
    (error(529, "overloaded_error", "no"), "Overloaded", {}),
    (error(500, "api_error", "it broke"), "Unavailable", {"maybe_paid": False}),
    (Answer(message("x", content=None)), "Unavailable", {}),
]


@pytest.mark.parametrize(("answer", "kind", "also"), ITEMS, ids=[f"{row[0].status} {row[1]}" for row in ITEMS])
def test_a_request_that_failed_is_the_error_it_would_be_live(
    answer: Answer, kind: str, also: dict[str, Any], tmp_path: Path
) -> None:
    with FakeAnthropic() as server:
        server.batches.fault = lambda number, body: answer if number == 1 else None
        became = with_batches(ANTHROPIC, server.url, lambda side: run(side, tmp_path))
    assert classes(became) == {"0": "Reply", "1": kind, "2": "Reply"}
    failed = became[f"{MARK}-1"]
    assert {name: getattr(failed, name) for name in also} == also


def test_refusals_are_answers(tmp_path: Path) -> None:
    refusal = message(None, stop="refusal", stop_details={"category": "cyber", "explanation": "no"})
    with FakeAnthropic(handler=lambda *_: refusal) as server:
        became = with_batches(ANTHROPIC, server.url, lambda side: run(side, tmp_path, 1))
    reply = became[f"{MARK}-0"]
    assert reply.stop == "refusal"  # type: ignore[union-attr]
    assert asked(0).shape is not None
