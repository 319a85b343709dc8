"""Kafka to projections: folds batches of both canonical topics, and drains what directory changes leave behind."""

from collections.abc import Mapping

import asyncpg
import structlog
from aiokafka import ConsumerRecord, TopicPartition

from services.kit import crashpoints
from services.kit.batches import Batch
from services.scoring import metrics
from services.scoring.domain.record import DIRECTORY_PART, Record, faulty_record, read_record
from services.scoring.folding.directory import fold_directory
from services.scoring.folding.directory_state import DirectoryState
from services.scoring.folding.draining import drain_step
from services.scoring.folding.facts import fold_facts
from services.scoring.folding.placing import Placing
from services.scoring.places import part_of, topic_partition
from services.scoring.store import queries

log = structlog.get_logger()


class Projector:
    """Folds records into the projections of one database. Holds no state that a transaction does not confirm."""

    def __init__(self, pool: asyncpg.Pool, partitions: int, state: DirectoryState) -> None:
        self._pool = pool
        self._placing = Placing(partitions)
        self._state = state

    async def prepare(self) -> None:
        """
        Create the journal's partitions and the offset rows; read the directory, which the first batch would wait for.

        Idempotent, also for several at the same moment.
        """
        async with self._pool.acquire() as conn, conn.transaction():
            await queries.lock_for_preparing(conn)
            await queries.ensure_journal(conn, partitions=len(self._placing.parts))
            await queries.ensure_offsets(conn, partitions=len(self._placing.parts))
        async with self._pool.acquire() as conn:
            await self._state.current(conn)

    async def positions(self) -> Mapping[TopicPartition, int]:
        """Return the next offset of every partition of both topics."""
        async with self._pool.acquire() as conn:
            rows = await queries.offsets(conn)
        return {topic_partition(row["part"]): row["next_offset"] for row in rows}

    async def fold(self, batch: Batch) -> None:
        """Fold a batch of one topic. Raises Fenced when the offsets are elsewhere; then nothing is changed."""
        crashpoints.reached("scoring.poll")
        topic = next(iter(batch)).topic
        with metrics.FOLD_SECONDS.labels(topic).time():
            await self.fold_records(
                {
                    part_of(tp): [read_record(part_of(tp), r.offset, r.timestamp, r.value) for r in listed]
                    for tp, listed in batch.items()
                }
            )
        count = sum(map(len, batch.values()))
        metrics.FOLDED.labels(topic).inc(count)
        log.info("fold.committed", topic=topic, records=count, partitions=len(batch))

    async def fold_records(self, records: dict[int, list[Record]]) -> None:
        """Fold the directory's records alone, or facts of any partitions, in one transaction. Raises Fenced."""
        async with self._pool.acquire() as conn, conn.transaction():
            if DIRECTORY_PART in records:
                await fold_directory(conn, self._state, self._placing, records[DIRECTORY_PART])
                crashpoints.reached("scoring.directory")
            else:
                await fold_facts(conn, self._state, records)
                crashpoints.reached("scoring.fold")
        crashpoints.reached("scoring.commit")

    async def set_aside(self, tp: TopicPartition, record: ConsumerRecord, reason: str) -> None:
        """Journal a record that breaks the fold with its fault, so that the rest can go on."""
        faulty = faulty_record(part_of(tp), record.offset, record.timestamp, record.value, reason)
        await self.fold_records({faulty.part: [faulty]})
        metrics.SET_ASIDE.inc()

    async def drain(self) -> bool:
        """Do one step of stale work; say whether there was any."""
        async with self._pool.acquire() as conn:
            worked = await drain_step(conn, self._state)
        if worked:
            crashpoints.reached("scoring.drained")
        metrics.DRAINED.inc(worked)
        return worked
