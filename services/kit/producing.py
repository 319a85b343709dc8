"""
One idempotent producer, replaced when it fails.

A producer that failed once is thrown away with all it holds: aiokafka's may never work again after a gap in its
sequence numbers.
"""

import asyncio
from collections.abc import Iterable

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError, RecordListTooLargeError

from services.kit import metrics
from services.kit.connecting import unbroken
from services.kit.errors import Unavailable
from services.kit.failures import LOG_AWAY
from services.kit.kafka_address import client_options

log = structlog.get_logger()

ACK_S = 10
BATCH_BYTES = 262_144
LARGEST_BYTES = 8_388_608 - 4_096
"""Of key and value: what the topics let in, less what Kafka puts around them."""
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)

Message = tuple[str, bytes, bytes]
"""Topic, key and value."""


class Producer:
    """Sends messages and waits for the acknowledgement of all in-sync replicas; connects when first used."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self._producer: AIOKafkaProducer | None = None

    async def send(self, messages: Iterable[Message]) -> list[Message]:
        """
        Send all and wait; return those that are too large ever to be taken, which are counted and logged.

        Raises Unavailable; then some of them may be on the log.
        """
        listed = list(messages)
        try:
            async with asyncio.timeout(ACK_S):
                suspect = await self._send([message for message in listed if _fits(message)])
                refused = [message for message in listed if not _fits(message)]
                for message in suspect:  # a batch is refused whole: which of its messages was it?
                    refused += await self._send([message])
        except LOG_AWAY as exc:
            await self._discard()
            raise Unavailable(f"Kafka did not acknowledge: {type(exc).__name__}.") from exc
        for topic, key, value in refused:
            metrics.MESSAGES_REFUSED.labels(topic).inc()
            log.error("producer.message_too_large", topic=topic, key=key.decode("utf-8", "replace"), bytes=len(value))
        return refused

    async def _send(self, messages: list[Message]) -> list[Message]:
        """Send messages; return those whose batch was too large, after which the producer is a fresh one."""
        producer = await self._started()
        sent = [await producer.send(topic, value, key=key) for topic, key, value in messages]
        outcomes = await asyncio.gather(*sent, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, _TOO_LARGE):
                raise outcome
        large = [
            message for message, outcome in zip(messages, outcomes, strict=True) if isinstance(outcome, _TOO_LARGE)
        ]
        if large:
            await self._discard()
        return large

    async def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic. Raises Unavailable."""
        try:
            async with asyncio.timeout(ACK_S):
                return len(await (await self._started()).partitions_for(topic))
        except LOG_AWAY as exc:
            await self._discard()
            raise Unavailable(f"Kafka does not answer: {type(exc).__name__}.") from exc

    async def stop(self) -> None:
        """Leave the broker."""
        await self._discard()

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                **client_options(self._kafka),
                acks="all",
                enable_idempotence=True,
                linger_ms=5,
                max_batch_size=BATCH_BYTES,
                max_request_size=LARGEST_BYTES + 4_096,
                compression_type="lz4",
            )
            try:
                await unbroken(producer.start())
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
        except LOG_AWAY as exc:
            log.warning("producer.discarded", error=type(exc).__name__)


def _fits(message: Message) -> bool:
    _, key, value = message
    return len(key) + len(value) <= LARGEST_BYTES
