"""
Kafka batches for a fold whose offsets live in PostgreSQL.

Kafka's own offsets are a hint for lag tools; where to read on is what the database says, and every fold transaction
compares it again (the fence). So whatever Kafka redelivers, skips or hands to a sleeping owner is folded exactly once.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Sequence, Set
from functools import partial
from itertools import count
from typing import Any, Protocol

import structlog
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage
from faststream.middlewares import AckPolicy
from faststream.security import SASLScram512

from services.kit import metrics
from services.kit.batches import Batch, by_partition
from services.kit.connecting import unbroken
from services.kit.continuity import Folded, Positions, check_log, connection_of
from services.kit.errors import LogTruncated
from services.kit.failures import Disposition
from services.kit.kafka_address import servers_of, user_of
from services.kit.keyed_tasks import KeyedTasks
from services.kit.standstill import Standstill

log = structlog.get_logger()

FINISH_S = 5.0
BACKLOG_S = 1.0
"""A full batch says for so long after it that there is a backlog."""
_PAUSES_S = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0)


class Fold(Folded, Protocol):
    """What a service does with batches."""

    async def fold(self, batch: Batch) -> None:
        """
        Fold records of one topic in one transaction with the offsets. Raises Fenced when they are elsewhere.

        What cannot be decoded it sets aside in the same transaction; whatever else it raises folds nothing.
        """


class FencedConsumer(ConsumerRebalanceListener):  # type: ignore[misc]
    """
    One member of a consumer group that hands batches to a fold, and tries each again until it is folded.

    Partitions are folded in up to *concurrency* transactions side by side, each partition in its order: while the
    database works on one, the process works on another and polls ahead. Of what is polled together, *topics* are folded
    one after the other in the order given.
    """

    def __init__(
        self,
        kafka: str,
        topics: Sequence[str],
        group: str,
        fold: Fold,
        *,
        instance: str | None = None,
        session_timeout_ms: int = 30_000,
        max_records: int = 5_000,
        concurrency: int = 1,
    ) -> None:
        self._fold = fold
        self._kafka = kafka
        self._topics = topics
        self._concurrency = concurrency
        self._tasks = KeyedTasks(concurrency)
        self._max_records = max_records
        self._full = False
        self._next: dict[TopicPartition, int] = {}
        self._progress_at = time.monotonic()
        self._still = Standstill(group)
        self._connections: dict[TopicPartition, object] = {}
        self._rebalances = metrics.REBALANCES.labels(group)
        metrics.PARTITIONS.labels(group).set_function(lambda: len(self._next))
        self._broker = _broker(kafka, instance or group)
        self._subscriber = self._broker.subscriber(
            *topics,
            batch=True,
            group_id=group,
            group_instance_id=instance,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            max_records=max_records,
            batch_timeout_ms=20,
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=128 * 1024,  # compressed: a poll then holds several partitions, for all of them
            session_timeout_ms=session_timeout_ms,
            heartbeat_interval_ms=max(500, session_timeout_ms // 6),
            rebalance_timeout_ms=session_timeout_ms,
            listener=self,
            parser=_raw_parser,
            decoder=_raw_decoder,
            no_reply=True,
        )
        self._subscriber(self._handle)

    @property
    def _consumer(self) -> Any:
        return self._subscriber.consumer

    async def start(self) -> None:
        """Join the group; waits, trying again, while Kafka is away."""
        for attempt in count():
            try:
                await unbroken(self._broker.start())
                return
            except Exception as exc:
                log.warning("kafka.unreachable", error=type(exc).__name__)
                await self._broker.stop()
                await asyncio.sleep(_PAUSES_S[min(attempt, len(_PAUSES_S) - 1)])

    async def stop(self) -> None:
        """Finish what is being folded, as far as the servers let it in time, and leave."""
        await self._broker.stop()
        await self._tasks.stop(FINISH_S)

    @property
    def assigned(self) -> frozenset[TopicPartition]:
        """The partitions this member owns and knows the position of."""
        return frozenset(self._next)

    @property
    def failing(self) -> bool:
        """Whether the fold of a partition stands still: nobody foresaw why, or the log lost what was folded."""
        return bool(self._still)

    @property
    def truncated(self) -> frozenset[TopicPartition]:
        """The partitions of which Kafka no longer holds what was folded."""
        return frozenset(self._still.truncated)

    @property
    def behind(self) -> bool:
        """Whether batches come as fast as they are folded: there is a backlog."""
        return self._full and time.monotonic() - self._progress_at < BACKLOG_S

    async def stalled(self, seconds: float) -> bool:
        """Say whether Kafka holds records that nobody has handed us for so long: the consumer is stuck."""
        if not self._next or self._tasks.busy or time.monotonic() - self._progress_at < seconds:
            return False
        ends = await asyncio.wait_for(self._consumer.end_offsets(list(self._next)), 10)
        return any(end > self._next.get(tp, end) for tp, end in ends.items())

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Forget the partitions, so that nothing more of them begins, and let end what is being folded."""
        self._forget(revoked)
        await self._tasks.settled(revoked)
        self._forget(revoked)  # one that was fenced meanwhile has looked up its position

    def _forget(self, partitions: set[TopicPartition]) -> None:
        for tp in partitions:
            self._next.pop(tp, None)
            self._connections.pop(tp, None)
        self._still.forget(partitions)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Start where the database says. Paused first: aiokafka hands out records before this has finished."""
        self._consumer.pause(*assigned)
        self._rebalances.inc()
        if assigned:
            await self._place(assigned, self._consumer.assignment)

    async def _place(self, partitions: set[TopicPartition], mine: Callable[[], Set[TopicPartition]]) -> None:
        """Look up where to read on; tries again until it is known, or the partitions are no longer *mine*."""
        for attempt in count():
            try:
                await self._seek(partitions)
                return
            except Exception as exc:
                self._still.note(exc, attempt, partitions)
            await asyncio.sleep(_PAUSES_S[min(attempt, len(_PAUSES_S) - 1)])
            partitions = partitions & mine()

    async def _seek(self, partitions: set[TopicPartition]) -> None:
        positions = await self._checked(partitions)
        for tp in partitions:
            self._consumer.seek(tp, positions[tp])
            self._next[tp] = positions[tp]
        self._progress_at = time.monotonic()
        self._consumer.resume(*partitions)
        self._still.failing -= partitions

    async def _checked(self, partitions: Collection[TopicPartition]) -> Positions:
        """Compare Kafka with what is folded, over the connections that there are now. Raises LogTruncated."""
        connections = {tp: connection_of(self._consumer, tp) for tp in partitions}
        positions = await check_log(self._kafka, self._fold, partitions)
        self._connections.update(connections)
        self._still.truncated -= set(partitions)
        return positions

    async def look(self, *, everywhere: bool) -> None:
        """
        Compare the log with what is folded where nothing comes: *everywhere*, or where a connection is new.

        A log that lost its tail makes the consumer `failing`. Raises whatever keeps it from looking.
        """
        mine = set(self._next)
        suspect = mine if everywhere else self._reconnected(mine - self._still.truncated)
        try:
            await self._checked(suspect)
        except LogTruncated as exc:
            self._still.note(exc, 0, suspect)

    def _reconnected(self, partitions: Collection[TopicPartition]) -> set[TopicPartition]:
        return {tp for tp in partitions if self._connections.get(tp) is not connection_of(self._consumer, tp)}

    async def _handle(self, message: KafkaMessage) -> None:
        """Begin to fold what was polled, and return when there is room for more."""
        records: Sequence[ConsumerRecord] = message.raw_message
        self._full = len(records) > self._max_records // 2
        before: list[asyncio.Task[None]] = []
        for part in self._by_topic(by_partition(records)):
            before = [
                self._tasks.start(group, partial(self._fold_group, group), before) for group in self._spread(part)
            ]
        await self._tasks.room()

    async def _fold_group(self, polled: Batch) -> None:
        """Fold what is still to be folded; tries again until it is, or is not ours any more. Raises nothing."""
        for attempt in count():
            mine = polled.keys() & self._next.keys()
            try:
                if suspect := self._reconnected(mine):
                    await self._checked(suspect)
                await self._fold_expected(polled)
                self._still.failing -= polled.keys()
                return
            except Exception as exc:
                disposition = self._still.note(exc, attempt, mine & self._next.keys())
                if disposition is Disposition.LOOK_AGAIN or isinstance(exc, LogTruncated):
                    await self._place(mine & self._next.keys(), self._next.keys)
                    return
            await asyncio.sleep(_PAUSES_S[min(attempt, len(_PAUSES_S) - 1)])

    async def _fold_expected(self, polled: Batch) -> None:
        batch = self._expected(polled)
        if not batch:
            return
        await self._fold.fold(batch)
        for tp, records in batch.items():
            if tp in self._next:
                self._next[tp] = records[-1].offset + 1
        self._progress_at = time.monotonic()

    def _expected(self, polled: Batch) -> Batch:
        """Return the records not folded yet, of partitions we own; of one with a gap, nothing."""
        batch: Batch = {}
        for tp, records in polled.items():
            position = self._next.get(tp)
            fresh = [record for record in records if position is not None and record.offset >= position]
            if fresh and fresh[0].offset == position:
                batch[tp] = fresh
            elif fresh:
                self._consumer.seek(tp, position)
        return batch

    def _by_topic(self, batch: Batch) -> list[Batch]:
        parts = [{tp: records for tp, records in batch.items() if tp.topic == topic} for topic in self._topics]
        return [part for part in parts if part]

    def _spread(self, batch: Batch) -> list[Batch]:
        found = list(batch.items())
        return [dict(found[group :: self._concurrency]) for group in range(min(self._concurrency, len(found)))]


def _broker(kafka: str, client: str) -> KafkaBroker:
    user = user_of(kafka)
    security = SASLScram512(*user) if user else None
    return KafkaBroker(servers_of(kafka), client_id=client, security=security, logger=None, apply_types=False)


async def _raw_parser(records: tuple[ConsumerRecord, ...]) -> KafkaMessage:
    """Wrap a batch without decoding: the default costs more than the fold, and dies of a null header."""
    return KafkaMessage(body=[], raw_message=records, consumer=None)  # type: ignore[arg-type]


async def _raw_decoder(message: KafkaMessage) -> KafkaMessage:
    return message
