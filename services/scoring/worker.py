"""Kafka to projections: folds batches of both canonical topics, and drains what directory changes leave behind."""

from collections.abc import Collection, Mapping

import asyncpg
import structlog
from aiokafka import ConsumerRecord, TopicPartition

from services.kit import crashpoints
from services.kit.batches import Batch
from services.kit.errors import UserError
from services.kit.quota import Quota
from services.scoring import metrics
from services.scoring.domain.events import UNKNOWN_TYPE
from services.scoring.domain.record import DIRECTORY_PARTITION, Record, is_as_folded, read_record
from services.scoring.folding.directory import fold_directory
from services.scoring.folding.draining import drain_step
from services.scoring.folding.facts import fold_facts
from services.scoring.folding.placing import Placing
from services.scoring.folding.refolding import known_now, refold
from services.scoring.partitions import partition_of, topic_partition
from services.scoring.store import queries
from services.scoring.store.directory_state import DirectoryState

log = structlog.get_logger()


class Projector:
    """Folds records into the projections of one database. Holds no state that a transaction does not confirm."""

    def __init__(self, pool: asyncpg.Pool, partitions: int, state: DirectoryState, quota: Quota | None = None) -> None:
        self._pool = pool
        self._quota = quota or Quota()
        self._placing = Placing(partitions)
        self._state = state

    async def prepare(self) -> None:
        """
        Create the journal's partitions and the offset rows; read the directory, which the first batch would wait for.

        Idempotent, also for several at the same moment. Raises UserError when the log has another partition count.
        """
        async with self._pool.acquire() as conn, conn.transaction():
            await queries.lock_for_preparing(conn)
            self._check_partitions(await queries.offsets(conn))
            await queries.ensure_journal(conn, partitions=len(self._placing.partitions))
            await queries.ensure_offsets(conn, partitions=len(self._placing.partitions))
        async with self._pool.acquire() as conn:
            await self._state.current(conn)

    def _check_partitions(self, rows: Collection[asyncpg.Record]) -> None:
        folded, found = sum(row["partition"] >= 0 for row in rows), len(self._placing.partitions)
        if folded not in (0, found):
            raise UserError(
                f"The data was folded with {folded} partitions of kinerja.events, and Kafka has {found}: facts would "
                "go elsewhere than the figures look. Check KINERJA_KAFKA."
            )

    async def positions(self) -> Mapping[TopicPartition, int]:
        """Return the next offset of every partition of both topics."""
        async with self._pool.acquire() as conn:
            rows = await queries.offsets(conn)
        return {topic_partition(row["partition"]): row["next_offset"] for row in rows}

    async def unlike(self, records: Mapping[TopicPartition, ConsumerRecord]) -> Collection[TopicPartition]:
        """Return the partitions whose record is not the one that the journal has at its offset."""
        places = {(partition_of(tp), record.offset): (tp, record.value) for tp, record in records.items()}
        if not places:
            return ()
        partitions, offsets = zip(*places, strict=True)
        async with self._pool.acquire() as conn:
            rows = await queries.rows_at(conn, partitions=partitions, offsets=offsets)
        found = [(row, *places[row["partition"], row["record_offset"]]) for row in rows]
        return [tp for row, tp, value in found if not is_as_folded(value, row["payload"], row["identity"])]

    async def fold(self, batch: Batch) -> None:
        """
        Fold a batch of one topic. Raises Fenced when the offsets are elsewhere; then nothing is changed.

        Records that cannot be read are journaled with their fault, alone; too many of them raise TooManyMalformed.
        """
        crashpoints.reached("scoring.poll")
        topic = next(iter(batch)).topic
        with metrics.FOLD_SECONDS.labels(topic).time():
            records = {
                partition_of(tp): [read_record(partition_of(tp), r.offset, r.timestamp, r.value) for r in listed]
                for tp, listed in batch.items()
            }
            faulty = [record for listed in records.values() for record in listed if record.fault is not None]
            later = sum(record.is_for_later for record in faulty)
            count, malformed = sum(map(len, batch.values())), len(faulty) - later
            self._quota.check(count, malformed)
            await self.fold_records(records)
        self._quota.note(count, malformed)
        metrics.SET_ASIDE.inc(malformed)
        metrics.FOR_LATER.inc(later)
        metrics.FOLDED.labels(topic).inc(count)
        log.info("fold.committed", topic=topic, records=count, partitions=len(batch), set_aside=malformed, later=later)

    async def fold_records(self, records: dict[int, list[Record]]) -> None:
        """Fold the directory's records alone, or facts of any partitions, in one transaction. Raises Fenced."""
        async with self._pool.acquire() as conn, conn.transaction():
            if DIRECTORY_PARTITION in records:
                await fold_directory(conn, self._state, self._placing, records[DIRECTORY_PARTITION])
                crashpoints.reached("scoring.directory")
            else:
                await fold_facts(conn, self._state, records)
                crashpoints.reached("scoring.fold")
        crashpoints.reached("scoring.commit")

    async def tell_truncated(self, owned: Collection[TopicPartition], lost: Collection[TopicPartition]) -> None:
        """Let readers know of which of a worker's partitions the log lost a tail: nobody can wait for a place there."""
        async with self._pool.acquire() as conn:
            await queries.tell_truncated(conn, owned=[*map(partition_of, owned)], lost=[*map(partition_of, lost)])

    async def take_in(self) -> bool:
        """Fold what waited for this version to know its type; say whether there was any, and count what still waits."""
        taken = await refold(self._pool, self._state, self._placing, known_now())
        metrics.REFOLDED.inc(taken)
        async with self._pool.acquire() as conn:
            row = await queries.count_kept_apart(conn, later=UNKNOWN_TYPE)
        for reason in ("malformed", "later"):
            metrics.KEPT_APART.labels(reason).set(row[reason])
        if taken:
            log.info("fold.refolded", records=taken)
        return taken > 0

    async def drain(self) -> bool:
        """Do one step of queued work; say whether there was any."""
        async with self._pool.acquire() as conn:
            worked = await drain_step(conn, self._state)
        if worked:
            crashpoints.reached("scoring.drained")
        metrics.DRAINED.inc(worked)
        return worked
