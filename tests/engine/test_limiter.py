from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_synth.engine.law import Outcome
from hf_synth.engine.limiter import Dismissed, Limiter
from hf_synth.types import Allowance


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer: tests take no time and depend on none."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def time(self) -> float:
        return self.now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self.now = max(self.now, self._scheduled[0].when())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


def run(main: Any) -> Any:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


@given(
    st.integers(1, 40),
    st.lists(
        st.tuples(st.floats(0.01, 3), st.sampled_from(["done", "done", "done", "limited", "trouble"])), max_size=80
    ),
)
@settings(max_examples=60)
def test_every_call_gets_its_slot_and_the_limit_is_never_exceeded(
    ceiling: int, calls: list[tuple[float, Outcome]]
) -> None:
    async def main() -> int:
        limiter, served = Limiter(ceiling), 0

        async def call(number: int, seconds: float, outcome: Outcome) -> None:
            nonlocal served
            await limiter.acquire((number,))
            assert limiter.in_flight <= ceiling
            await asyncio.sleep(seconds)
            limiter.release(outcome)
            served += 1

        await asyncio.gather(*(call(n, *c) for n, c in enumerate(calls)))
        assert limiter.in_flight == 0
        return served

    assert run(main()) == len(calls)


def test_the_lowest_priority_number_goes_first() -> None:
    async def main() -> list[int]:
        limiter, order = Limiter(1), []
        await limiter.acquire((0,))

        async def call(number: int) -> None:
            await limiter.acquire((number,))
            order.append(number)
            limiter.release("done")

        tasks = [asyncio.create_task(call(number)) for number in (5, 3, 9, 1)]
        await asyncio.sleep(0)
        limiter.release("done")
        await asyncio.gather(*tasks)
        return order

    assert run(main()) == [1, 3, 5, 9]


def test_a_call_that_is_cancelled_while_it_waits_leaves_its_slot_to_others() -> None:
    async def main() -> None:
        limiter = Limiter(1)
        await limiter.acquire((0,))
        waiting = asyncio.create_task(limiter.acquire((1,)))
        behind = asyncio.create_task(limiter.acquire((2,)))
        await asyncio.sleep(0)
        waiting.cancel()
        limiter.release("done")
        await asyncio.wait_for(behind, 1)
        assert limiter.in_flight == 1

    run(main())


def test_a_slot_granted_to_a_call_cancelled_in_the_same_moment_is_not_lost() -> None:
    async def main() -> None:
        limiter = Limiter(1)
        await limiter.acquire((0,))
        waiting = asyncio.create_task(limiter.acquire((1,)))
        await asyncio.sleep(0)
        limiter.release("done")  # grants it
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert limiter.in_flight == 0
        assert limiter.idle

    run(main())


def test_everyone_waits_for_the_reset_when_the_headers_say_that_nothing_is_left() -> None:
    async def main() -> float:
        limiter = Limiter(8)
        await limiter.acquire((0,))
        limiter.release("done", allowance=Allowance(requests_left=0, requests_reset=12.0))
        assert not limiter.idle
        await limiter.acquire((1,))
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(12.0)


def test_a_storm_pauses_everyone_for_as_long_as_the_server_asked() -> None:
    async def main() -> float:
        limiter = Limiter(4)
        for _ in range(4):
            await limiter.acquire((0,))
        for _ in range(4):
            limiter.release("limited", retry_after=7.0)
        await limiter.acquire((0,))
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(7.0)


def test_requests_per_minute_are_kept() -> None:
    async def main() -> float:
        limiter = Limiter(100, requests_per_minute=60)
        for number in range(121):
            await limiter.acquire((number,))
            limiter.release("done")
        return asyncio.get_running_loop().time()

    assert 118 <= run(main()) <= 130


def test_tokens_per_minute_are_kept_and_what_was_not_used_is_given_back() -> None:
    async def main(spare: float) -> float:
        limiter = Limiter(100, tokens_per_minute=60_000)
        for number in range(61):
            await limiter.acquire((number,), 2000)
            limiter.release("done", spare=spare)
        return asyncio.get_running_loop().time()

    assert 115 <= run(main(0)) <= 130
    assert 55 <= run(main(1000)) <= 66


def test_whoever_wants_to_know_is_told_when_a_call_could_start() -> None:
    async def main() -> int:
        limiter, told = Limiter(1), []
        limiter.on_idle.append(lambda: told.append(1))
        await limiter.acquire((0,))
        limiter.release("done")
        return len(told)

    assert run(main()) == 1


def test_whoever_wants_to_know_is_told_when_a_pause_has_ended_though_nobody_waited() -> None:
    async def main() -> float:
        limiter, told = Limiter(8), asyncio.Event()
        await limiter.acquire((0,))
        limiter.on_idle.append(told.set)
        limiter.release("done", allowance=Allowance(requests_left=0, requests_reset=3.0))
        limiter._pause(9.0)
        assert not told.is_set()
        await told.wait()
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(9.0)


def test_a_dismissed_call_that_waits_is_not_made() -> None:
    async def main() -> None:
        limiter, owner = Limiter(1), object()
        await limiter.acquire((0,))
        waiting = asyncio.create_task(limiter.acquire((1,), owner=owner))
        behind = asyncio.create_task(limiter.acquire((2,)))
        await asyncio.sleep(0)
        limiter.dismiss(owner)
        with pytest.raises(Dismissed):
            await waiting
        limiter.release("done")
        await asyncio.wait_for(behind, 1)

    run(main())


def test_a_wait_that_grows_shorter_ends_earlier() -> None:
    async def main() -> float:
        limiter = Limiter(8, tokens_per_minute=60_000)
        await limiter.acquire((0,), 20_000)
        waiting = asyncio.create_task(limiter.acquire((1,), 100))
        await asyncio.sleep(0.5)
        limiter.release("done", spare=19_000)
        await waiting
        return asyncio.get_running_loop().time()

    assert run(main()) < 3
