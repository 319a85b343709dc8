"""
Rebuilding: a fresh version filled beside the live one, caught up, compared at equal position, switched to.

The live fold goes on meanwhile; it is kept out only for the last step, in which both versions stand still.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

import asyncpg

from services.kit.errors import UserError
from services.kit.postgres import Connection
from services.scoring.domain.record import DIRECTORY_PARTITION, Record
from services.scoring.folding.directory import fold_directory
from services.scoring.folding.draining import drain_step
from services.scoring.folding.facts import fold_facts
from services.scoring.folding.placing import Placing
from services.scoring.store import queries
from services.scoring.store.directory_state import DirectoryState
from services.scoring.versions.checksums import differing, kept
from services.scoring.versions.filling import Filling, Progress
from services.scoring.versions.sources import Source

BATCH = 5_000
NEAR = 2_000
"""Records behind the live version at which the last step begins."""
MOST_ROUNDS = 50
EXAMPLES = 3
FRESH_PATH = "scoring_fresh, scoring"
_LIVE_PATH = "scoring"


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What a rebuild came to.

    *positions*: next offsets, equal in both versions, by the journal's partition. *sums*: how many were compared.
    *differences*: projection, partition, rows of the live version and of the fresh one. *examples*: per projection some
    rows that only one version has, as JSON. *switched*: whether the fresh version is the live one now.
    """

    positions: dict[int, int]
    sums: int
    differences: list[tuple[str, int, int, int]]
    examples: dict[str, list[str]]
    switched: bool


class When(Enum):
    """When the fresh version becomes the live one."""

    NEVER = "never"
    EQUAL = "equal"
    ALWAYS = "always"


class Rebuild:
    """One rebuild in one database. *pool* has FRESH_PATH as its search_path and no short time limit."""

    def __init__(self, pool: asyncpg.Pool, source: Source, progress: Progress) -> None:
        self._pool = pool
        self._source = source
        self._progress = progress
        self._state = DirectoryState()
        self._live_state = DirectoryState()

    async def from_journal(self) -> None:
        """Begin a fresh version and compute it at once from the live journal, up to where that is now."""
        async with self._pool.acquire() as conn:
            await queries.begin_version(conn)
        await self._fill()

    async def from_topics(self) -> None:
        """Begin a fresh version with a journal of its own, written down from the topics, and compute it from that."""
        async with self._pool.acquire() as conn:
            await queries.begin_version_with_journal(conn)
            partitions = [row["partition"] for row in await queries.live_offsets(conn)]
            await queries.ensure_journal(conn, partitions=len(partitions) - 1)
            for partition in partitions:
                while await self._step(conn, partition, self._write_down):
                    pass
            await conn.execute("ANALYZE journal")
        await self._fill()

    async def from_previous(self) -> None:
        """Take up the version that the last switch replaced. Raises UserError when there is none."""
        async with self._pool.acquire() as conn, conn.transaction():
            if not await queries.previous_exists(conn):
                raise UserError("No earlier version is kept: nothing was switched yet.")
            changed = await queries.changed_since_kept(conn)
            if changed["migrated"]:
                raise UserError("The earlier version is older than the tables; compute a fresh one: kinerja rebuild")
            if changed["refolded"]:
                raise UserError("Records were refolded since the earlier version; compute a fresh one: kinerja rebuild")
            await queries.resume_previous(conn)

    async def _fill(self) -> None:
        await Filling(self._pool, await self._placing(), self._progress).fill()

    async def _placing(self) -> Placing:
        async with self._pool.acquire() as conn:
            return Placing(len(await queries.live_offsets(conn)) - 1)

    async def finish(self, switch: When = When.EQUAL) -> Outcome:
        """
        Catch up with the live version, compare, and switch.

        Without a switch both versions stay as they are.
        """
        placing = await self._placing()
        async with self._pool.acquire() as conn:
            for _ in range(MOST_ROUNDS):
                if await self._catch_up(conn, placing) <= NEAR:
                    break
            async with conn.transaction():
                await queries.lock_for_directory(conn)
                await queries.lock_publisher(conn)
                await conn.execute("LOCK TABLE scoring.consumer_offset IN ACCESS EXCLUSIVE MODE")
                await self._catch_up(conn, placing)
                return await self._compare_and_switch(conn, switch)

    async def _compare_and_switch(self, conn: Connection, switch: When) -> Outcome:
        fresh = await kept(conn)
        positions = {row["partition"]: row["next_offset"] for row in await queries.positions(conn)}
        await conn.execute(f"SET LOCAL search_path = {_LIVE_PATH}")
        while await drain_step(conn, self._live_state):
            pass
        live = await kept(conn)
        found = differing(live, fresh)
        examples = {name: await _examples(conn, name) for name in dict.fromkeys(row[0] for row in found)}
        switching = switch is When.ALWAYS or (switch is When.EQUAL and not found)
        if switching:
            await queries.switch_versions(conn)
            await queries.note_kept_version(conn)
        return Outcome(positions, len(fresh.keys() | live.keys()), found, examples, switching)

    async def _catch_up(self, conn: Connection, placing: Placing) -> int:
        """Fold what the live version has folded meanwhile; return how many records that was."""

        async def fold(conn: Connection, batch: dict[int, list[Record]]) -> None:
            if DIRECTORY_PARTITION in batch:
                await fold_directory(conn, self._state, placing, batch[DIRECTORY_PARTITION], self._source.take)
            else:
                await fold_facts(conn, self._state, batch, self._source.take)

        taken = 0
        for partition in (DIRECTORY_PARTITION, *placing.partitions):
            while read := await self._step(conn, partition, fold):
                taken += read
        while await drain_step(conn, self._state):
            pass
        await conn.execute("DELETE FROM scoring_fresh.measure_outbox")
        return taken

    async def _step(
        self, conn: Connection, partition: int, fold: Callable[[Connection, dict[int, list[Record]]], Awaitable[None]]
    ) -> int:
        async with conn.transaction():
            after = await conn.fetchval("SELECT next_offset FROM consumer_offset WHERE partition = $1", partition)
            records = await self._source.read(conn, partition, after, BATCH)
            if records:
                await fold(conn, {partition: records})
        self._progress(len(records))
        return len(records)

    async def _write_down(self, conn: Connection, batch: dict[int, list[Record]]) -> None:
        await self._source.take(conn, batch)


async def _examples(conn: Connection, projection: str) -> list[str]:
    rows = await queries.differing_rows(conn, projection=projection, size=EXAMPLES)
    return [f"{row['version']}: {row['content']}" for row in rows]
