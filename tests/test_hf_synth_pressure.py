"""Limits and faults of real servers, from `load_dataset` to the wire."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest

from generating import load, recipe, times_paid
from hf_synth.engine import loop
from hf_synth.executors import limits
from servers.anthropic_server import FakeAnthropic
from servers.anthropic_server import error as anthropic_error
from servers.base import Answer
from servers.model import Model
from servers.openai_server import FakeOpenAI, completion, error


def together(*works: Callable[[], Any]) -> list[Any]:
    """Do things at once, in threads; what they return."""
    done: dict[int, Any] = {}
    threads = [threading.Thread(target=lambda n=n, work=work: done.update({n: work()})) for n, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [done[n] for n in range(len(works))]


class TestTwoConfigsOfOneProcess:
    def test_keep_to_one_limit_together_and_both_get_on(self, cache):
        rate = 1200  # 20 a second, and a burst of 20
        sizes = (900, 1000)
        with FakeOpenAI(model=Model(latency=0.02)) as server:
            configs = [
                recipe(server, count=60, constraints={"max_tokens": size}, run={"requests_per_minute": rate})
                for size in sizes
            ]
            made = together(*(lambda config=config: load(config, cache) for config in configs))
            assert [len(rows["train"]) for rows in made] == [60, 60]
            times = sorted(request.at for request in server.requests)
            for start, end in itertools.combinations(range(len(times)), 2):
                assert end - start <= 20 + (times[end] - times[start] + 0.3) * rate / 60
            assert times[-1] - times[0] > (len(times) - 25) / (rate / 60)
            half = times[0] + (times[-1] - times[0]) / 2
            early = [request.body["max_tokens"] for request in server.requests if request.at < half]
            assert all(early.count(size) > 8 for size in sizes)
        assert not limits._limiters
        assert loop._engine is None

    def test_with_another_key_have_limits_of_their_own(self, cache, monkeypatch):
        with FakeOpenAI(model=Model()) as server:
            configs = []
            for name in ("ONE", "OTHER"):
                monkeypatch.setenv(f"{name}_KEY", f"sk-{name}{name}{name}1234")
                generator, run = {"api_key_env": f"{name}_KEY"}, {"requests_per_minute": 1200}
                configs.append(recipe(server, count=60, seed=len(name), generator=generator, run=run))
            together(*(lambda config=config: load(config, cache) for config in configs))
            times = sorted(request.at for request in server.requests)
            assert times[-1] - times[0] < (len(times) - 25) / 20


RETRY_AFTER = {
    "seconds": lambda: {"retry_after": "1"},
    "milliseconds": lambda: {"retry_after_ms": "900"},
    "a date": lambda: {"retry_after": formatdate(time.time() + 2, usegmt=True)},
    "a reset header": lambda: {"x_ratelimit_remaining_requests": "0", "x_ratelimit_reset_requests": "900ms"},
}


class TestAStorm:
    @pytest.mark.parametrize("form", RETRY_AFTER)
    def test_is_waited_out_for_as_long_as_the_server_says_in_whatever_form(self, cache, form):
        def storm(number, asked):
            return error(429, "slow down", "rate_limit_exceeded", **RETRY_AFTER[form]()) if 6 <= number < 10 else None

        with FakeOpenAI(model=Model(rule=storm, latency=0.05)) as server:
            assert len(load(recipe(server, count=20, run={"concurrency": 4}), cache)["train"]) == 20
            times = [request.at for request in server.requests]
            assert max(later - earlier for earlier, later in itertools.pairwise(times[6:14])) > 0.8
            assert set(times_paid(server).values()) == {1}

    def test_of_529_uses_up_no_retry(self, cache, monkeypatch):
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-x1y2z3x1y2z3")
        tries: dict[str, int] = {}

        def overloaded(number, asked):
            tries[asked.seed] = tries.get(asked.seed, 0) + 1
            busy = anthropic_error(529, "overloaded_error", "Overloaded", retry_after_ms="5")
            return busy if tries[asked.seed] <= 12 else None

        with FakeAnthropic(model=Model(rule=overloaded)) as server:
            monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
            config = recipe(server, count=3, run={"concurrency": 1}) | {
                "models": {"generator": "anthropic:claude-sonnet-4-6"}
            }
            assert len(load(config, cache)["train"]) == 3
            assert set(tries.values()) == {13}


class TestHeaders:
    def test_that_tell_the_limit_set_the_pace_before_anyone_is_turned_away(self, cache):
        """A fixed window of two seconds with 20 requests each."""
        used: dict[int, int] = {}

        with FakeOpenAI() as server:

            def limited(body, headers):
                window = int(time.monotonic() // 2)
                used[window] = used.get(window, 0) + 1
                told = {
                    "x-ratelimit-limit-requests": "20",
                    "x-ratelimit-remaining-requests": str(max(0, 20 - used[window])),
                    "x-ratelimit-reset-requests": f"{2 - time.monotonic() % 2:.3f}s",
                }
                if used[window] > 20:
                    return error(429, "slow down")
                said = FakeOpenAI.default(server, body, headers)
                return Answer(said.body, said.status, told, delay=0.02)

            server._handler = limited
            assert len(load(recipe(server, count=60, run={"concurrency": 8}), cache)["train"]) == 60
            refused = sum(max(0, number - 20) for number in used.values())
            assert refused <= 2
            assert len(used) < 8


class TestABadConnection:
    @pytest.mark.parametrize("how", ["reset", "close", "cut", "garbage"])
    def test_that_breaks_is_tried_again_and_loses_nothing(self, cache, how):
        tries: dict[str, int] = {}

        def broken(number, asked):
            tries[asked.seed] = tries.get(asked.seed, 0) + 1
            return Answer(completion("x" * 500), how=how) if tries[asked.seed] == 1 and number % 3 == 0 else None

        with FakeOpenAI(model=Model(rule=broken)) as server:
            assert len(load(recipe(server, count=10), cache)["train"]) == 10
            assert len(server.requests) > len(server.answered)
            assert set(times_paid(server).values()) == {1}

    def test_that_drips_is_given_up_after_the_time_a_whole_call_may_take(self, cache):
        def drip(number, asked):
            return Answer(completion("x" * 400), how="drip") if number == 4 else None

        with FakeOpenAI(model=Model(rule=drip)) as server:
            began = time.monotonic()
            assert len(load(recipe(server, count=10, run={"timeout": 1.0}), cache)["train"]) == 10
            assert 1.0 < time.monotonic() - began < 15  # the drip would take 30 s
