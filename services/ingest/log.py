"""
The way to Kafka: one idempotent producer, replaced when it fails.

A record counts as written only with its acknowledgement by all in-sync replicas. A producer that failed once is thrown
away with all it holds: aiokafka's idempotent producer may never work again after a gap in its sequence numbers.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from schemas.topics import DEAD_LETTERS, DIRECTORY, EVENTS
from services.ingest import metrics
from services.ingest.domain.routing import LogRecord
from services.ingest.partition_writer import Entry, Parcel, PartitionWriter
from services.ingest.store.acknowledged import Reached
from services.kit.errors import Unavailable
from services.kit.failures import LOG_AWAY
from services.kit.kafka_address import client_options, servers_of
from services.kit.supervision import end_with

log = structlog.get_logger()

TOPICS = (DIRECTORY, EVENTS, DEAD_LETTERS)
CONNECT_S = 5.0
RECONNECT_S = 0.5
REMEMBER_S = 1.0
"""How much a process that is killed may forget of what it saw acknowledged."""
PING_S = 1.5
BATCH_BYTES = 262_144


class Position(NamedTuple):
    """Where a record stands on the log."""

    topic: str
    partition: int
    offset: int


@lru_cache(maxsize=65_536)
def _hash(key: bytes) -> int:
    """Kafka's default partitioner, as in every other client, so that a key keeps its partition."""
    return int(murmur2(key)) & 0x7FFFFFFF


Exchange = Callable[[Reached], Awaitable[Reached]]
"""Keeps how far the log has come, and tells how far anybody saw it come. Raises Unavailable."""


class Log:
    """Appends records; `start` before and `stop` after use."""

    def __init__(self, kafka: str, exchange: Exchange, *, ack_s: float) -> None:
        self._kafka, self._exchange, self._ack_s = kafka, exchange, ack_s
        self._reached: Reached = {}
        self._producer: AIOKafkaProducer | None = None
        self._partitions: dict[str, int] = {}
        self._writers: dict[tuple[str, int], PartitionWriter] = {}
        self._up, self._broken = asyncio.Event(), asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to connect, and return at once."""
        self._keeper = asyncio.create_task(self._keep_connected())
        end_with(self._keeper)

    async def stop(self) -> None:
        """Disconnect. What is not acknowledged by then never is."""
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._producer:
            self._leave(self._producer)
            self._producer = None
        await asyncio.gather(*self._leaving, return_exceptions=True)

    async def wait_until_up(self, within_s: float) -> None:
        """Return when connected. Raises Unavailable when that takes longer."""
        if self._up.is_set():
            return
        try:
            async with asyncio.timeout(within_s):
                await self._up.wait()
        except TimeoutError:
            raise Unavailable("The event log (Kafka) does not answer; try again.") from None

    async def ping(self) -> bool:
        """Say whether the broker answers right now."""
        producer = self._producer
        if producer is None:
            return False
        try:
            async with asyncio.timeout(PING_S):
                await producer.client.fetch_all_metadata()
        except LOG_AWAY:
            return False
        return True

    async def append(self, records: Sequence[LogRecord]) -> list[Position | None]:
        """
        Write *records*, all in flight at once, and wait for all acknowledgements.

        Returns the places in the same order; None for a record that was not acknowledged, and may stand on the log
        nevertheless.
        """
        if not records or not self._up.is_set():
            return [None] * len(records)
        parcel = Parcel(len(records))
        places = [(record.topic, _hash(record.key) % self._partitions[record.topic]) for record in records]
        entries: defaultdict[tuple[str, int], list[Entry]] = defaultdict(list)
        for index, (record, place) in enumerate(zip(records, places, strict=True)):
            entries[place].append((record, parcel, index))
        for place, waiting in entries.items():
            self._writer(*place).add(waiting)
        await parcel.done
        return [
            None if offset is None else Position(*place, offset)
            for place, offset in zip(places, parcel.offsets, strict=True)
        ]

    def _writer(self, topic: str, partition: int) -> PartitionWriter:
        writer = self._writers.get((topic, partition))
        if writer is None:
            writer = PartitionWriter(topic, partition, lambda: self._producer, self._writer_failed, self._ack_s)
            writer.reached = self._reached.get((topic, partition), 0)
            self._writers[topic, partition] = writer
        return writer

    async def remember(self) -> bool:
        """
        Note how far the log has come, and learn how far other processes, or an earlier run, saw it come.

        False: until the next time. Raises Unavailable.
        """
        own = {place: writer.reached for place, writer in self._writers.items() if writer.reached}
        ahead = {place: offset for place, offset in own.items() if offset > self._reached.get(place, 0)}
        self._reached = await self._exchange(ahead)
        for place, writer in self._writers.items():
            writer.reached = max(writer.reached, self._reached.get(place, 0))
        return False

    def _writer_failed(self, producer: AIOKafkaProducer) -> None:
        if producer is self._producer:
            self._producer = None
            self._up.clear()
            self._broken.set()
            self._leave(producer)

    async def _keep_connected(self) -> None:
        missed = False
        while True:
            producer = await self._connect(quiet=missed)
            missed = producer is None
            if producer is None:
                await asyncio.sleep(RECONNECT_S)
                continue
            self._producer = producer
            self._broken.clear()
            self._up.set()
            log.info("log.connected", partitions=self._partitions)
            await self._broken.wait()
            metrics.PRODUCERS_LOST.inc()
            log.warning("log.disconnected", reason="a batch was not acknowledged in time")

    async def _connect(self, *, quiet: bool) -> AIOKafkaProducer | None:
        producer = self._new_producer()
        try:
            async with asyncio.timeout(CONNECT_S):
                await producer.start()
                self._partitions = {topic: len(await producer.partitions_for(topic)) for topic in TOPICS}
            await self.remember()  # before anything is written
        except (*LOG_AWAY, Unavailable) as exc:
            if not quiet:  # once per outage
                log.warning("log.unreachable", kafka=servers_of(self._kafka), error=repr(exc))
            self._leave(producer)
            return None
        except asyncio.CancelledError:
            self._leave(producer)
            raise
        return producer

    def _new_producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **client_options(self._kafka),
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            max_batch_size=BATCH_BYTES,
            request_timeout_ms=int(self._ack_s * 1000),
            metadata_max_age_ms=60_000,
        )

    def _leave(self, producer: AIOKafkaProducer) -> None:
        task = asyncio.create_task(_discard(producer))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


async def _discard(producer: AIOKafkaProducer) -> None:
    """Close *producer* without waiting for what it holds, which it would otherwise try to send for ever."""
    if sender := producer._sender.sender_task:  # its own last rites fail when its batches are gone already
        sender.remove_done_callback(producer._sender._fail_all)
    producer._message_accumulator.fail_all(KafkaError("the producer was replaced"))
    with contextlib.suppress(Exception):
        await producer.stop()
    with contextlib.suppress(Exception):
        await producer.client.close()
