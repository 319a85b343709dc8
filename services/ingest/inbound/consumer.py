"""
The other door: events of systems that write to Kafka themselves.

Offsets are committed only after each record is on the log, parked or kept as a dead letter, in the order of the
partition. Whatever is read twice, after a crash, an outage or a rebalance, meets its claim and counts once. So nothing
has to be remembered here: what could not be taken is read again.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener

from schemas.topics import INBOUND
from services.ingest import metrics
from services.ingest.domain.candidate import Rejection
from services.ingest.inbound.reading import Batch, Reader
from services.ingest.inbound.records import rejected, submission_of
from services.ingest.limits import Turns
from services.ingest.log import Log
from services.ingest.quotas import TRY_LATER
from services.ingest.sealed.sealing import Sealing
from services.ingest.settings import IngestSettings
from services.ingest.submission import Submission, count
from services.kit.access_format import InForce
from services.kit.errors import Unavailable
from services.kit.failures import LOG_AWAY
from services.kit.kafka_address import client_options
from services.kit.supervision import end_with

log = structlog.get_logger()

AFTER_FAILURE_S = 1.0
ROOM_AGAIN_S = 5.0
"""How long a partition waits whose sender has too much here, before its next record is tried again."""
COMMIT_S, CLOSE_S = 3.0, 2.0
REBALANCE_MS = 30_000
"""How long the group waits for a batch in flight before it gives our partitions to others."""
FETCH_BYTES, PARTITION_BYTES = 4_194_304, 1_048_576
"""Asked of the broker at once; a single longer record comes nevertheless."""
BREATH = 100
"""Records validated before others get a turn on the event loop."""
BUG = "Something went wrong on our side when this was taken; the log of ingest has the details. Replay it after a fix."

UNREADABLE = (
    "The record cannot be read: its headers or its check sum are broken. Send the event again, with header names in "
    "UTF-8; the record itself stays on the topic until its retention ends."
)


class NoRoom(Exception):
    """A record would go beyond what may lie here of the topic; the same is taken once there is room again."""


class Inbound(ConsumerRebalanceListener):  # type: ignore[misc]
    """One member of the group that takes what *access* allows on the topic; `start` before and `stop` after use."""

    def __init__(self, settings: IngestSettings, log: Log, sealing: Sealing, turns: Turns, access: InForce) -> None:
        self._settings, self._log, self._sealing, self._turns, self._access = settings, log, sealing, turns, access
        self._busy = asyncio.Lock()
        self._ending = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._settled: dict[TopicPartition, int] = {}
        self._behind: dict[TopicPartition, int] = {}
        self._full: dict[TopicPartition, float] = {}
        self._failing = False
        self._joined = False

    @property
    def flows(self) -> bool:
        """Whether this member has its share of the topic and could take all that it read last."""
        return self._joined and not self._failing and not self._full

    def start(self) -> None:
        """Begin to connect, and return at once."""
        self._task = asyncio.create_task(self._run())
        end_with(self._task)

    async def stop(self, within_s: float) -> None:
        """Finish the batch in flight, commit and leave the group; give up after *within_s*."""
        self._ending.set()
        if self._task:
            await asyncio.wait([self._task], timeout=within_s)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Let the batch in flight end, and with it its commit."""
        async with self._busy:
            self._settled.clear()
            self._behind.clear()
            self._full.clear()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Note that the group has let us in; where to read on says what was committed."""
        self._joined = True
        log.info("inbound.assigned", partitions=sorted(tp.partition for tp in assigned))

    async def _run(self) -> None:
        while not self._ending.is_set():
            consumer = self._new_consumer()
            try:
                await consumer.start()
                await self._consume(consumer)
            except LOG_AWAY as exc:
                self._complain("inbound.unreachable", exc)
            except Exception as exc:  # a bug must not close this door for good
                log.error("inbound.failed", exc_info=exc)
            finally:
                self._joined = False
                await _leave(consumer)
            await self._pause()

    def _new_consumer(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            **client_options(self._settings.kafka),
            group_id=self._settings.ingest_inbound_group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            session_timeout_ms=self._settings.session_timeout_ms,
            heartbeat_interval_ms=max(500, self._settings.session_timeout_ms // 6),
            rebalance_timeout_ms=REBALANCE_MS,
            fetch_max_bytes=FETCH_BYTES,
            max_partition_fetch_bytes=PARTITION_BYTES,
        )
        consumer.subscribe([INBOUND], listener=self)
        return consumer

    async def _consume(self, consumer: AIOKafkaConsumer) -> None:
        reader = Reader(consumer, self._settings.ingest_inbound_records)
        while not self._ending.is_set():
            self._try_again(consumer)
            batch = await reader.next()
            async with self._busy:
                whole = await self._take(consumer, batch, reader.unreadable)
                committed = await self._commit(consumer)
            if not whole:
                await self._pause()
            elif batch and committed:
                self._failing = False

    async def _take(self, consumer: AIOKafkaConsumer, batch: Batch, unreadable: ConsumerRecord | None) -> bool:
        """Take *batch*, and have read again what could not be taken; say whether nothing was left."""
        waited = set(self._full)
        tried = [record for tp, records in batch.items() for record in (records[:1] if tp in waited else records)]
        settled = await self._settle(tried, unreadable)
        whole = True
        for tp, records in batch.items():
            done = next((number for number, each in enumerate(records) if _place(each) not in settled), len(records))
            if done and tp in waited:
                del self._full[tp]
            if done:
                self._settled[tp] = records[done - 1].offset + 1
                self._behind[tp] = (consumer.highwater(tp) or 0) - self._settled[tp]
            if done < len(records):
                whole = whole and self._full.get(tp, 0) > time.monotonic()
                if tp in consumer.assignment():
                    consumer.seek(tp, records[done].offset)
                    if tp in self._full:
                        consumer.pause(tp)
        metrics.INBOUND_BEHIND.set(sum(self._behind.values()))
        return whole

    async def _settle(
        self, records: Sequence[ConsumerRecord], unreadable: ConsumerRecord | None
    ) -> set[tuple[int, int]]:
        """Return the places of those of *records* that are on the log, parked or kept as dead letters."""
        if not records:
            return set()
        try:
            await self._log.wait_until_up(1)
        except Unavailable as exc:
            self._complain("inbound.postponed", exc)
            return set()
        async with self._turns.turn(INBOUND, sum(len(record.value or b"") for record in records)):
            takes: list[asyncio.Task[bool]] = []
            for number, record in enumerate(records, 1):
                take = self._take_record(record, readable=record is not unreadable)
                takes.append(asyncio.create_task(take))
                if number % BREATH == 0:
                    await asyncio.sleep(0)
            taken = await asyncio.gather(*takes)
        return {_place(record) for record, done in zip(records, taken, strict=True) if done}

    async def _take_record(self, record: ConsumerRecord, *, readable: bool = True) -> bool:
        """Say whether the record is on the log, parked or a dead letter; else it comes again."""
        try:
            await self._submit(self._read(record, readable=readable))
        except NoRoom as exc:
            self._wait_for_room(record, exc)
            return False
        except Exception as exc:  # the server's trouble or our own, not the record's: nothing may be lost for it
            self._complain("inbound.postponed", exc)
            return False
        return True

    def _read(self, record: ConsumerRecord, *, readable: bool) -> Submission:
        """Read and judge a record: what fails in this fails for ever, whatever the reason, and is the record's own."""
        writer = self._access.current().topic(INBOUND)
        if not readable:
            return rejected(record, writer, 500, UNREADABLE)
        most, latest = self._settings.ingest_body_limit_bytes, self._settings.latest_time()
        try:
            return submission_of(record, writer, most=most, latest=latest)
        except Exception as exc:
            log.error("inbound.poison", partition=record.partition, offset=record.offset, exc_info=exc)
            return rejected(record, writer, 500, BUG)

    async def _submit(self, submission: Submission) -> None:
        outcomes = await self._sealing.take(submission)
        for outcome in outcomes:
            if isinstance(outcome, Rejection) and outcome.status in TRY_LATER:
                raise NoRoom(outcome.detail)
        count(outcomes)
        metrics.INBOUND_RECORDS.inc()

    def _wait_for_room(self, record: ConsumerRecord, exc: NoRoom) -> None:
        """Let the partition wait at *record*, one look at a time: taking those behind it again fills the log."""
        tp = TopicPartition(record.topic, record.partition)
        if tp not in self._full:
            log.error("inbound.full", partition=tp.partition, offset=record.offset, reason=str(exc))
        self._full[tp] = time.monotonic() + ROOM_AGAIN_S

    def _try_again(self, consumer: AIOKafkaConsumer) -> None:
        """Read on where a partition has waited long enough for room."""
        due = {tp for tp, at in self._full.items() if at <= time.monotonic()}
        consumer.resume(*due & consumer.assignment())

    async def _commit(self, consumer: AIOKafkaConsumer) -> bool:
        """Commit what is settled; if that fails, say so and try again in a moment, or the records come again."""
        if not self._settled:
            return True
        try:
            async with asyncio.timeout(COMMIT_S):
                await consumer.commit(dict(self._settled))
        except LOG_AWAY as exc:
            self._complain("inbound.commit_postponed", exc)
            return False
        self._settled.clear()
        return True

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), AFTER_FAILURE_S)

    def _complain(self, event: str, exc: Exception) -> None:
        """Log the first failure of an outage."""
        if not self._failing:
            log.warning(event, error=type(exc).__name__, reason=str(exc))
        self._failing = True


def _place(record: ConsumerRecord) -> tuple[int, int]:
    return record.partition, record.offset


async def _leave(consumer: AIOKafkaConsumer) -> None:
    with contextlib.suppress(Exception):
        async with asyncio.timeout(CLOSE_S):
            await consumer.stop()
