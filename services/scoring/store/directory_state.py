"""The directory in memory, read from the journal and kept at the position of the transaction that asks."""

import asyncio

from services.kit.postgres import Connection
from services.scoring.domain.directory import Directory
from services.scoring.domain.events import decode
from services.scoring.store import queries

_KEPT_STATES = 2
_EVENTS_A_STEP = 2_000
"""Decoded at once: some 30 ms, in which nobody else has a turn."""


class DirectoryState:
    """
    Directories by position, for all that a process does with one database.

    A fold asks under the advisory lock and always moves forward; readers in older snapshots may ask for a state that
    is gone, which is then read anew. Whoever asks while another reads waits for what that one finds.
    """

    def __init__(self) -> None:
        self._states: dict[tuple[int, int], Directory] = {}
        self._reading = asyncio.Lock()

    async def at(self, conn: Connection, position: int, refolded: int = 0) -> Directory:
        """
        Return the directory as of *position*, the next offset of the directory's log in this transaction.

        *refolded*: the number of its latest record that was taken in afterwards, at an offset of long ago.
        """
        found = self._states.get((refolded, position))
        if found is None:
            async with self._reading:
                found = self._states.get((refolded, position)) or await self._read(conn, position, refolded)
        return found

    async def _read(self, conn: Connection, position: int, refolded: int) -> Directory:
        known = max((at for number, at in self._states if number == refolded and at < position), default=0)
        directory = self._states.get((refolded, known), Directory.empty())
        while rows := await queries.directory_events(conn, after=known, before=position, size=_EVENTS_A_STEP):
            directory = directory.with_events(decode(row["payload"]) for row in rows)
            known = rows[-1]["record_offset"] + 1
        self._states[refolded, position] = directory
        while len(self._states) > _KEPT_STATES:
            del self._states[min(self._states)]
        return directory

    async def current(self, conn: Connection) -> Directory:
        """Return the directory as this transaction sees it."""
        row = await queries.directory_position(conn)
        return await self.at(conn, row["position"], row["refolded"])
