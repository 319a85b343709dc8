"""Where each partition is folded to, moved in the transaction of the fold or not at all; and what was kept apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kit.postgres import Connection
from services.notifications.store.named import queries

Partition = tuple[str, int]
Position = tuple[str, int, int]
"""Topic, partition and offset."""


@dataclass(frozen=True, slots=True)
class Step:
    """From which to which offset a partition moves, and the digest of the last record before the latter."""

    first: int
    following: int
    digest: bytes


async def read(conn: Connection) -> dict[Partition, int]:
    """Return the next offset of every partition folded so far."""
    return {(row["topic"], row["partition"]): row["next_offset"] for row in await queries.positions(conn)}


async def last_records(conn: Connection) -> dict[Position, bytes]:
    """Return where the last record of each partition stands, and its digest; none where that is not known."""
    rows = await queries.last_records(conn)
    return {(row["topic"], row["partition"], row["record_offset"]): row["last_digest"] for row in rows}


async def fence(conn: Connection, steps: Mapping[Partition, Step]) -> bool:
    """Move each partition from its first to its next offset; False, and the caller rolls back, if one was elsewhere."""
    ordered = sorted(steps.items())
    fresh = [partition for partition, step in ordered if step.first == 0]
    if fresh:
        await queries.begin_partitions(
            conn, topics=[topic for topic, _ in fresh], partitions=[partition for _, partition in fresh]
        )
    moved = await queries.fence(
        conn,
        topics=[topic for (topic, _), _ in ordered],
        partitions=[partition for (_, partition), _ in ordered],
        expected=[step.first for _, step in ordered],
        nexts=[step.following for _, step in ordered],
        digests=[step.digest for _, step in ordered],
    )
    return len(moved) == len(ordered)


async def keep_apart(
    conn: Connection, position: Position, reason: str, payload: bytes | None, recorded_at: datetime, *, for_later: bool
) -> None:
    """Keep a record that cannot be folded, *for_later* if a newer version can."""
    topic, partition, offset = position
    await queries.keep_apart(
        conn,
        topic=topic,
        partition=partition,
        record_offset=offset,
        reason=reason,
        payload=payload,
        recorded_at=recorded_at,
        for_later=for_later,
    )


async def kept_apart(
    conn: Connection, after: Position, size: int, *, only_later: bool
) -> list[tuple[Position, bytes | None, datetime]]:
    """Return the next records kept apart after a place; nobody else gets them until the transaction ends."""
    topic, partition, offset = after
    rows = await queries.kept_apart(
        conn, topic=topic, partition=partition, record_offset=offset, only_later=only_later, size=size
    )
    return [
        ((row["topic"], row["partition"], row["record_offset"]), row["payload"], row["recorded_at"]) for row in rows
    ]


async def taken_in(conn: Connection, positions: Sequence[Position]) -> None:
    """Forget records that are folded now."""
    if positions:
        topics, partitions, offsets = zip(*positions, strict=True)
        await queries.taken_in(conn, topics=topics, partitions=partitions, offsets=offsets)


async def count_kept_apart(conn: Connection) -> dict[str, int]:
    """Return how many records are kept apart, by reason: `malformed` or `later`."""
    return dict(await queries.count_kept_apart(conn))
