from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import AsyncGenerator

import pytest

from generating import until
from hf_synth.engine import loop


class Guest:
    """A coroutine in the engine that runs until it is told to stop."""

    def __init__(self, *, stubborn: bool = False) -> None:
        self.stop = asyncio.Event()
        self.thread: threading.Thread | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.ended = False
        self.stubborn = stubborn
        self.hosted = loop.run(self.main)

    async def main(self) -> None:
        self.thread, self.loop = threading.current_thread(), asyncio.get_running_loop()
        try:
            await self.stop.wait()
        finally:
            self.ended = True

    def end(self) -> None:
        self.hosted.end(self.stop.set)


def engines() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "hf_synth"]


def started(*guests: Guest) -> None:
    until(lambda: all(guest.thread for guest in guests), "the guests run")


class TestTheEngine:
    def test_is_one_thread_and_one_loop_for_all(self):
        guests = [Guest(), Guest(), Guest()]
        started(*guests)
        assert len({guest.thread for guest in guests}) == len({guest.loop for guest in guests}) == 1
        assert guests[0].thread is not threading.current_thread()
        for guest in guests:
            guest.end()

    def test_ends_with_the_last_one_and_closes_its_loop(self):
        one, other = Guest(), Guest()
        started(one, other)
        one.end()
        assert one.ended
        assert not other.ended
        assert engines()
        other.end()
        assert not engines()
        assert one.loop
        assert one.loop.is_closed()
        with pytest.raises(RuntimeError):
            one.hosted.call(print)

    def test_begins_anew_afterwards(self):
        for _ in range(3):
            guest = Guest()
            guest.end()
            guest.end()
            assert guest.ended
        assert not engines()

    def test_lets_many_threads_start_and_end_at_once(self):
        failed: list[BaseException] = []

        def live() -> None:
            try:
                for number in range(30):
                    guest = Guest()
                    if number % 3:
                        started(guest)
                    guest.end()
                    assert guest.ended
            except BaseException as error:  # noqa: BLE001
                failed.append(error)

        threads = [threading.Thread(target=live) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed
        assert not engines()

    def test_waits_for_the_threads_that_a_guest_left(self):
        done = []

        async def main() -> None:
            asyncio.get_running_loop().run_in_executor(None, lambda: (time.sleep(0.2), done.append(1)))

        hosted = loop.run(main)
        hosted.end(lambda: None)
        assert done == [1]

    def test_closes_the_generators_that_a_guest_left(self):
        closed: list[int] = []
        left: list[AsyncGenerator[int]] = []

        async def numbers() -> AsyncGenerator[int]:
            try:
                yield 1
            finally:
                closed.append(1)

        async def main() -> None:
            left.append(numbers())
            await anext(left[0])

        loop.run(main).end(lambda: None)
        assert closed == [1]

    def test_that_is_killed_from_within_ends_all_guests_and_tells_them_why(self):
        guests = [Guest(), Guest()]
        started(*guests)

        def leave() -> None:
            raise SystemExit(3)

        guests[0].hosted.call(leave)
        for guest in guests:
            guest.end()
            assert guest.ended
            assert isinstance(guest.hosted.failure, SystemExit)
        until(lambda: not engines(), "the thread ends")
        Guest().end()

    def test_does_not_wait_for_itself(self):
        one, other = Guest(), Guest()
        started(one, other)
        one.hosted.call(other.end)  # as where the garbage collector closes a forgotten session there
        until(lambda: other.ended, "it was asked to end")
        one.end()
        assert not engines()

    def test_survives_a_session_that_the_garbage_collector_closes_while_another_starts(self):
        class Forgotten:
            def __init__(self) -> None:
                self.guest, self.me = Guest(), self

            def __del__(self) -> None:
                self.guest.end()

        threshold = gc.get_threshold()
        keeper = Guest()
        try:
            for number in range(1, 60):
                Forgotten()
                gc.set_threshold(number)  # somewhere in what follows
                Guest().end()
                gc.set_threshold(*threshold)
        finally:
            gc.set_threshold(*threshold)
            gc.collect()
        keeper.end()
        until(lambda: not engines(), "the thread ends")
