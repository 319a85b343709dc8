"""Putting made events onto the log, as fast as one producer can."""

import asyncio
from collections.abc import Iterable
from itertools import islice

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.topics import DIRECTORY, EVENTS
from services.kit.kafka_address import client_options
from tests.bench.registrations import Message

_AT_ONCE = 20_000


async def preload(kafka: str, topic: str, messages: Iterable[Message]) -> int:
    """Write *messages* to *topic* in their order, acknowledged, with the keys' partitions; return how many."""
    producer = AIOKafkaProducer(
        **client_options(kafka),
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        max_batch_size=262_144,
        compression_type="lz4",
    )
    await producer.start()
    try:
        rest, count = iter(messages), 0
        while some := list(islice(rest, _AT_ONCE)):
            sent = [await producer.send(topic, value, key=key) for key, value in some]
            await asyncio.gather(*sent)
            count += len(some)
        return count
    finally:
        await producer.stop()


async def ends(kafka: str) -> dict[int, int]:
    """Return the end offset of every partition of the canonical topics; the directory is -1, as in the journal."""
    consumer = AIOKafkaConsumer(**client_options(kafka))
    await consumer.start()
    try:
        events = [TopicPartition(EVENTS, number) for number in range(8)]
        found = await consumer.end_offsets([TopicPartition(DIRECTORY, 0), *events])
    finally:
        await consumer.stop()
    return {-1 if tp.topic == DIRECTORY else tp.partition: end for tp, end in found.items()}
