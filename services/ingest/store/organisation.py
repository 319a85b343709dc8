"""Who belongs where, as ingest has folded it from the log: written by the fold, read as the question needs it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import NamedTuple

from services.ingest.store.queries import QUERIES
from services.kit.postgres import Connection
from services.scoring.domain.directory import code_of
from services.scoring.domain.events import Event, decode
from services.scoring.domain.facts import AssignmentStarted
from services.scoring.domain.record import Record


class Place(NamedTuple):
    """How far the directory is folded; *refolded* counts what came in behind that, *digest* is the last record's."""

    following: int
    refolded: int
    digest: bytes | None


async def place(conn: Connection) -> Place:
    """Return how far the directory is folded."""
    (row,) = await conn.fetch(QUERIES.directory_position.sql)
    return Place(row["next_offset"], row["refolded"], row["last_digest"])


async def fence(conn: Connection, expected: int, following: int, digest: bytes) -> bool:
    """Move from one offset to another; False, and the caller rolls back, when it is folded up to elsewhere."""
    return bool(await conn.fetch(QUERIES.fence_directory.sql, following, digest, expected))


async def note_refolded(conn: Connection) -> None:
    """Tell whoever remembers the directory that something was taken in behind its position."""
    await conn.execute(QUERIES.note_refolded.sql)


async def take_events(conn: Connection, records: Sequence[Record]) -> None:
    """Keep what is read whole: of units, schedules, calendar, closings and policies."""
    identities = [_uuid(record) for record in records]
    offsets, payloads = [record.offset for record in records], [record.payload for record in records]
    await conn.execute(QUERIES.take_directory_events.sql, identities, offsets, payloads)


async def take_assignments(conn: Connection, records: Sequence[Record]) -> None:
    """Keep assignments, by what they are asked for."""
    rows = [(_uuid(record), *_assigned(record), record.payload) for record in records]
    await conn.execute(QUERIES.take_assignments.sql, *[list(column) for column in zip(*rows, strict=True)])


def _assigned(record: Record) -> tuple[object, ...]:
    assert record.event is not None
    fact, employee = record.event.fact, code_of(record.event.subject)
    assert isinstance(fact, AssignmentStarted)
    return employee, fact.unit, fact.supervisor, fact.head, fact.effective_from, fact.effective_to


def _uuid(record: Record) -> str:
    assert record.identity is not None
    return record.identity.hex()


async def take_assignment_voids(conn: Connection, voids: Iterable[tuple[bytes, str]]) -> None:
    """Keep voids of assignments: the identity voided, and the person."""
    identities, people = zip(*voids, strict=True)
    await conn.execute(QUERIES.take_assignment_voids.sql, [identity.hex() for identity in identities], list(people))


async def set_aside(conn: Connection, records: Sequence[Record]) -> None:
    """Keep records that cannot be read, with the reason."""
    rows = [(r.offset, r.is_for_later, r.fault, r.milliseconds, r.payload) for r in records]
    await conn.execute(QUERIES.set_directory_aside.sql, *[list(column) for column in zip(*rows, strict=True)])


async def waiting(conn: Connection, after: int, size: int) -> list[tuple[int, int, bytes | None]]:
    """Return the next records of types that nobody knew, each with its offset and when it came."""
    rows = await conn.fetch(QUERIES.directory_set_aside.sql, after, size)
    return [(row["record_offset"], row["milliseconds"], row["payload"]) for row in rows]


async def forget_set_aside(conn: Connection, offsets: Collection[int]) -> None:
    """Forget records that could be read after all."""
    await conn.execute(QUERIES.forget_set_aside.sql, list(offsets))


async def events(conn: Connection, after: int, before: int, size: int) -> list[tuple[int, Event]]:
    """Return the next events of units, calendars and policies with their offsets."""
    rows = await conn.fetch(QUERIES.directory_events.sql, after, before, size)
    return [(row["record_offset"], decode(row["payload"])) for row in rows]


async def assignments_of(conn: Connection, people: Collection[str]) -> list[tuple[str, Event]]:
    """Return every standing assignment of some people."""
    rows = await conn.fetch(QUERIES.assignments_of.sql, sorted(people))
    return [(row["employee"], decode(row["payload"])) for row in rows]


async def heads_of(conn: Connection, units: Collection[str]) -> list[tuple[str, Event]]:
    """Return every standing assignment that leads one of some units."""
    rows = await conn.fetch(QUERIES.heads_of.sql, sorted(units))
    return [(row["unit"], decode(row["payload"])) for row in rows]


async def units_headed_by(conn: Connection, people: Collection[str], first: date, last: date) -> set[str]:
    """Return the units that some people lead at some time of a span."""
    rows = await conn.fetch(QUERIES.units_headed_by.sql, sorted(people), last, first)
    return {row["unit"] for row in rows}


async def people_around(
    conn: Connection,
    supervisors: Collection[str],
    units: Collection[str],
    span: tuple[date, date],
    after: str,
    size: int,
) -> list[str]:
    """Return the next people, in order, who at some time of a span are under the supervisors or in the units."""
    first, last = span
    rows = await conn.fetch(QUERIES.people_around.sql, sorted(supervisors), sorted(units), last, first, after, size)
    return [row["employee"] for row in rows]
