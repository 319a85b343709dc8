"""The real log as a test sees it: written to as ingest does, read from its end on, and compared with what is folded."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.registry import EVENT_TYPES, VOID
from schemas.topics import DIRECTORY, EVENTS, TOPICS
from services.kit.kafka_address import client_options
from services.scoring.domain.record import DIRECTORY_PARTITION
from tests.support.oracle import Event

FOLDED_TOPICS = (DIRECTORY, EVENTS)
Raw = tuple[str, bytes, bytes]
"""A record as topic, key and value."""


def topic_of(event: Event) -> str:
    """The topic that ingest writes this event to."""
    topic = EVENT_TYPES[event["data"]["voided"]["type"] if event["type"] == VOID else event["type"]].topic
    assert topic
    return topic


async def write(kafka: str, events: Sequence[Event | Raw]) -> list[tuple[str, int, int]]:
    """Write events in this order, acknowledged; return topic, partition and offset of each."""
    producer = AIOKafkaProducer(**client_options(kafka), acks="all", linger_ms=2)
    try:
        await producer.start()
        sent = []
        for event in events:
            topic, key, value = event if isinstance(event, tuple) else record_of(event)
            sent.append(await producer.send(topic, value, key=key))
        return [(place.topic, place.partition, place.offset) for place in await asyncio.gather(*sent)]
    finally:
        await producer.stop()  # also one that never started


def record_of(event: Event) -> Raw:
    """The record that ingest makes of an event."""
    key = str(event["subject"]).partition(":")[2].encode()
    return topic_of(event), key, json.dumps(event, ensure_ascii=False).encode()


async def ends(kafka: str, topics: Sequence[str] = FOLDED_TOPICS) -> dict[TopicPartition, int]:
    """The next offset of every partition."""
    async with AIOKafkaConsumer(**client_options(kafka)) as consumer:
        counts = {topic.name: topic.partitions_local for topic in TOPICS if topic.name in topics}
        places = [TopicPartition(topic, partition) for topic, count in counts.items() for partition in range(count)]
        found: dict[TopicPartition, int] = await consumer.end_offsets(places)
        return found


async def read_on(kafka: str, topic: str, since: dict[TopicPartition, int], count: int) -> list[dict[str, Any]]:
    """The next *count* messages of a topic after the offsets of *since*."""
    async with AIOKafkaConsumer(**client_options(kafka)) as consumer, asyncio.timeout(20):
        places = [place for place in since if place.topic == topic]
        consumer.assign(places)
        for place in places:
            consumer.seek(place, since[place])
        return [json.loads((await consumer.getone()).value) for _ in range(count)]


def partition_of(place: TopicPartition) -> int:
    """The journal's number of a partition."""
    return DIRECTORY_PARTITION if place.topic == DIRECTORY else int(place.partition)


async def begin_at_the_end(kafka: str, roles: dict[str, str]) -> None:
    """Let fresh projections begin at the log's end: earlier tests have written to the same broker."""
    places = await ends(kafka, [topic.name for topic in TOPICS])
    scoring = await asyncpg.connect(roles["scoring"])
    notifications = await asyncpg.connect(roles["notifications"])
    try:
        await scoring.executemany(
            "INSERT INTO consumer_offset (partition, next_offset) VALUES ($1, $2)",
            [(partition_of(place), end) for place, end in places.items() if place.topic in FOLDED_TOPICS],
        )
        await notifications.executemany(
            "INSERT INTO consumer_offset (topic, partition, next_offset) VALUES ($1, $2, $3)",
            [(place.topic, place.partition, end) for place, end in places.items()],
        )
    finally:
        await scoring.close()
        await notifications.close()


async def folded(kafka: str, scoring_dsn: str) -> bool:
    """Whether everything on the log now is folded and nothing is left to recompute."""
    wanted = {partition_of(place): end for place, end in (await ends(kafka)).items()}
    conn = await asyncpg.connect(scoring_dsn)
    try:
        rows = await conn.fetch("SELECT partition, next_offset FROM consumer_offset")
        left = await conn.fetchval("SELECT count(*) FROM recompute_queue")
    finally:
        await conn.close()
    return left == 0 and {row["partition"]: row["next_offset"] for row in rows} == wanted
