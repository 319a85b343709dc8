"""Nobody leaves a connection to Kafka behind, also when it is stopped while it connects."""

import asyncio
import gc
import secrets
import warnings
from collections.abc import Collection, Mapping
from typing import Any

import aiokafka.client
import pytest
from aiokafka import ConsumerRecord, TopicPartition

from schemas.topics import EVENTS
from services.kit.batches import Batch
from services.kit.fenced import FencedConsumer
from services.kit.producing import Producer
from services.local.servers import Servers
from services.setup.topics import create_topics


class Nothing:
    """A fold of nothing."""

    async def fold(self, batch: Batch) -> None:
        """Take it."""

    async def positions(self) -> Mapping[TopicPartition, int]:
        """Begin everywhere."""
        return {TopicPartition(EVENTS, partition): 0 for partition in range(64)}

    async def unlike(self, records: Mapping[TopicPartition, ConsumerRecord]) -> Collection[TopicPartition]:
        """All are alike."""
        return ()


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set once a client has its first connection, of which it then asks who else there is."""
    event, create = asyncio.Event(), aiokafka.client.create_conn

    async def creating(*given: Any, **named: Any) -> Any:
        connection = await create(*given, **named)
        event.set()
        return connection

    monkeypatch.setattr(aiokafka.client, "create_conn", creating)
    return event


@pytest.mark.parametrize("kind", ["consumer", "producer"])
async def test_a_client_stopped_while_it_connects_leaves_nothing_open(
    servers: Servers, connected: asyncio.Event, kind: str
) -> None:
    """Cancelled while it waits for its first answer, as a service is that ends right after its start."""
    await create_topics(servers.kafka.address)
    connected.clear()
    client = Producer(servers.kafka.address) if kind == "producer" else _consumer(servers)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        work = client.partitions(EVENTS) if isinstance(client, Producer) else client.start()
        task = asyncio.create_task(work)
        await connected.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.stop()
        del task, work, client
        gc.collect()
    assert not [str(each.message) for each in told if "AIOKafka" in str(each.message)]


def _consumer(servers: Servers) -> FencedConsumer:
    return FencedConsumer(servers.kafka.address, (EVENTS,), f"test-{secrets.token_hex(4)}", Nothing())
