"""A journal folded from real Kafka topics of its own, examined after tampering that is undone."""

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import DIRECTORY, EVENTS, TOPICS
from services.kit.kafka_address import client_options
from services.kit.producing import Producer
from services.scoring.domain.ledger import Finding
from services.scoring.domain.record import DIRECTORY_PARTITION, Record, read_record
from services.scoring.folding.placing import Placing
from services.scoring.ledger.log import Log, open_log
from services.scoring.ledger.report import Report, inspect
from services.scoring.ledger.seal import Statement
from services.scoring.ledger.verifying import Examined
from services.setup.topics import create_topics
from tests.support.folding import Scoring, part_for
from tests.support.oracle import Event

PARTITIONS = 8
Tampering = Callable[[asyncpg.Connection], Awaitable[object]]


class Ledger:
    """The journal of one installation and the log it came from."""

    def __init__(self, dsn: str, kafka: str, scoring: Scoring) -> None:
        self.dsn, self.kafka, self.scoring = dsn, kafka, scoring
        self._suffix = secrets.token_hex(4)
        self._stack = AsyncExitStack()
        self._open: Log | None = None

    def place(self, partition: int) -> TopicPartition:
        """Where this log keeps a part of the journal."""
        name, number = (DIRECTORY, 0) if partition == DIRECTORY_PARTITION else (EVENTS, partition)
        return TopicPartition(f"{name}.{self._suffix}", number)

    async def write(self, events: list[Event], garbage: bytes) -> None:
        """Put events on the log in this order, each first one of a partition followed by garbage, and fold it."""
        named = {DIRECTORY: self.place(DIRECTORY_PARTITION).topic, EVENTS: self.place(0).topic}
        topics = [replace(topic, name=named[topic.name]) for topic in TOPICS if topic.name in named]
        await create_topics(self.kafka, topics=topics)
        await self._produce(events, garbage)
        await self.scoring.fold(await self._read(), (7, 3, 11))

    async def _produce(self, events: list[Event], garbage: bytes) -> None:
        producer = Producer(self.kafka)
        placing = Placing(PARTITIONS)
        for event in events:
            tp = self.place(part_for(event, placing))
            key = str(event["subject"]).partition(":")[2].encode()
            await producer.send([(tp.topic, key, json.dumps(event).encode())])
        await producer.send([(self.place(0).topic, b"x", garbage)])
        await producer.stop()

    async def _read(self) -> dict[int, list[Record]]:
        partitions = {self.place(partition): partition for partition in range(-1, PARTITIONS)}
        consumer = AIOKafkaConsumer(**client_options(self.kafka), auto_offset_reset="earliest")
        await consumer.start()
        try:
            consumer.assign(list(partitions))
            ends = {tp: end for tp, end in (await consumer.end_offsets(list(partitions))).items() if end}
            log: dict[int, list[Record]] = {}
            while any(len(log.get(partitions[tp], ())) < end for tp, end in ends.items()):
                for tp, records in (await consumer.getmany(timeout_ms=200)).items():
                    partition = partitions[tp]
                    read = [read_record(partition, r.offset, r.timestamp, r.value) for r in records]
                    log.setdefault(partition, []).extend(read)
            return log
        finally:
            await consumer.stop()

    async def examine(
        self, tampering: Tampering | None = None, *, with_log: bool, statement: Statement | None = None
    ) -> Report:
        """Examine the journal as it would be after *tampering*, which is undone."""
        conn = await asyncpg.connect(self.dsn)
        try:
            scope = conn.transaction()
            await scope.start()
            if tampering:
                await tampering(conn)
            return await inspect(conn, await self._log() if with_log else None, statement, lambda rows: None)
        finally:
            await conn.close()

    async def _log(self) -> Log:
        if self._open is None:
            partitions = list(range(-1, PARTITIONS))
            self._open = await self._stack.enter_async_context(open_log(self.kafka, partitions, self.place))
        return self._open

    async def close(self) -> None:
        """Leave the database and the log."""
        await self._stack.aclose()
        await self.scoring.pool.close()


@asynccontextmanager
async def open_ledger(dsn: str, kafka: str) -> AsyncIterator[Ledger]:
    """A ledger on a migrated database."""
    scoring = await Scoring.open(dsn)
    scoring.partitions = PARTITIONS
    ledger = Ledger(dsn, kafka, scoring)
    try:
        yield ledger
    finally:
        await ledger.close()


def firsts(report: Report) -> dict[int, Finding]:
    """The first finding of each partition that has one."""
    return {one.walk.head.partition: one.walk.first for one in report.examined if one.walk.first is not None}


def only(report: Report, partition: int) -> Examined:
    """What was examined of one partition."""
    (one,) = [one for one in report.examined if one.walk.head.partition == partition]
    return one
