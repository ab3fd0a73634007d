"""What holds for both batch sides: every call, on both transports, with a server that behaves and one that does not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hf_synth import errors
from hf_synth.errors import ProviderError
from hf_synth.protocols import Batching, BatchState
from hf_synth.types import Endpoint, Message, Reply, Request
from providers.batching import (
    BOTH,
    MARK,
    MODELS,
    all_of,
    asked,
    classes,
    error_in,
    found,
    line_of,
    made,
    run,
    with_batches,
)
from providers.calls import KEY, SLOW_OR_FAST, Options, call
from servers.batches import Outcome


@BOTH
@SLOW_OR_FAST
def test_a_batch_answers_as_live_calls_do(kind: Any, fake: Any, fast: bool, tmp_path: Path) -> None:
    with fake() as server:
        became = with_batches(kind, server.url, lambda side: run(side, tmp_path, 5), fast=fast)
        live = [call(kind, server.url, asked(number), fast=fast, model=MODELS[kind.name]) for number in range(5)]
        [batch] = server.batches.made
    assert {name: became[name] for name in batch.custom_ids} == {f"{MARK}-{i}": live[i] for i in range(5)}
    assert [line[server.batches.body] for line in batch.lines] == server.batches.answered == server.bodies[-5:]


@BOTH
def test_a_line_is_one_line_and_no_text_is_escaped(kind: Any, fake: Any) -> None:
    async def lines(side: Batching) -> bytes:
        return side.line(f"{MARK}-7", asked(7), "prompt")

    written = with_batches(kind, "http://localhost:1", lines)
    line = line_of(written)
    assert "№ 7".encode() in written
    assert line["custom_id"] == f"{MARK}-7"
    assert line[fake.desk.body]["model"] == MODELS[kind.name]


@BOTH
def test_text_that_is_no_unicode_is_refused_before_it_is_written(kind: Any, fake: Any) -> None:
    async def lines(side: Batching) -> bytes:
        return side.line("x-1", Request((Message("user", "half \ud83d"),), 10), "prompt")

    found_ = error_in(kind, "http://localhost:1", lines)
    assert isinstance(found_, errors.RequestRefused)


@BOTH
@SLOW_OR_FAST
def test_results_that_break_off_are_kept_as_far_as_they_came(kind: Any, fake: Any, fast: bool, tmp_path: Path) -> None:
    read: list[str] = []

    async def some(side: Batching) -> None:
        state = await side.look(await made(side, tmp_path, 6))
        async for custom_id, _ in side.results(state):
            read.append(custom_id)

    with fake() as server:
        server.batches.cuts = 1
        broken = error_in(kind, server.url, some, fast=fast)
        again = with_batches(kind, server.url, lambda side: all_of(side, server.batches.made[0].id), fast=fast)
    assert type(broken) is errors.Unavailable
    assert not broken.maybe_paid
    assert 1 <= len(read) < 6
    assert len(again) == 6
    assert len(server.batches.answered) == 6


@BOTH
def test_lines_that_cannot_be_read_do_not_lose_the_others(kind: Any, fake: Any, tmp_path: Path) -> None:
    with fake() as server:
        became = with_batches(kind, server.url, lambda side: run(side, tmp_path, 3))
        junk = b'{"custom_id": "cut\nnull\n[]\n\xff\xfe\n{"custom_id": 5}\n\n'
        server.batches.garble = lambda content: junk + content.rstrip(b"\n")
        again = with_batches(kind, server.url, lambda side: all_of(side, server.batches.made[0].id))
    assert again == became


@BOTH
@pytest.mark.parametrize(
    ("page", "kind_of"), [("<html>Log in</html>", errors.BadEndpoint), ('{"x": 1}', errors.Unavailable)]
)
def test_what_is_no_result_at_all_is_not_taken_for_no_results(
    kind: Any, fake: Any, page: str, kind_of: type[ProviderError], tmp_path: Path
) -> None:
    with fake() as server:
        server.batches.garble = lambda content: page
        ended = error_in(kind, server.url, lambda side: run(side, tmp_path))
    assert type(ended) is kind_of
    assert not getattr(ended, "maybe_paid", False)


@BOTH
def test_requests_that_were_never_tried_are_left_out(kind: Any, fake: Any, tmp_path: Path) -> None:
    with fake() as server:
        server.batches.outcomes = [Outcome("expire", after=2), Outcome("cancel", after=1), Outcome("expire")]
        for after in (2, 1, 0):
            became = with_batches(kind, server.url, lambda side: run(side, tmp_path, 4))
            assert classes(became) == {str(number): "Reply" for number in range(after)}
    assert len(server.batches.answered) == 3


@BOTH
def test_a_batch_that_runs_is_seen_running_until_it_ends(kind: Any, fake: Any, tmp_path: Path) -> None:
    async def watched(side: Batching) -> list[BatchState]:
        batch = await made(side, tmp_path)
        return [await side.look(batch) for _ in range(3)]

    with fake() as server:
        server.batches.looks = 2
        states = with_batches(kind, server.url, watched)
    assert [state.ended for state in states] == [False, False, True]
    assert [state.done for state in states] == [0, 0, 3]
    assert [bool(state.files) for state in states] == [False, False, True]
    assert states[0].word == "in_progress"


@BOTH
def test_a_batch_is_cancelled_with_what_was_done_and_an_ended_one_is_left_alone(
    kind: Any, fake: Any, tmp_path: Path
) -> None:
    async def cancelled(side: Batching) -> tuple[BatchState, dict[str, Any]]:
        batch = await made(side, tmp_path)
        await side.cancel(batch)
        became = await all_of(side, batch)
        await side.cancel(batch)
        return await side.look(batch), became

    with fake() as server:
        server.batches.held, server.batches.finished = True, 1
        state, became = with_batches(kind, server.url, cancelled)
    assert state.ended
    assert classes(became) == {"0": "Reply"}
    assert len(server.batches.cancels) == 2


@BOTH
@SLOW_OR_FAST
def test_a_creation_whose_answer_was_lost_may_have_cost_something_and_is_found(
    kind: Any, fake: Any, fast: bool, tmp_path: Path
) -> None:
    with fake() as server:
        server.batches.drops = 1
        lost = error_in(kind, server.url, lambda side: made(side, tmp_path), fast=fast)
        again = with_batches(kind, server.url, found, fast=fast)
    assert isinstance(lost, errors.Unavailable)
    assert lost.maybe_paid
    assert again == (server.batches.made[0].id, False)


@BOTH
def test_what_a_config_names_gets_no_headers_of_the_environment(
    kind: Any, fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{kind.name.upper()}_CUSTOM_HEADERS", "X-Secret: s3cret\nAuthorization: Bearer other")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    with fake() as server:
        with_batches(kind, server.url, lambda side: run(side, tmp_path), configured=True)
        with_batches(kind, server.url, found, configured=True)
        assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {KEY}"}
        assert not [
            request for request in server.requests if {"x-secret", "openai-organization"} & set(request.headers)
        ]


@BOTH
def test_calls_of_batches_and_live_calls_share_a_connection(kind: Any, fake: Any, tmp_path: Path) -> None:
    async def both(url: str) -> list[Any]:
        provider = kind.connect(Endpoint(kind.name, MODELS[kind.name], url), KEY, Options(concurrency=2))
        side = provider.batching
        calls = [provider.complete(asked(number), "prompt", 10) for number in range(6)]
        try:
            return await asyncio.gather(run(side, tmp_path), *calls)
        finally:
            await provider.close()

    with fake() as server:
        became, *replies = asyncio.run(both(server.url))
    assert len(became) == 3
    assert all(isinstance(reply, Reply) for reply in replies)


@BOTH
@SLOW_OR_FAST
def test_results_may_be_left_half_read(kind: Any, fake: Any, fast: bool, tmp_path: Path) -> None:
    async def first(side: Batching) -> str:
        state = await side.look(await made(side, tmp_path, 400))
        async for custom_id, _ in side.results(state):
            return custom_id
        return ""

    with fake() as server:
        assert with_batches(kind, server.url, first, fast=fast).startswith(MARK)


SENDING = """
import asyncio, json, resource, sys
from pathlib import Path
from types import SimpleNamespace
from hf_synth.providers.{name} import PROVIDER
from hf_synth.types import Endpoint, Message, Request

async def main():
    provider = PROVIDER.connect(Endpoint("{name}", "m", "{url}"), "k", SimpleNamespace(concurrency=4, fast={fast}))
    side, file = provider.batching, Path("lines.jsonl")
    request = Request((Message("user", "word " * 10_000),), 10)
    with file.open("wb") as lines:
        for number in range(1200):
            lines.write(side.line(f"m-{{number}}", request, "prompt"))
    await side.look(await side.create(Path("few.jsonl"), "few"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    state = await side.look(await side.create(file, "m"))
    read = 0
    async for _ in side.results(state):
        read += 1
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    await provider.close()
    print(json.dumps([read, grown]))

line = b'{{"custom_id": "few-1", "method": "POST", "url": "/v1/chat/completions", '
line += b'"body": {{"messages": []}}, "params": {{"messages": []}}}}\\n'
Path("few.jsonl").write_bytes(line)
asyncio.run(main())
"""


@BOTH
@SLOW_OR_FAST
def test_files_of_sixty_megabytes_pass_through_little_memory(kind: Any, fake: Any, fast: bool, python: Any) -> None:
    long = "word " * 10_000

    def answer(body: Any, headers: Any) -> Any:
        choice = {"message": {"content": long}, "finish_reason": "stop"}
        return {"choices": [choice], "content": [{"type": "text", "text": long}], "stop_reason": "end_turn"}

    with fake(handler=answer) as server:
        read, grown = eval(python(SENDING.format(name=kind.name, url=server.url, fast=fast)))
    assert read == 1200
    assert grown < 20_000, "kilobytes"
