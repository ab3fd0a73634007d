"""Readers of rows: from the store to whoever asked, also while the job runs."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from typing import cast

from hf_synth.server.rows import Index, Part
from hf_synth.server.shelf import Shelf
from hf_synth.server.streams import Cut

_log = logging.getLogger("hf_synth.server")
_CHUNK = 128 << 10  # bytes that are read at a time
_SCAN = 1 << 20  # bytes that lines are counted in at a time
_LOOK = 60.0  # seconds


class Reader:
    """Reads some splits of a job, one after the other.

    Args:
        shelf: of the server.
        index: of the job.
        splits: which.
        fixed: whether the objects are these for ever: where one is gone, so is the job.

    Attributes:
        offset: the byte that is read next.
        end: the byte to end before; `None` reads until no more will come.
    """

    def __init__(self, shelf: Shelf, index: Index, splits: Sequence[str], *, fixed: bool = False) -> None:
        self.index, self._splits, self._shelf, self._fixed = index, splits, shelf, fixed
        self.offset, self.end = 0, cast("int | None", None)
        self._whole = index.over(splits)

    @property
    def over(self) -> bool:
        """Whether no more will come than is there."""
        return self.index.over(self._splits)

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self.index.size(self._splits)

    async def wait(self, seconds: float = _LOOK) -> None:
        """Until the job has changed, or for so many seconds.

        Raises:
            Cut: the job was deleted, or the server ends.
        """
        await self._shelf.watch.changed(self.index.job_id, self.index.version, seconds)
        if self._shelf.watch.ending.is_set():
            raise Cut
        await self._renew()

    async def start_of(self, row: int) -> int | None:
        """The byte that a row begins with, the end for a row that will never be; `None` while that is not known.

        Raises:
            Cut: as for `wait`.
        """
        while True:
            found = self.index.find_row(self._splits, row)
            if found is None or found.part is None:
                return None if found is None else found.offset
            at, left = 0, found.skip
            try:
                while left:
                    end = min(found.part.bytes, at + _SCAN)
                    lines, size = await self._shelf.pass_lines(found.part.path, at, end, left)
                    if not size:
                        raise self._broken(found.part)
                    at, left = at + size, left - lines
            except FileNotFoundError:
                await self._moved(found.part, found.offset)
            else:
                return found.offset + at

    async def chunks(self, row: int | None = None) -> AsyncGenerator[bytes]:
        """The bytes from `offset` on, or from a row on, which may not be there yet.

        Raises:
            Cut: as for `wait`, or the job came to nothing while it was read.
        """
        if row is not None:
            while (start := await self.start_of(row)) is None:
                await self.wait()
            self.offset = start
        while await self._more():
            yield await self._take()

    async def _more(self) -> bool:
        while self.end is None or self.offset < self.end:
            if self._shelf.watch.ending.is_set():
                raise Cut
            if self.index.find(self._splits, self.offset) is not None:
                return True
            if self.over:
                if self.end is not None or (not self._whole and self.index.status in ("failed", "cancelled")):
                    raise Cut
                return False
            await self.wait()
        return False

    async def _take(self) -> bytes:
        place = self.index.find(self._splits, self.offset)
        assert place is not None
        part, at = place
        end = min(part.bytes, at + _CHUNK)
        if self.end is not None:
            end = min(end, at + self.end - self.offset)
        try:
            chunk = await self._shelf.read(part.path, at, end)
        except FileNotFoundError:
            await self._moved(part, self.offset)
            return b""
        if not chunk:
            raise self._broken(part)
        self.offset += len(chunk)
        return chunk

    async def _moved(self, part: Part, offset: int) -> None:
        """An object is gone: parts became whole files, or the job was deleted.

        Twice, because the first time may join somebody who asked before that.
        """
        if self._fixed:
            raise Cut
        for _ in range(2):
            await self._renew()
            place = self.index.find(self._splits, offset)
            if place is None or place[0].path != part.path:
                return
        raise self._broken(part)

    async def _renew(self) -> None:
        self.index = await self._shelf.newer(self.index)
        if self.index.deleted:
            raise Cut

    def _broken(self, part: Part) -> Cut:
        _log.warning("%s: the store lacks %s, or its end.", self.index.job_id, part.path)
        return Cut()
