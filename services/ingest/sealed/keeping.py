"""What a process has for all its work on sealed answers: their key, the directory; and what open ratings ask of it."""

from collections.abc import Collection, Sequence

import asyncpg
import structlog

from services.ingest.domain.identity import Identity
from services.ingest.domain.routing import LogRecord
from services.ingest.organisation import DirectoryMemory
from services.ingest.sealed.contents import waiting_event
from services.ingest.sealed.key import SealedKey
from services.ingest.store import sealed
from services.kit.errors import Unavailable

log = structlog.get_logger()


class WrongKeyInUse(Unavailable):
    """The key is not the one with which what is kept was sealed."""


class SealedStore:
    """The sealed answers of a database under a *key*, with what is remembered of the directory."""

    def __init__(self, key: SealedKey, memory: DirectoryMemory) -> None:
        self.key, self.memory = key, memory
        self._is_checked = False

    async def check(self, conn: asyncpg.Connection) -> None:
        """Compare the key with the one that sealed what is kept, as the role of the answers. Raises WrongKeyInUse."""
        if self._is_checked:
            return
        if await sealed.fingerprint(conn, self.key.fingerprint) != self.key.fingerprint:
            log.error("sealed.wrong_key")
            raise WrongKeyInUse("The key of sealed answers is not the one they were sealed with; see operations.")
        self._is_checked = True

    async def taken(self, conn: asyncpg.Connection, ratings: Collection[Identity]) -> set[Identity]:
        """Return which of *ratings*, about to be placed in the open, have the identity of something sealed."""
        await sealed.lock(conn)
        names = {self.key.identity(identity): identity for identity in ratings}
        async with sealed.as_sealed(conn):
            await self.check(conn)
            return {names[name] for name in await sealed.claims(conn, names)}

    async def opened(self, conn: asyncpg.Connection, ratings: Sequence[Identity]) -> list[LogRecord]:
        """Note new *ratings* in the open; return the voids that waited for them, which now go to the log."""
        await sealed.add_open_ratings(conn, ratings)
        async with sealed.as_sealed(conn):
            found = await sealed.waiting_voids(conn, [self.key.identity(identity) for identity in ratings])
            await sealed.drop_waiting(conn, [kept.name for kept in found])
        events = [waiting_event(self.key, kept) for kept in found]
        return [void.record(resolution) for void, resolution in events]
