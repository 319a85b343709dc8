"""Notifications' fold and detector on a database, without Kafka."""

from collections.abc import Iterable
from typing import Any

import asyncpg

from services.kit.access import EVERYTHING
from services.kit.postgres import transaction
from services.notifications.detecting import Watch, detect
from services.notifications.folding import KnowledgeFold
from services.notifications.store import alerts, deliveries
from services.notifications.store.deliveries import Preference
from tests.support.notifications import Log

Messages = Iterable[dict[str, Any]]


class Installation:
    """The fold and the detector on one database, fed batch by batch."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool, self.log = pool, Log()
        self.folding = KnowledgeFold(pool)

    async def directory(self, *events: dict[str, Any]) -> None:
        """Fold directory events."""
        await self.folding.fold(self.log.directory(*events))

    async def measures(self, messages: Messages, *, detected: bool = True) -> None:
        """Fold messages, and look at what they change."""
        await self.folding.fold(self.log.measures(*messages))
        if detected:
            await self.detect()

    async def detect(self) -> None:
        """Run detections until nothing waits."""
        found = 1
        while found:
            async with transaction(self.pool) as conn:
                found = await detect(conn, Watch())

    async def alerts(self) -> list[alerts.Alert]:
        """All alerts, oldest first."""
        async with self.pool.acquire() as conn:
            page = await alerts.read_alerts(conn, state=None, unit=None, scope=EVERYTHING, after=None, most=100)
        return [stored.alert for stored in reversed(page)]

    async def deliveries(self) -> list[tuple[str, str | None, str]]:
        """Message, recipient and state of all deliveries, oldest first."""
        async with self.pool.acquire() as conn:
            page = await deliveries.read_deliveries(conn, scope=EVERYTHING, after=None, most=100)
        return [(each.message, each.recipient, each.state) for each in reversed(page)]

    async def steps(self, alert: str) -> list[str]:
        """What happened to an alert."""
        async with self.pool.acquire() as conn:
            return [step.step for step in (await alerts.histories(conn, [alert]))[alert]]

    async def prefer(self, *preferences: Preference) -> None:
        """Set preferences."""
        async with self.pool.acquire() as conn, conn.transaction():
            await deliveries.put_preferences(conn, preferences)

    async def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything the fold and the detector have written, without database clocks."""
        async with self.pool.acquire() as conn:
            return {
                table: [tuple(row) for row in await conn.fetch(query)]
                for table, query in {
                    "unit_day": "SELECT * FROM unit_day ORDER BY day, unit",
                    "stream_day": "SELECT * FROM stream_day ORDER BY unit, indicator, day",
                    "stream": "SELECT unit, indicator, state FROM stream ORDER BY unit, indicator",
                    "level": "SELECT indicator, kind, quarter, level_ppm FROM pool_level ORDER BY 1, 2, 3",
                }.items()
            }
