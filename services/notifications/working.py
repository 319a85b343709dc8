"""When to detect: not before the closed days have settled."""

import asyncpg

from services.kit import crashpoints
from services.kit.postgres import transaction
from services.notifications import metrics
from services.notifications.detecting import Watch, detect
from services.notifications.settings import NotificationsSettings
from services.notifications.store import detection


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
            found = await detect(conn, Watch(settings.false_alarms_a_year))
        crashpoints.reached("notifications.detected")
    return found > 0
