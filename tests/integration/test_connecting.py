"""Nobody leaves a connection to Kafka behind, at whatever step of connecting they are stopped."""

import asyncio
import gc
import secrets
import warnings
from collections.abc import Collection, Mapping
from typing import Any

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


async def _stopped_after(steps: int, client: Any, work: Any) -> bool:
    """Stop a client after so many steps of the loop; say whether its work had ended by then."""
    task = asyncio.create_task(work)
    for _ in range(steps):
        await asyncio.sleep(0)
    ended = task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await client.stop()
    return ended


@pytest.mark.parametrize("kind", ["consumer", "producer"])
async def test_a_client_stopped_while_it_connects_leaves_nothing_open(servers: Servers, kind: str) -> None:
    """Cancelled after ever more steps of the event loop, until it had connected by then."""
    await create_topics(servers.kafka.address)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        for steps in range(0, 100_000, 41):
            if kind == "producer":
                producer = Producer(servers.kafka.address)
                ended = await _stopped_after(steps, producer, producer.partitions(EVENTS))
            else:
                consumer = FencedConsumer(servers.kafka.address, (EVENTS,), f"test-{secrets.token_hex(4)}", Nothing())
                ended = await _stopped_after(steps, consumer, consumer.start())
            if ended:
                break
        gc.collect()
    assert ended
    assert not [str(each.message) for each in told if "AIOKafka" in str(each.message)]
