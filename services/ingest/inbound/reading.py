"""
Reading the topic when one of its records cannot be read at all.

Brokers take header names that are no UTF-8; the client library then fails on whatever it has fetched together with such
a record, for ever. So after a failure less and less is read at once, until that record stands alone.
"""

import asyncio
from collections.abc import Mapping, Sequence

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CorruptRecordException

from services.kit.failures import LOG_AWAY

log = structlog.get_logger()

POLL_MS, FIND_MS = 200, 1_000
NARROWER = 8
"""How many times fewer records are read at once after a failure."""

Batch = Mapping[TopicPartition, Sequence[ConsumerRecord]]


class Reader:
    """
    Reads batches of at most *most* records from *consumer*.

    What was handed out must be settled and committed, or sought back to, before more is read.
    """

    def __init__(self, consumer: AIOKafkaConsumer, most: int) -> None:
        self._consumer, self._most, self._now = consumer, most, most
        self.unreadable: ConsumerRecord | None = None
        """The last record handed out that could not be read: nothing of it is known but its place."""

    async def next(self) -> Batch:
        """Return what comes next, or nothing after a moment. Raises what a broker that is away does."""
        try:
            batch: Batch = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=self._now)
        except Exception as exc:
            if not _is_of_a_record(exc):
                raise
            return await self._narrow(exc)
        return batch

    async def _narrow(self, problem: Exception) -> Batch:
        await self._rewind(self._consumer.assignment())
        if self._now > 1:
            self._now = max(1, self._now // NARROWER)
            return {}
        found = await self._find()
        if found is None:
            return {}
        tp = TopicPartition(found.topic, found.partition)
        log.error("inbound.unreadable", partition=tp.partition, offset=found.offset, error=type(problem).__name__)
        self._consumer.seek(tp, found.offset + 1)
        await self._rewind(self._consumer.assignment() - {tp})
        self._now, self.unreadable = self._most, found
        return {tp: [found]}

    async def _find(self) -> ConsumerRecord | None:
        """Return an empty record in the place of the one that fails when read alone, if it is the next somewhere."""
        for tp in self._consumer.assignment():
            if await self._consumer.position(tp) >= (self._consumer.highwater(tp) or 0):
                continue
            try:
                await self._consumer.getmany(tp, timeout_ms=FIND_MS, max_records=1)
            except Exception as exc:
                if not _is_of_a_record(exc):
                    raise
                offset = await self._consumer.position(tp)
                return ConsumerRecord(tp.topic, tp.partition, offset, 0, 0, None, None, None, -1, -1, ())
        return None

    async def _rewind(self, partitions: frozenset[TopicPartition]) -> None:
        """Go back to what is committed: what was read together with the failure has gone with it."""
        committed = await asyncio.gather(*(self._consumer.committed(tp) for tp in partitions))
        for tp, offset in zip(partitions, committed, strict=True):
            if offset is None:
                await self._consumer.seek_to_beginning(tp)
            else:
                self._consumer.seek(tp, offset)


def _is_of_a_record(exc: Exception) -> bool:
    """Tell a record that the library cannot read from a broker that is away."""
    return isinstance(exc, CorruptRecordException) or not isinstance(exc, LOG_AWAY)
