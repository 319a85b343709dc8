"""Read your own writes: waiting until the fold has taken in a position, with all it touches."""

import asyncio
import re
import time
from collections.abc import Mapping

import asyncpg

from schemas.topics import DIRECTORY, EVENTS, position_key
from services.kit.errors import Refused, Unavailable
from services.kit.postgres import Connection, connection
from services.scoring.domain.record import DIRECTORY_PART
from services.scoring.reading.truncated import refuse_truncated
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
        part = int(match[2]) if match[1] else DIRECTORY_PART
        positions[part] = max(int(match[4]), positions.get(part, 0))
    return positions


def written(positions: Positions) -> dict[str, int]:
    """Write positions as ingest does: {"events/3": 120}."""
    return {
        position_key(DIRECTORY, 0) if part == DIRECTORY_PART else position_key(EVENTS, part): position
        for part, position in positions.items()
    }


async def positions_of(conn: Connection) -> dict[int, int]:
    """Return how far this snapshot is folded."""
    return {row["part"]: row["next_offset"] for row in await queries.positions(conn)}


async def wait_for(pool: asyncpg.Pool, wanted: Positions) -> None:
    """
    Return once everything before *wanted* is folded and nothing it moved is left to recompute.

    Raises Refused for a partition that does not exist, Unavailable after LONGEST_S or without a database.
    """
    deadline = time.monotonic() + LONGEST_S
    while not await _reached(pool, wanted):
        if time.monotonic() > deadline:
            raise Unavailable(f"The fold has not reached at_least within {LONGEST_S:.0f} s; ask again.")
        await asyncio.sleep(_POLL_S)


async def _reached(pool: asyncpg.Pool, wanted: Positions) -> bool:
    async with connection(pool) as conn:
        positions = await positions_of(conn)
        if positions and (unknown := set(wanted) - set(positions)):
            raise Refused(f"at_least: there is no partition {', '.join(map(str, sorted(unknown)))}.")
        await refuse_truncated(conn, wanted)
        if any(positions.get(part, 0) < position for part, position in wanted.items()):
            return False
        directory = wanted.get(DIRECTORY_PART)
        return directory is None or not await queries.unsettled(conn, since=directory)
