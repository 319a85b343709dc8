"""Where each partition is folded to; moved in the transaction of the fold, or not at all."""

from collections.abc import Mapping

from services.kit.postgres import Connection
from services.notifications.store.named import queries

Partition = tuple[str, int]


async def read(conn: Connection) -> dict[Partition, int]:
    """Return the next offset of every partition folded so far."""
    return {(row["topic"], row["part"]): row["next_offset"] for row in await queries.positions(conn)}


async def fence(conn: Connection, spans: Mapping[Partition, tuple[int, int]]) -> bool:
    """Move each partition from its first to its next offset; False, and the caller rolls back, if one was elsewhere."""
    ordered = sorted(spans.items())
    fresh = [partition for partition, (first, _) in ordered if first == 0]
    if fresh:
        await queries.begin_partitions(conn, topics=[topic for topic, _ in fresh], parts=[part for _, part in fresh])
    moved = await queries.fence(
        conn,
        topics=[topic for (topic, _), _ in ordered],
        parts=[part for (_, part), _ in ordered],
        expected=[first for _, (first, _) in ordered],
        nexts=[following for _, (_, following) in ordered],
    )
    return len(moved) == len(ordered)


async def set_aside(conn: Connection, where: tuple[str, int, int], reason: str, payload: bytes | None) -> None:
    """Keep a record (topic, partition, offset) that cannot be folded."""
    topic, part, offset = where
    await queries.set_aside(conn, topic=topic, part=part, record_offset=offset, reason=reason, payload=payload)
