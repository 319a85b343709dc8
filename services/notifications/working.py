"""What the process does beside answering: fold, detect, publish, deliver. Each goes on by itself after any failure."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from services.kit.errors import Unavailable
from services.kit.postgres import GONE, transaction
from services.notifications import metrics
from services.notifications.detecting import Watch, detect
from services.notifications.settings import NotificationsSettings
from services.notifications.store import detection

log = structlog.get_logger()

IDLE_S = 0.5
AFTER_FAILURE_S = 2.0


async def keep(name: str, work: Callable[[], Awaitable[bool]]) -> None:
    """Do *work* for ever: again at once while it finds something to do, else after a pause."""
    while True:
        try:
            pause = 0.0 if await work() else IDLE_S
        except (Unavailable, *GONE) as exc:
            log.warning("work.postponed", work=name, error=type(exc).__name__)
            pause = AFTER_FAILURE_S
        except Exception as exc:
            log.error("work.failed", work=name, exc_info=exc)
            pause = AFTER_FAILURE_S
        await asyncio.sleep(pause)


async def detect_when_settled(pool: asyncpg.Pool, settings: NotificationsSettings) -> bool:
    """
    Run one detection if the closed days have settled or have waited long enough; False if there is nothing to do now.

    Days that are still being filled, as in a first load, would be judged half full.
    """
    async with transaction(pool) as conn:
        waiting = await detection.waiting(conn)
    metrics.WAITING.set(waiting.marks)
    settled = waiting.newest_s >= settings.detection_settle_s
    if not waiting.marks or not (settled or waiting.oldest_s >= settings.detection_patience_s):
        return False
    with metrics.DETECTION_SECONDS.time():
        async with transaction(pool) as conn:
            return await detect(conn, Watch(settings.false_alarms_a_year)) > 0
