"""The lifecycle of alerts onto `kinerja.alerts`, in order and at least once."""

from typing import Any

import asyncpg
import orjson

from schemas.topics import ALERTS
from services.kit import crashpoints
from services.kit.postgres import transaction
from services.kit.producing import Producer
from services.notifications import metrics
from services.notifications.store import alerts

AT_ONCE = 500


async def publish(pool: asyncpg.Pool, producer: Producer) -> int:
    """Write the steps not published yet; return how many. Raises Unavailable; then some may be there twice."""
    async with transaction(pool) as conn:
        if not await alerts.begin_publishing(conn):
            return 0
        steps = await alerts.unpublished(conn, AT_ONCE)
        if steps:
            crashpoints.reached("notifications.tell")
            await producer.send((ALERTS, step.unit.encode(), step_message(step)) for step in steps)
            crashpoints.reached("notifications.told")
            await alerts.published(conn, [step.number for step in steps])
    metrics.PUBLISHED.inc(len(steps))
    return len(steps)


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
