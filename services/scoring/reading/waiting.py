"""
Read your own writes: waiting until the fold has taken in a position, with all it touches.

However many wait in a process, one of them at a time looks, for all.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

import asyncpg

from schemas.topics import DIRECTORY, EVENTS, position_key
from services.kit.errors import Refused, Unavailable
from services.kit.postgres import Connection, connection
from services.kit.supervision import end_with
from services.scoring.domain.record import DIRECTORY_PARTITION
from services.scoring.partitions import name_of
from services.scoring.store import queries

LONGEST_S = 10.0
_POLL_S = 0.02
_PLACE = re.compile(r"(?:(events)/(\d{1,5})|(directory)/0):(\d{1,18})", re.ASCII)

Positions = Mapping[int, int]
"""Next offset by the journal's partition number."""


def read_positions(text: str) -> dict[int, int]:
    """Parse `events/3:120,directory/0:5`. Raises Refused saying how it is written."""
    positions: dict[int, int] = {}
    for place in text.split(","):
        match = _PLACE.fullmatch(place.strip())
        if match is None:
            raise Refused(f"at_least: {place[:40]!r} is no position; write them like events/3:120,directory/0:5.")
        partition = int(match[2]) if match[1] else DIRECTORY_PARTITION
        positions[partition] = max(int(match[4]), positions.get(partition, 0))
    return positions


def written(positions: Positions) -> dict[str, int]:
    """Write positions as ingest does: {"events/3": 120}."""
    return {
        position_key(DIRECTORY, 0) if partition == DIRECTORY_PARTITION else position_key(EVENTS, partition): position
        for partition, position in positions.items()
    }


async def positions_of(conn: Connection) -> dict[int, int]:
    """Return how far this snapshot is folded."""
    return {row["partition"]: row["next_offset"] for row in await queries.positions(conn)}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far everything is folded; *unsettled*: the least directory position whose effects are still to come."""

    positions: Positions
    truncated: frozenset[int]
    unsettled: int | None

    def has(self, wanted: Positions) -> bool:
        """
        Say whether everything before *wanted* is folded and nothing it moved is left to recompute.

        Raises Refused for a partition that does not exist, Unavailable where Kafka no longer holds what was folded: the
        record that stands there now is another.
        """
        if self.positions and (unknown := set(wanted) - set(self.positions)):
            raise Refused(f"at_least: there is no partition {', '.join(map(str, sorted(unknown)))}.")
        if lost := sorted(self.truncated & wanted.keys()):
            raise Unavailable(
                f"The log has lost records of {', '.join(map(name_of, lost))} that were folded; its operator was told."
            )
        if any(self.positions.get(partition, 0) < position for partition, position in wanted.items()):
            return False
        directory = wanted.get(DIRECTORY_PARTITION)
        return directory is None or self.unsettled is None or self.unsettled >= directory


Look = Callable[[Collection[int]], Awaitable[Progress]]


async def look(pool: asyncpg.Pool, partitions: Collection[int]) -> Progress:
    """Look how far the fold is, and whether the log lost anything of *parts*. Raises Unavailable without a database."""
    async with connection(pool) as conn:
        positions = await positions_of(conn)
        lost = frozenset(row["partition"] for row in await queries.truncated(conn, partitions=list(partitions)))
        # Last: what a folded record moved was noted in its own transaction.
        return Progress(positions, lost, await queries.oldest_unsettled(conn))


@dataclass(slots=True, eq=False)
class _Waiter:
    wanted: Positions
    reached: asyncio.Future[None]

    def judge(self, progress: Progress) -> None:
        try:
            if progress.has(self.wanted):
                self.end()
        except (Refused, Unavailable) as exc:
            self.end(exc)

    def end(self, exc: Exception | None = None) -> None:
        if self.reached.done():
            return
        if exc is None:
            self.reached.set_result(None)
        else:
            self.reached.set_exception(exc)


class Waiters:
    """Everybody in this process who waits for the fold, at most *most* of them; *looks* asks the database."""

    def __init__(self, looks: Look, most: int) -> None:
        self._look, self._most = looks, most
        self._waiting: set[_Waiter] = set()
        self._looking: asyncio.Task[None] | None = None

    async def wait_for(self, wanted: Positions) -> None:
        """
        Return once the fold has reached *wanted*.

        Raises Refused for a partition that does not exist; Unavailable after LONGEST_S, without a database, for a log
        that lost what was folded, and at once when too many wait already.
        """
        if len(self._waiting) >= self._most:
            raise Unavailable("Too many requests wait for the fold right now; ask again in a moment.")
        waiter = _Waiter(wanted, asyncio.get_running_loop().create_future())
        self._waiting.add(waiter)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_for_all())
            end_with(self._looking)
        try:
            async with asyncio.timeout(LONGEST_S):
                await waiter.reached
        except TimeoutError:
            raise Unavailable(f"The fold has not reached at_least within {LONGEST_S:.0f} s; ask again.") from None
        finally:
            self._waiting.discard(waiter)

    async def _look_for_all(self) -> None:
        while waiting := [waiter for waiter in self._waiting if not waiter.reached.done()]:
            try:
                progress = await self._look({partition for waiter in waiting for partition in waiter.wanted})
            except Exception as exc:  # whoever waits is told, rather than left to run out of time
                for waiter in waiting:
                    waiter.end(exc)
                continue
            for waiter in waiting:
                waiter.judge(progress)
            await asyncio.sleep(_POLL_S)
