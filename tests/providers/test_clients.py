"""Calls spread over clients with small pools."""

from __future__ import annotations

import asyncio

import pytest

from hf_synth.providers._clients import Clients


class Slow:
    """A client that answers after a turn of the loop."""

    def __init__(self) -> None:
        self.headers = {"accept-encoding": "gzip"}
        self.now = self.most = self.calls = 0
        self.closed = False

    async def send(self, request: str) -> str:
        self.calls += 1
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.001)
        self.now -= 1
        if request == "bad":
            raise OSError("broken")
        return request.upper()

    async def aclose(self) -> None:
        self.closed = True


def spread(requests: list[str], calls: int, concurrency: int) -> tuple[list[Slow], list[str | BaseException]]:
    made = [Slow()]

    def further() -> Slow:
        made.append(Slow())
        return made[-1]

    async def run() -> list[str | BaseException]:
        clients = Clients(made[0], calls, concurrency, further)
        answers = await asyncio.gather(*map(clients.send, requests), return_exceptions=True)
        await clients.close()
        return answers

    return made, asyncio.run(run())


@pytest.mark.parametrize(("concurrency", "opened"), [(1, 1), (8, 1), (9, 2), (40, 5)])
def test_clients_are_opened_as_calls_at_once_need_them(concurrency: int, opened: int) -> None:
    made, answers = spread(["a"] * 100, 8, concurrency)
    assert answers == ["A"] * 100
    assert len(made) == opened
    assert all(client.most <= 8 and client.closed for client in made)
    assert sum(client.most for client in made) <= concurrency


def test_few_calls_open_one_client() -> None:
    made, _ = spread(["a", "b"], 8, 128)
    assert len(made) == 1


def test_a_broken_call_gives_its_place_back() -> None:
    made, answers = spread(["bad"] * 20 + ["a"] * 20, 2, 4)
    assert sum(isinstance(answer, OSError) for answer in answers) == 20
    assert answers[20:] == ["A"] * 20
    assert len(made) == 2
