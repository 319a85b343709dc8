"""The level of a unit's pool on a day, fixed in the database when it is first needed."""

from datetime import date

from services.kit.postgres import Connection
from services.notifications.domain.indicators import Indicator
from services.notifications.domain.levels import FEWEST_SIBLINGS, days_before, level_ppm, quarter_of
from services.notifications.store import detection


class Levels:
    """Levels by indicator, kind and quarter, within one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._known: dict[tuple[str, str, date], int | None] = {}

    async def on(self, indicator: Indicator, kind: str, day: date) -> int | None:
        """Return the level on a day in millionths; None while the pool has too few days behind it."""
        key = indicator.name, kind, quarter_of(day)
        if key not in self._known:
            self._known[key] = await self._fixed(indicator, kind, key[2])
        return self._known[key]

    async def _fixed(self, indicator: Indicator, kind: str, quarter: date) -> int | None:
        level = await detection.fixed_level(self._conn, indicator, kind, quarter)
        return level if level is not None else await self._fix(indicator, kind, quarter)

    async def _fix(self, indicator: Indicator, kind: str, quarter: date) -> int | None:
        siblings, _ = await detection.pooled(self._conn, indicator, kind, date.max)
        pool = kind if siblings >= FEWEST_SIBLINGS else None
        before = days_before(quarter, await detection.pool_span(self._conn, indicator, pool))
        if before is None:
            return None
        units, tally = await detection.pooled(self._conn, indicator, pool, before)
        level = level_ppm(indicator, tally)
        await detection.fix_level(self._conn, indicator, (kind, quarter), level, (units, tally))
        return level
