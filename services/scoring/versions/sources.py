"""Where a version that catches up gets its records: the live journal, or the topics themselves."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRecord

from services.kit.errors import Fenced, Unavailable
from services.kit.postgres import Connection
from services.scoring.domain.fact import Keys
from services.scoring.domain.record import Record, faulty_record, read_record
from services.scoring.folding.journaling import Effects, Records, effects_of, journal, mentions
from services.scoring.partitions import topic_partition
from services.scoring.store import queries

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SILENCE_MS = 10_000


class Source(Protocol):
    """Records from a position on, and how a version takes them in."""

    async def read(self, conn: Connection, partition: int, after: int, size: int) -> list[Record]:
        """Return at most *size* records of a partition in order, the first at *after*; none at the live position."""

    async def take(self, conn: Connection, batch: Records) -> Effects:
        """Move the version's position past the batch; return what it changes. Raises Fenced."""


class JournalSource:
    """The live journal; the version sees it up to its own position."""

    async def read(self, conn: Connection, partition: int, after: int, size: int) -> list[Record]:
        """See Source."""
        return [
            _record(partition, row)
            for row in await queries.live_rows(conn, partition=partition, after=after, size=size)
        ]

    async def take(self, conn: Connection, batch: Records) -> Effects:
        """See Source."""
        _, voided = await mentions(conn, batch)
        for partition, records in sorted(batch.items()):
            position = records[-1].offset + 1
            if (
                await queries.replace_offset(conn, partition=partition, expected=records[0].offset, position=position)
                is None
            ):
                raise Fenced(
                    f"the version is not at {records[0].offset} in partition {partition}: does another rebuild run?"
                )
        fresh = {partition: [r for r in records if r.event is not None] for partition, records in batch.items()}
        return await effects_of(
            conn, fresh, {partition: records[0].offset for partition, records in batch.items()}, voided
        )


def _record(partition: int, row: asyncpg.Record) -> Record:
    milliseconds = (row["recorded_at"] - _EPOCH) // timedelta(milliseconds=1)
    if row["duplicate"]:
        return Record(partition, row["record_offset"], milliseconds, None, None, None, Keys())
    if row["fault"] is not None:
        return faulty_record(partition, row["record_offset"], milliseconds, row["payload"], row["fault"])
    return read_record(partition, row["record_offset"], milliseconds, row["payload"])


class TopicsSource:
    """The canonical topics, read from their beginning up to the live positions; the version journals them itself."""

    def __init__(self, consumer: AIOKafkaConsumer, faults: Mapping[tuple[int, int], str]) -> None:
        self._consumer = consumer
        self._faults = faults
        self._ends: dict[int, int] = {}
        self._at: tuple[int, int] | None = None

    async def read(self, conn: Connection, partition: int, after: int, size: int) -> list[Record]:
        """See Source. Raises Unavailable when Kafka does not give what the live version has folded."""
        if after >= self._ends.get(partition, 0):
            self._ends = {row["partition"]: row["next_offset"] for row in await queries.live_offsets(conn)}
        wanted = min(size, self._ends[partition] - after)
        if wanted <= 0:
            return []
        place = topic_partition(partition)
        if self._at != (partition, after):
            self._consumer.assign([place])  # alone: what waits unread for other partitions would hold its fetches up
            self._consumer.seek(place, after)
        found = (await self._consumer.getmany(place, timeout_ms=_SILENCE_MS, max_records=wanted)).get(place, [])
        if not found or found[0].offset != after:
            raise Unavailable(f"Kafka does not hold {place.topic}/{place.partition} from offset {after} on.")
        self._at = partition, after + len(found)
        return [self._record(partition, r) for r in found]

    def _record(self, partition: int, r: ConsumerRecord) -> Record:
        """Set aside again what the live fold had to: only code that fails can tell, and it may not fail now."""
        fault = self._faults.get((partition, r.offset))
        if fault is not None:
            return faulty_record(partition, r.offset, r.timestamp, r.value, fault)
        return read_record(partition, r.offset, r.timestamp, r.value)

    async def take(self, conn: Connection, batch: Records) -> Effects:
        """See Source."""
        return await journal(conn, batch)
