"""
One writer per Kafka partition: records that wait, in order, for the one batch in flight before them.

A writer has at most one batch unacknowledged, so whatever comes meanwhile shares the next one: no lingering when there
is little to do, large batches when there is much.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer

from services.ingest import metrics
from services.ingest.domain.routing import LogRecord
from services.kit import crashpoints
from services.kit.failures import LOG_AWAY

log = structlog.get_logger()

Failed = Callable[[AIOKafkaProducer], None]


class Parcel:
    """Records that belong together; *done* when each is acknowledged or given up."""

    def __init__(self, size: int) -> None:
        self.offsets: list[int | None] = [None] * size
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._open = size

    def close(self, index: int, offset: int | None) -> None:
        """Note the offset of one record; None: it was not acknowledged."""
        self.offsets[index] = offset
        self._open -= 1
        if not self._open and not self.done.done():
            self.done.set_result(None)


Entry = tuple[LogRecord, Parcel, int]
"""A record, and where its offset goes: to a parcel at an index."""


class PartitionWriter:
    """Sends the records of one partition, one batch at a time."""

    def __init__(
        self, topic: str, partition: int, producer: Callable[[], AIOKafkaProducer | None], failed: Failed, ack_s: float
    ) -> None:
        self._topic, self._partition = topic, partition
        self._producer, self._failed, self._ack_s = producer, failed, ack_s
        self._waiting: deque[Entry] = deque()
        self._task: asyncio.Task[None] | None = None
        self.reached = 0
        """The next offset, as far as was ever acknowledged; what the log gives below it lies where it lost its tail."""

    def add(self, entries: Iterable[Entry]) -> None:
        """Queue records."""
        self._waiting.extend(entries)
        if self._task is None:
            self._task = asyncio.create_task(self._send_all())

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                await self._send_batch()
        finally:
            self._task = None
            self._give_up(self._waiting)

    async def _send_batch(self) -> None:
        producer = self._producer()
        if producer is None:
            self._give_up(self._waiting)
            return
        batch = producer.create_batch()
        sent = self._fill(batch)
        try:
            async with asyncio.timeout(self._ack_s):
                acknowledgement = await producer.send_batch(batch, self._topic, partition=self._partition)
                crashpoints.reached("ingest.produce")
                written = await acknowledgement
        except Exception as exc:  # whatever it is, whoever waits shall hear of it now
            if not isinstance(exc, (*LOG_AWAY, AssertionError)):
                log.error("log.send_failed", exc_info=exc)
            self._give_up(sent)
            self._failed(producer)
            return
        crashpoints.reached("ingest.acknowledged")
        if 0 <= written.offset < self.reached:
            self._lost_tail(written.offset, len(sent))
            self._give_up(sent)
            return
        self.reached = max(self.reached, written.offset + len(sent))
        for number, (_, parcel, index) in enumerate(sent):
            parcel.close(index, None if written.offset < 0 else written.offset + number)

    def _lost_tail(self, offset: int, count: int) -> None:
        """
        Tell that the broker gave offsets a second time: it no longer holds what it acknowledged before.

        Whoever folds has gone past these offsets and will not look again, so nothing there counts as written. Sources
        send it again until the log is past what was lost.
        """
        metrics.TAILS_LOST.inc(count)
        log.error(
            "log.tail_lost", topic=self._topic, partition=self._partition, offset=offset, acknowledged=self.reached
        )

    def _fill(self, batch: Any) -> deque[Entry]:
        sent: deque[Entry] = deque()
        while self._waiting:
            record = self._waiting[0][0]
            if batch.append(timestamp=None, key=record.key, value=record.value) is None:
                break
            sent.append(self._waiting.popleft())
        batch.close()
        return sent

    @staticmethod
    def _give_up(entries: deque[Entry]) -> None:
        while entries:
            _, parcel, index = entries.popleft()
            parcel.close(index, None)
