"""What one would write without a library: each event in a transaction that drops duplicates and updates a counter."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from zlib import crc32

import asyncpg
import orjson
import uvloop

CONNECTIONS = 8
TABLES = """
CREATE TABLE seen (source text, id text, PRIMARY KEY (source, id));
CREATE TABLE person_day (
    employee text, day date, punches int NOT NULL, first_in int, PRIMARY KEY (employee, day)
) WITH (fillfactor = 80);
"""
TAKE = """
WITH fresh AS (INSERT INTO seen VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id)
INSERT INTO person_day AS kept SELECT $3, $4::date, 1, $5::int FROM fresh
ON CONFLICT (employee, day) DO UPDATE
SET punches = kept.punches + 1, first_in = least(kept.first_in, excluded.first_in)
"""


def take_punches(dsn: str, punches: Sequence[bytes], seconds: float) -> float:
    """Take *punches* over CONNECTIONS connections for so long, each person's over one; return punches a second."""
    return uvloop.run(_take(dsn, punches, seconds))


async def _take(dsn: str, punches: Sequence[bytes], seconds: float) -> float:
    connections = [await asyncpg.connect(dsn) for _ in range(CONNECTIONS)]
    await connections[0].execute(TABLES)
    lanes: list[list[bytes]] = [[] for _ in connections]
    for punch in punches:
        subject = punch[punch.index(b'"subject":"') : punch.index(b'"time":"')]
        lanes[crc32(subject) % CONNECTIONS].append(punch)
    began = time.perf_counter()
    counts = await asyncio.gather(
        *(_lane(connection, lane, began + seconds) for connection, lane in zip(connections, lanes, strict=True))
    )
    took = time.perf_counter() - began
    for connection in connections:
        await connection.close()
    return sum(counts) / took


async def _lane(connection: asyncpg.Connection, punches: Sequence[bytes], until: float) -> int:
    take = await connection.prepare(TAKE)
    for count, punch in enumerate(punches, 1):
        taken = orjson.loads(punch)
        at = datetime.fromisoformat(taken["data"]["at"])
        minute = at.hour * 60 + at.minute if taken["data"]["direction"] == "in" else None
        await take.fetch(taken["source"], taken["id"], taken["subject"], at.date(), minute)
        if time.perf_counter() > until:
            return count
    return len(punches)
