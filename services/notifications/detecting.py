"""One detection: from marks through the days of trees and the streams to alerts, in one transaction."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import structlog

from services.kit import crashpoints
from services.kit.postgres import Connection
from services.notifications.alerting import Alerting
from services.notifications.domain.advance import Kept, KnownDay, advance
from services.notifications.domain.evidence import NO_FACT, Fact
from services.notifications.domain.heads import by_unit
from services.notifications.domain.indicators import INDICATORS, Indicator
from services.notifications.domain.stream import WINDOW_DAYS, Rules
from services.notifications.domain.unit_days import UnitDay, tree_days
from services.notifications.domain.units import Tree
from services.notifications.pools import Levels
from services.notifications.store import detection, knowledge
from services.notifications.store.detection import StreamDay
from services.notifications.store.knowledge import Mark

log = structlog.get_logger()

MARKS_AT_ONCE = 20_000
"""More are left to the next detection, so that no transaction grows without bound."""


MOST_BY_KEY = 1_000
"""Of more units the days are read whole."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What the operator decides about detection. *budget*: false alarms per stream-year."""

    budget: Decimal = Decimal("0.25")


async def detect(conn: Connection, watch: Watch) -> int:
    """
    Look at everything marked, tell what there is to tell, and return how many marks that were.

    All of it in the caller's transaction: after a crash the marks are still there and nothing was told.
    """
    if not await detection.begin_detection(conn):
        return 0
    marks = await detection.take_marks(conn, MARKS_AT_ONCE)
    if marks:
        await _detect(conn, watch, marks)
    return len(marks)


async def _detect(conn: Connection, watch: Watch, marks: list[Mark]) -> None:
    tree = await knowledge.read_tree(conn)
    alerting = Alerting(conn, tree, by_unit(await knowledge.read_headships(conn)), watch.budget)
    touched = await write_tree_days(conn, marks, tree)
    crashpoints.reached("notifications.detect")
    streams = Streams(conn, watch, alerting)
    for unit in sorted(touched):
        await streams.advance(unit, touched[unit])
        await asyncio.sleep(0)
    await alerting.find_leaders()
    log.info("detection.committing", marks=len(marks), units=len(touched), steps=alerting.steps)


async def write_tree_days(conn: Connection, marks: Iterable[Mark], tree: Tree) -> dict[str, set[date]]:
    """Bring the closed days of trees in line with the units' own days; answer the days touched, by unit."""
    since = min((mark.day for mark in marks if mark.unit is None and mark.day is not None), default=None)
    touched = {(unit, mark.day) for mark in marks if mark.day is not None for unit in _trees(tree, mark)}
    summed = tree_days(await _own_days(conn, touched, since, tree), tree)
    if since is not None:
        touched |= {key for key in summed if key[1] >= since} | await detection.tree_day_keys(conn, since)
    closed = {key: summed[key] for key in touched if key in summed and summed[key].closed}
    await detection.put_tree_days(conn, closed)
    await detection.drop_tree_days(conn, sorted(touched - closed.keys()))
    days: dict[str, set[date]] = defaultdict(set)
    for unit, day in touched:
        days[unit].add(day)
    return days


def _trees(tree: Tree, mark: Mark) -> list[str]:
    """Return the units whose tree on its day a mark concerns."""
    if mark.unit is None or mark.day is None:
        return []
    return [mark.unit] if mark.alone else [version.unit for version in tree.walk(mark.unit, mark.day)]


async def _own_days(conn: Connection, touched: set[tuple[str, date]], since: date | None, tree: Tree) -> list[UnitDay]:
    """Return the own days that make up the touched days of trees: of all units, unless few are below."""
    days = {day for _, day in touched}
    units = tree.ever_below({unit for unit, _ in touched})
    if since is None and len(units) <= MOST_BY_KEY:
        return await knowledge.read_unit_days_of(conn, units, days)
    return await knowledge.read_unit_days(conn, days, since)


class Streams:
    """The streams of one detection."""

    def __init__(self, conn: Connection, watch: Watch, alerting: Alerting) -> None:
        self._conn, self._watch, self._alerting = conn, watch, alerting
        self._levels = Levels(conn)

    async def advance(self, unit: str, touched: set[date]) -> None:
        """Take the touched and the newly closed days of a unit's streams in, and tell what there is to tell."""
        kept = await detection.read_streams(self._conn, [unit])
        streams = {each: kept.get((unit, each.name), Kept()) for each in INDICATORS}
        first = min([_next_day(stream) for stream in streams.values()] + list(touched))
        days = await detection.stream_days(self._conn, unit, first)
        moved: dict[tuple[str, str], Kept] = {}
        for indicator, stream in streams.items():
            rules = Rules(indicator, self._watch.budget)
            known = {row.day: row for row in days if row.indicator == indicator.name}
            corrected = await self._corrected(indicator, stream, known, touched)
            closed = await self._closed(indicator, stream, known)
            if corrected or closed:
                moved[unit, indicator.name], chapters = advance(stream, rules, corrected, closed)
                await self._alerting.tell(unit, indicator, chapters)
        await detection.put_streams(self._conn, moved)

    async def _corrected(
        self, indicator: Indicator, kept: Kept, known: dict[date, StreamDay], touched: set[date]
    ) -> list[KnownDay]:
        last = kept.stream.last_day
        if last is None:
            return []
        inside = sorted(day for day in touched if last - timedelta(days=WINDOW_DAYS) < day <= last)
        facts = [(day, await self._fact(indicator, known.get(day))) for day in inside]
        return [(day, fact) for day, fact in facts if fact is not None]

    async def _closed(self, indicator: Indicator, kept: Kept, known: dict[date, StreamDay]) -> list[KnownDay]:
        """Return the days after the last one, up to the first whose level is not known yet."""
        facts: list[KnownDay] = []
        for day in sorted(day for day in known if day >= _next_day(kept)):
            fact = await self._fact(indicator, known[day])
            if fact is None:
                break
            facts.append((day, fact))
        return facts

    async def _fact(self, indicator: Indicator, row: StreamDay | None) -> Fact | None:
        if row is None:
            return NO_FACT
        if row.tally.n == 0:
            return Fact(row.tally, 0, row.open)
        level = await self._levels.on(indicator, row.kind, row.day)
        return Fact(row.tally, level, row.open) if level is not None else None


def _next_day(kept: Kept) -> date:
    last = kept.stream.last_day
    return date.min if last is None else last + timedelta(days=1)
