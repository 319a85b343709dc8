"""Upstream systems that write to Kafka themselves, and what ingest has committed of their topic."""

import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.record.util import calc_crc32c

from schemas.topics import INBOUND
from services.kit.kafka_address import client_options
from tests.support.ingest import STRUCTURED, Ingest, Json

Headers = Mapping[str, bytes | None]
TYPED: Headers = {"content-type": STRUCTURED.encode()}


CRC = slice(17, 21)
"""Where a batch of records has its check sum, over all that follows."""


class Upstream:
    """Writes to kinerja.inbound and looks what the group *name* has committed of it."""

    def __init__(self, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient) -> None:
        self._producer, self._consumer, self._admin = producer, consumer, admin
        self.group = f"ingest-{secrets.token_hex(4)}"

    async def put(self, value: bytes | None, headers: Headers = TYPED, partition: int = 0) -> str:
        """Write one record and return its origin, as dead letters name it."""
        listed = list(headers.items())
        sent = await self._producer.send_and_wait(INBOUND, value, b"key", partition, headers=listed)
        return f"{sent.topic}/{sent.partition}/{sent.offset}"

    async def put_unreadable(self, partition: int = 0) -> str:
        """Write one record with the name of a header that is not UTF-8, as brokers take it; return its origin."""
        batch = self._producer.create_batch()
        batch.append(key=b"key", value=b"{}", timestamp=None, headers=[("ce_id??", b"1")])
        batch.close()
        written = bytearray(batch._build())
        name = written.index(b"??")
        written[name : name + 2] = b"\xff\xfe"
        written[CRC] = calc_crc32c(bytes(written[CRC.stop :])).to_bytes(4, "big")
        batch._buffer = bytes(written)
        sent = await (await self._producer.send_batch(batch, INBOUND, partition=partition))
        return f"{sent.topic}/{sent.partition}/{sent.offset}"

    async def put_event(self, event: Json, partition: int = 0) -> str:
        """Write one event in structured mode."""
        return await self.put(json.dumps(event).encode(), partition=partition)

    async def committed(self) -> dict[int, int]:
        """By partition, the offset to read on from."""
        offsets = await self._admin.list_consumer_group_offsets(self.group)
        return {tp.partition: found.offset for tp, found in offsets.items()}

    async def ends(self) -> dict[int, int]:
        """By partition, the offset of the next record."""
        partitions = [TopicPartition(INBOUND, number) for number in await self._producer.partitions_for(INBOUND)]
        return {tp.partition: end for tp, end in (await self._consumer.end_offsets(partitions)).items()}

    async def all_committed(self) -> bool:
        """Say whether nothing is left to take."""
        return await self.committed() == await self.ends()


@asynccontextmanager
async def upstream(kafka: str) -> AsyncIterator[Upstream]:
    """Provide an upstream system, and a group of its own that starts at the present end of the topic."""
    producer = AIOKafkaProducer(**client_options(kafka), max_request_size=64_000_000)
    consumer, admin = AIOKafkaConsumer(**client_options(kafka)), AIOKafkaAdminClient(**client_options(kafka))
    made = Upstream(producer, consumer, admin)
    await producer.start()
    await consumer.start()
    await admin.start()
    try:
        await _begin_at_the_end(kafka, made)
        yield made
    finally:
        await admin.close()
        await consumer.stop()
        await producer.stop()


async def _begin_at_the_end(kafka: str, made: Upstream) -> None:
    ends = {TopicPartition(INBOUND, number): end for number, end in (await made.ends()).items()}
    beginner = AIOKafkaConsumer(**client_options(kafka), group_id=made.group, enable_auto_commit=False)
    await beginner.start()
    try:
        beginner.assign(list(ends))
        await beginner.commit(ends)
    finally:
        await beginner.stop()


async def flows(ingest: Ingest) -> bool:
    """Say whether ingest has its share of the topic and takes what it reads."""
    answer: dict[str, Any] = (await ingest.get("/health/ready")).json()
    return bool(answer["shown"]["inbound"])


async def joined(ingest: Ingest) -> None:
    """Wait until it does."""
    await ingest.until(lambda: flows(ingest))
