"""The directory in memory, read from the journal and kept at the position of the transaction that asks."""

import asyncio

from services.kit.postgres import Connection
from services.scoring.domain.directory import Directory
from services.scoring.domain.facts import decode
from services.scoring.store import queries

_KEPT_STATES = 2
_EVENTS_A_STEP = 5_000


class DirectoryState:
    """
    Directories by position, for all that a process does with one database.

    A fold asks under the advisory lock and always moves forward; readers in older snapshots may ask for a state that
    is gone, which is then read anew. Whoever asks while another reads waits for what that one finds.
    """

    def __init__(self) -> None:
        self._states = {0: Directory.empty()}
        self._reading = asyncio.Lock()

    async def at(self, conn: Connection, position: int) -> Directory:
        """Return the directory as of *position*, the next offset of the directory's log in this transaction."""
        found = self._states.get(position)
        if found is None:
            async with self._reading:
                found = self._states.get(position) or await self._read(conn, position)
        return found

    async def _read(self, conn: Connection, position: int) -> Directory:
        known = max((known for known in self._states if known < position), default=0)
        directory = self._states.get(known, Directory.empty())
        while rows := await queries.directory_events(conn, after=known, before=position, size=_EVENTS_A_STEP):
            directory = directory.with_events(decode(row["payload"]) for row in rows)
            known = rows[-1]["off"] + 1
        self._states[position] = directory
        while len(self._states) > _KEPT_STATES:
            del self._states[min(self._states)]
        return directory

    async def current(self, conn: Connection) -> Directory:
        """Return the directory as this transaction sees it."""
        position = await conn.fetchval("SELECT next_offset FROM consumer_offset WHERE part = -1")
        return await self.at(conn, position or 0)
