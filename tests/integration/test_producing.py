"""Publishing goes on beside a message that no broker takes, and beside one that fails for another reason."""

import os
import secrets
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas.topics import DEAD_LETTERS, MEASURES
from services.kit.errors import Unavailable
from services.kit.kafka_address import client_options
from services.kit.producing import LARGEST_BYTES, Message, Producer
from services.local.servers import Servers
from services.scoring.publishing import Publisher
from services.scoring.store.directory_state import DirectoryState
from services.setup.topics import create_topics
from tests.support.canonical_log import ends
from tests.support.event_builders import assigned, closed, person, punch, unit
from tests.support.folding import Scoring, as_log


@pytest.fixture
async def topic(servers: Servers) -> str:
    """A topic of one partition that takes little."""
    name = f"test-{secrets.token_hex(8)}"
    admin = AIOKafkaAdminClient(**client_options(servers.kafka.address))
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1, topic_configs={"max.message.bytes": "20000"})])
    finally:
        await admin.close()
    return name


@pytest.fixture
async def producer(servers: Servers) -> AsyncIterator[Producer]:
    """A producer."""
    made = Producer(servers.kafka.address)
    yield made
    await made.stop()


async def _held(servers: Servers, topic: str) -> list[bytes]:
    async with AIOKafkaConsumer(**client_options(servers.kafka.address)) as consumer:
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        count = (await consumer.end_offsets([place]))[place]
        return [(await consumer.getone()).value for _ in range(count)]


async def test_a_message_too_large_is_left_out_and_the_others_are_sent(
    servers: Servers, topic: str, producer: Producer
) -> None:
    """Whether the broker refuses it or we know before; and the next ones go as if nothing had been."""
    small = [(topic, b"k", f"small-{number}".encode()) for number in range(3)]
    refused_there: Message = (topic, b"k", os.urandom(60_000))
    refused_here: Message = (topic, b"k", bytes(LARGEST_BYTES))
    assert await producer.send([small[0], refused_there, refused_here, small[1]]) == [refused_here, refused_there]
    assert await producer.send([small[2]]) == []
    assert set(await _held(servers, topic)) == {value for _, _, value in small}


async def test_measures_are_not_sent_again_because_a_letter_failed(servers: Servers, scoring_dsn: str) -> None:
    """Each queue is left in a transaction of its own, whatever becomes of the other."""
    await create_topics(servers.kafka.address)
    scoring = await Scoring.open(scoring_dsn)
    events = [unit("A"), person("E"), assigned("E", "A"), punch("E", "2026-03-02T07:20:00"), closed("A", "2026-03-02")]
    before = as_log(events, scoring.partitions)
    await scoring.fold(before, [9])
    producer = Producer(servers.kafka.address)
    publisher = Publisher(scoring.pool, producer, DirectoryState())
    while await publisher.publish():
        pass
    after = as_log([*events, punch("E", "2026-03-03T07:20:00")], scoring.partitions)
    news = {partition: records[len(before.get(partition, ())) :] for partition, records in after.items()}
    await scoring.fold({partition: records for partition, records in news.items() if records}, [9])
    await scoring.pool.execute("INSERT INTO dead_letter VALUES (0, 1, 'x', $1)", bytes(7_000_000))
    await scoring.pool.execute(
        "CREATE FUNCTION kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;"
        "CREATE TRIGGER kept BEFORE DELETE ON dead_letter FOR EACH ROW EXECUTE FUNCTION kept()"
    )
    since = await ends(servers.kafka.address, [MEASURES, DEAD_LETTERS])
    try:
        for _ in range(2):
            with pytest.raises(Exception, match="no"):
                await publisher.publish()
        told = await ends(servers.kafka.address, [MEASURES, DEAD_LETTERS])
        assert sum(told.values()) == sum(since.values()) + 1
        await scoring.pool.execute("DROP TRIGGER kept ON dead_letter")
        assert await publisher.publish() == 1
        told = await ends(servers.kafka.address, [MEASURES, DEAD_LETTERS])
        assert sum(told.values()) == sum(since.values()) + 2
    finally:
        await producer.stop()
        await scoring.pool.close()


async def test_a_broker_that_is_away_refuses_nothing() -> None:
    """What may succeed later is said to be unavailable, not left out."""
    with pytest.raises(Unavailable):
        await Producer("127.0.0.1:9").send([("nowhere", b"k", b"v")])
