"""Reads stretches of the canonical topics by offset, outside any consumer group."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.kit.failures import LOG_AWAY, or_log_unavailable
from services.kit.kafka_address import client_options
from services.scoring.domain.ledger import Excerpt, Logged
from services.scoring.partitions import topic_partition

ANSWER_S = 20
_FETCH_BYTES = 4 * 1024 * 1024

Bounds = tuple[dict[TopicPartition, int], dict[TopicPartition, int]]
"""The first offset of each partition, and the one after its last."""

Locate = Callable[[int], TopicPartition]
"""Where Kafka keeps a partition of the journal."""


class Log:
    """The canonical topics; one partition is read at a time, forward. Every method raises Unavailable."""

    def __init__(self, consumer: AIOKafkaConsumer, bounds: Bounds, locate: Locate) -> None:
        self._consumer = consumer
        self._begins, self._ends = bounds
        self._locate = locate
        self._ahead: dict[int, Logged] = {}
        self._reading: TopicPartition | None = None
        self._next = 0

    def waiting(self, partition: int, next_offset: int) -> int:
        """Return how many records of the log were not folded yet when the log was opened."""
        return max(0, self._ends.get(self._locate(partition), 0) - next_offset)

    async def excerpt(self, partition: int, first: int, last: int) -> Excerpt:
        """Return what Kafka holds of the offsets *first* to *last*; later calls for a partition ask for later ones."""
        tp = self._locate(partition)
        begin, end = self._begins.get(tp, 0), self._ends.get(tp, 0)
        wanted = range(max(first, begin), min(last + 1, end))
        if wanted:
            self._go_to(tp, wanted.start)
            with or_log_unavailable():
                while self._next < wanted.stop:
                    await self._read_on(tp)
        taken = {offset: self._ahead.pop(offset) for offset in wanted if offset in self._ahead}
        return Excerpt(begin, end, taken)

    def _go_to(self, tp: TopicPartition, offset: int) -> None:
        if self._reading == tp and (offset in self._ahead or offset == self._next):
            return
        if self._reading != tp:
            self._consumer.assign([tp])
        self._consumer.seek(tp, offset)
        self._reading, self._next, self._ahead = tp, offset, {}

    async def _read_on(self, tp: TopicPartition) -> None:
        async with asyncio.timeout(ANSWER_S):
            while not (batches := await self._consumer.getmany(timeout_ms=500, max_records=10_000)):
                pass
        for record in batches[tp]:
            self._ahead[record.offset] = Logged(record.timestamp, record.value)
            self._next = record.offset + 1


@asynccontextmanager
async def open_log(kafka: str, partitions: list[int], locate: Locate = topic_partition) -> AsyncIterator[Log]:
    """Connect and note where each partition begins and ends; *place* says where it is. Raises Unavailable."""
    tps = [locate(partition) for partition in partitions]
    consumer = AIOKafkaConsumer(
        *{tp.topic for tp in tps},
        **client_options(kafka),
        enable_auto_commit=False,
        auto_offset_reset="none",
        max_partition_fetch_bytes=_FETCH_BYTES,
        fetch_max_wait_ms=20,  # what is asked for is there already; at the end of a partition nothing is waited for
    )
    with or_log_unavailable():
        try:
            async with asyncio.timeout(ANSWER_S):
                await consumer.start()
                bounds = await _bounds(consumer, tps)
        except BaseException:
            await consumer.stop()
            raise
    try:
        yield Log(consumer, bounds, locate)
    finally:
        with suppress(*LOG_AWAY):
            await consumer.stop()


async def _bounds(consumer: AIOKafkaConsumer, wanted: list[TopicPartition]) -> Bounds:
    """Partitions that Kafka does not have are left out: whatever the journal keeps of them is nowhere on the log."""
    there = [tp for tp in wanted if tp in consumer.assignment()]
    consumer.unsubscribe()
    if not there:
        return {}, {}
    return await consumer.beginning_offsets(there), await consumer.end_offsets(there)
