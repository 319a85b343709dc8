"""
One idempotent producer, replaced when it fails.

A producer that failed once is thrown away with all it holds: aiokafka's may never work again after a gap in its
sequence numbers.
"""

import asyncio
from collections.abc import Iterable

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.kit.errors import Unavailable

log = structlog.get_logger()

ACK_S = 10
BATCH_BYTES = 262_144

Message = tuple[str, bytes, bytes]
"""Topic, key and value."""


class Producer:
    """Sends messages and waits for the acknowledgement of all in-sync replicas; connects when first used."""

    def __init__(self, servers: str) -> None:
        self._servers = servers
        self._producer: AIOKafkaProducer | None = None

    async def send(self, messages: Iterable[Message]) -> None:
        """Send all and wait. Raises Unavailable; then some of them may be on the log."""
        try:
            async with asyncio.timeout(ACK_S):
                producer = await self._started()
                sent = [await producer.send(topic, value, key=key) for topic, key, value in messages]
                await asyncio.gather(*sent)
        except (KafkaError, TimeoutError, OSError) as exc:
            await self._discard()
            raise Unavailable(f"Kafka did not acknowledge: {type(exc).__name__}.") from exc

    async def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic. Raises Unavailable."""
        try:
            async with asyncio.timeout(ACK_S):
                return len(await (await self._started()).partitions_for(topic))
        except (KafkaError, TimeoutError, OSError) as exc:
            await self._discard()
            raise Unavailable(f"Kafka does not answer: {type(exc).__name__}.") from exc

    async def stop(self) -> None:
        """Leave the broker."""
        await self._discard()

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._servers,
                acks="all",
                enable_idempotence=True,
                linger_ms=5,
                max_batch_size=BATCH_BYTES,
                compression_type="lz4",
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            async with asyncio.timeout(ACK_S):
                await producer.stop()
        except (KafkaError, TimeoutError, OSError) as exc:
            log.warning("producer.discarded", error=type(exc).__name__)
