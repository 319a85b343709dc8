"""The lifecycle of alerts onto `kinerja.alerts`, in order and at least once."""

import asyncio
from typing import Any

import asyncpg
import orjson
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.topics import ALERTS
from services.kit.errors import Unavailable
from services.kit.postgres import transaction
from services.notifications import metrics
from services.notifications.store import alerts

log = structlog.get_logger()

AT_ONCE = 500
ACK_S = 10


class Publisher:
    """One idempotent producer, replaced when it fails: aiokafka's may never work again after a gap."""

    def __init__(self, servers: str) -> None:
        self._servers = servers
        self._producer: AIOKafkaProducer | None = None

    async def publish(self, pool: asyncpg.Pool) -> int:
        """Write the steps not published yet; return how many. Raises Unavailable; then some may be there twice."""
        async with transaction(pool) as conn:
            if not await alerts.begin_publishing(conn):
                return 0
            steps = await alerts.unpublished(conn, AT_ONCE)
            if steps:
                await self._send([(step.unit, step_message(step)) for step in steps])
                await alerts.published(conn, [step.number for step in steps])
        metrics.PUBLISHED.inc(len(steps))
        return len(steps)

    async def stop(self) -> None:
        """Leave the broker."""
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await producer.stop()

    async def _send(self, messages: list[tuple[str, bytes]]) -> None:
        try:
            async with asyncio.timeout(ACK_S):
                producer = await self._started()
                sent = [await producer.send(ALERTS, value, key=key.encode()) for key, value in messages]
                await asyncio.gather(*sent)
        except (KafkaError, TimeoutError, OSError) as exc:
            await self._discard()
            raise Unavailable(f"Kafka did not take the steps of alerts: {type(exc).__name__}.") from exc

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(bootstrap_servers=self._servers, acks="all", enable_idempotence=True)
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                async with asyncio.timeout(ACK_S):
                    await producer.stop()
            except (KafkaError, TimeoutError, OSError) as exc:
                log.warning("publisher.discarded", error=type(exc).__name__)


def step_message(step: alerts.Unpublished) -> bytes:
    """Return a step as consumers see it; `step` numbers it for ever, so that a second copy is known as one."""
    message: dict[str, Any] = {
        "alert": step.alert,
        "step": step.number,
        "kind": step.step,
        "unit": step.unit,
        "indicator": step.indicator,
        "start": step.start,
        "day": step.day,
        "at": step.at,
        "by": step.by,
        **step.detail,
    }
    return orjson.dumps(message)
