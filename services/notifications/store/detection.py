"""The detector's own tables: marks, closed days of trees, levels of pools, and streams."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from services.kit.postgres import Connection
from services.notifications.domain.advance import Kept
from services.notifications.domain.cases import Case
from services.notifications.domain.indicators import Indicator, Tally
from services.notifications.domain.levels import Span
from services.notifications.domain.stream import Stream
from services.notifications.domain.unit_days import TreeDay
from services.notifications.store.knowledge import Mark
from services.notifications.store.named import queries

TreeDayKey = tuple[str, date]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many marks wait for detection, and for how long the newest and the oldest have."""

    marks: int
    newest_s: float
    oldest_s: float


@dataclass(frozen=True, slots=True)
class StreamDay:
    """A closed day of a unit's tree for one indicator."""

    indicator: str
    day: date
    kind: str
    tally: Tally
    open: bool


async def waiting(conn: Connection) -> Waiting:
    """Return what waits for detection."""
    row = await queries.waiting(conn)
    return Waiting(row["marks"], row["newest_s"] or 0.0, row["oldest_s"] or 0.0)


async def begin_detection(conn: Connection) -> bool:
    """Reserve detection until the end of the transaction; False if another one runs."""
    return bool(await queries.lock_detection(conn))


async def take_marks(conn: Connection, most: int) -> list[Mark]:
    """Take the marks with the earliest days; they are gone once the transaction commits."""
    return [Mark(*row) for row in await queries.take_marks(conn, most=most)]


async def put_tree_days(conn: Connection, days: Mapping[TreeDayKey, TreeDay]) -> None:
    """Write closed days of trees, one row for each indicator."""
    rows = [(key, day, each, counted) for key, day in sorted(days.items()) for each, counted in day.tallies.items()]
    await queries.put_stream_days(
        conn,
        units=[unit for (unit, _), _, _, _ in rows],
        indicators=[indicator.name for _, _, indicator, _ in rows],
        days=[on for (_, on), _, _, _ in rows],
        kinds=[day.kind for _, day, _, _ in rows],
        ns=[tally.n for _, _, _, tally in rows],
        failures=[tally.failures for _, _, _, tally in rows],
        opens=[day.open for _, day, _, _ in rows],
    )


async def drop_tree_days(conn: Connection, keys: Sequence[TreeDayKey]) -> None:
    """Remove days of trees that are closed no longer, or never were."""
    await queries.drop_stream_days(conn, units=[unit for unit, _ in keys], days=[day for _, day in keys])


async def tree_day_keys(conn: Connection, since: date) -> set[TreeDayKey]:
    """Return which days of trees are written from a day on."""
    return {(row["unit"], row["day"]) for row in await queries.stream_day_keys_from(conn, first=since)}


async def stream_days(conn: Connection, unit: str, since: date) -> list[StreamDay]:
    """Return a unit's closed days of all indicators from a day on, in order."""
    return [
        StreamDay(row["indicator"], row["day"], row["kind"], Tally(row["n"], row["failures"]), row["open"])
        for row in await queries.stream_days(conn, unit=unit, first=since)
    ]


async def tally_between(conn: Connection, unit: str, indicator: Indicator, first: date, last: date) -> Tally:
    """Return a stream's tally over a span, both days included."""
    row = await queries.tally_between(conn, unit=unit, indicator=indicator.name, first=first, last=last)
    return Tally(row["n"], row["failures"])


async def fixed_level(conn: Connection, indicator: Indicator, kind: str, quarter: date) -> int | None:
    """Return the level of a pool in a quarter, in millionths, if it is fixed."""
    level: int | None = await queries.level(conn, indicator=indicator.name, kind=kind, quarter=quarter)
    return level


async def pool_span(conn: Connection, indicator: Indicator, kind: str | None) -> Span | None:
    """Return the first and last day with tries of a pool, None before the first; no kind: of all kinds."""
    row = await queries.pool_span(conn, indicator=indicator.name, kind=kind)
    return Span(row["first"], row["last"]) if row["first"] else None


async def pooled(conn: Connection, indicator: Indicator, kind: str | None, before: date) -> tuple[int, Tally]:
    """Return how many units of a pool had tries before a day, and their tally; no kind: of all kinds."""
    row = await queries.pooled(conn, indicator=indicator.name, kind=kind, before=before)
    return row["units"], Tally(row["n"], row["failures"])


async def fix_level(
    conn: Connection, indicator: Indicator, pool: tuple[str, date], level_ppm: int, members: tuple[int, Tally]
) -> None:
    """Fix the level of a pool (kind, quarter) for good, with what it was made of."""
    units, tally = members
    kind, quarter = pool
    await queries.fix_level(
        conn,
        indicator=indicator.name,
        kind=kind,
        quarter=quarter,
        level_ppm=level_ppm,
        n=tally.n,
        failures=tally.failures,
        units=units,
    )


async def read_streams(conn: Connection, units: Sequence[str]) -> dict[tuple[str, str], Kept]:
    """Return the streams of *units* by unit and indicator."""
    rows = await queries.streams(conn, units=units)
    return {(row["unit"], row["indicator"]): _kept(row["state"], row["account"]) for row in rows}


async def put_streams(conn: Connection, streams: Mapping[tuple[str, str], Kept]) -> None:
    """Write streams."""
    rows = sorted(streams.items(), key=lambda row: row[0])
    await queries.put_streams(
        conn,
        units=[unit for (unit, _), _ in rows],
        indicators=[indicator for (_, indicator), _ in rows],
        states=[msgspec.json.encode(kept.stream).decode() for _, kept in rows],
        accounts=[msgspec.json.encode(kept.case).decode() if kept.case else None for _, kept in rows],
    )


_stream = msgspec.json.Decoder(Stream)
_case = msgspec.json.Decoder(Case)


def _kept(state: str, account: str | None) -> Kept:
    return Kept(_stream.decode(state), _case.decode(account) if account else None)
