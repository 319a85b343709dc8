"""The embedded Kafka and PostgreSQL: they serve, and what they acknowledged survives their being killed."""

import secrets

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.kit.kafka_address import client_options
from services.local.server import Server
from services.local.servers import Servers


@pytest.fixture
async def topic(servers: Servers) -> str:
    """Name of a new topic with one partition."""
    name = f"test-{secrets.token_hex(8)}"
    admin = AIOKafkaAdminClient(**client_options(servers.kafka.address))
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1)])
    finally:
        await admin.close()
    return name


async def produce(servers: Servers, topic: str, value: bytes) -> int:
    async with AIOKafkaProducer(
        **client_options(servers.kafka.address), acks="all", enable_idempotence=True
    ) as producer:
        record = await producer.send_and_wait(topic, value)
    assert record.timestamp_type == 1, "the broker's own clock stamps the records"
    return int(record.offset)


async def consume(servers: Servers, topic: str, count: int) -> list[bytes]:
    partition = TopicPartition(topic, 0)
    async with AIOKafkaConsumer(**client_options(servers.kafka.address), auto_offset_reset="earliest") as consumer:
        consumer.assign([partition])
        return [(await consumer.getone()).value for _ in range(count)]


async def end(server: Server, how: str) -> None:
    await (server.kill() if how == "kill" else server.stop())
    await server.start()


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_kafka_keeps_acknowledged_records_over_a_restart(servers: Servers, topic: str, how: str) -> None:
    """A record acknowledged before the broker went is read after it came back at the same address."""
    assert await produce(servers, topic, b"before") == 0
    await end(servers.kafka, how)
    assert await produce(servers, topic, b"after") == 1
    assert await consume(servers, topic, 2) == [b"before", b"after"]


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_postgres_keeps_committed_rows_over_a_restart(servers: Servers, database: str, how: str) -> None:
    """A row committed before the server went is there after it came back at the same address."""
    connection = await asyncpg.connect(database)
    await connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    await end(servers.postgres, how)
    connection.terminate()
    connection = await asyncpg.connect(database)
    assert await connection.fetchval("SELECT number FROM kept") == 7
    await connection.close()


async def test_unknown_topics_are_not_created_by_producing(servers: Servers) -> None:
    """A misspelt topic is an error, never a new topic with one partition."""
    admin = AIOKafkaAdminClient(**client_options(servers.kafka.address))
    await admin.start()
    try:
        await admin.describe_topics(["no-such-topic"])
        assert "no-such-topic" not in await admin.list_topics()
    finally:
        await admin.close()


async def test_postgres_refuses_a_wrong_password(servers: Servers) -> None:
    """Loopback alone gives nobody access."""
    address = servers.postgres.address
    wrong = address.replace(address.split(":")[2].split("@")[0], "wrong")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong)


async def test_each_test_gets_an_empty_database_of_its_own(database: str) -> None:
    """The database holds no table, and strings sort by their UTF-8 bytes."""
    connection = await asyncpg.connect(database)
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    assert await connection.fetchval("SELECT array_agg(x ORDER BY x) FROM unnest('{a,B,é,Z}'::text[]) x") == [
        "B",
        "Z",
        "a",
        "é",
    ]
    await connection.close()
