"""A reader and what changes under it: parts that become whole files, jobs that are deleted, objects that are lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_synth.server.reading import Reader
from hf_synth.server.streams import Cut
from server.desk import LINES, WHOLE, Desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    yield desk
    desk.database.close()


PARTS = [("b", 0, 2), ("b", 2, 3), ("b", 3, 6), ("a", 0, 1), ("a", 1, 3)]
"""All rows, in the order in which a reader of the whole comes to them."""


@settings(max_examples=12)
@given(row=st.integers(0, 10), when=st.integers(0, 5), there=st.integers(1, 5))
def test_no_byte_is_sent_twice_or_left_out_when_parts_become_whole_files(desk: Desk, row, when, there):
    job = desk.job()
    for part in PARTS[:there]:
        desk.add(job, *part)

    async def work(reader: Reader) -> bytes:
        got, steps = b"", 0
        if when == 0:
            desk.complete(job)  # the reader knows parts alone that are gone now
        stream = reader.chunks(row)
        known = sum(last - first for _, first, last in PARTS[:there])
        while steps < when and row < known and len(got) < len(b"".join(WHOLE.splitlines(keepends=True)[row:known])):
            got, steps = got + await anext(stream), steps + 1
        if when:
            desk.complete(job)
        async for chunk in stream:
            got += chunk
        return got

    assert desk.reading(job, work) == b"".join(WHOLE.splitlines(keepends=True)[row:])


def test_a_reader_who_knows_an_end_reads_no_further(desk: Desk):
    job = desk.job()
    desk.add(job, *PARTS[0])

    async def work(reader: Reader) -> bytes:
        reader.offset, reader.end = 2, reader.size - 1
        desk.complete(job)
        return b"".join([chunk async for chunk in reader.chunks()])

    assert desk.reading(job, work) == b"".join(LINES["b"][:2])[2:-1]


@pytest.mark.parametrize("row", [None, 1, 9])
def test_a_deleted_job_cuts_who_reads_it_and_who_waits(desk: Desk, row):
    job = desk.job()
    desk.add(job, "b", 0, 2)

    async def work(reader: Reader) -> None:
        desk.delete(job)
        async for _ in reader.chunks(row):
            pass

    with pytest.raises(Cut):
        desk.reading(job, work)


def test_what_the_store_lost_cuts_the_reader_and_is_told_in_the_log(desk: Desk, caplog):
    job = desk.job()
    desk.add(job, "b", 0, 2)
    desk.add(job, "b", 2, 3)
    desk.store.remove(f"jobs/{job}/parts/b-2")
    got: list[bytes] = []

    async def work(reader: Reader) -> None:
        async for chunk in reader.chunks():
            got.append(chunk)  # noqa: PERF401  # it ends in an error

    with caplog.at_level(logging.WARNING), pytest.raises(Cut):
        desk.reading(job, work)
    assert b"".join(got) == b"".join(LINES["b"][:2])
    assert f"{job}: the store lacks" in caplog.text


def test_an_object_that_is_too_short_cuts_the_reader(desk: Desk):
    job = desk.job()
    desk.add(job, "b", 0, 2)
    desk.store.write(f"jobs/{job}/parts/b-0", LINES["b"][0])

    async def work(reader: Reader) -> None:
        async for _ in reader.chunks():
            pass

    with pytest.raises(Cut):
        desk.reading(job, work)


def test_who_waits_is_woken_when_the_server_ends(desk: Desk):
    job = desk.job()

    async def work(reader: Reader) -> None:
        asyncio.get_running_loop().call_later(0.05, reader._shelf.watch.end)  # pyright: ignore[reportPrivateUsage]
        async for _ in reader.chunks():
            pass

    with pytest.raises(Cut):
        desk.reading(job, work)


def test_readers_of_one_job_share_its_index(desk: Desk):
    job = desk.job()
    desk.add(job, "b", 0, 2)

    async def work(reader: Reader) -> list[Any]:
        shelf = reader._shelf  # pyright: ignore[reportPrivateUsage]
        others = [Reader(shelf, reader.index, ["b"]) for _ in range(50)]
        desk.add(job, "b", 2, 3)
        await asyncio.gather(*(one.wait() for one in others))
        return [one.index for one in others]

    assert len({id(index) for index in desk.reading(job, work)}) == 1
