"""The answers of the read API, each from one consistent snapshot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import asyncpg
import orjson

from schemas.topics import EVENTS, position_key
from services.kit.errors import Refused
from services.kit.postgres import Connection, snapshot
from services.scoring.domain.changes import Span
from services.scoring.domain.directory import Directory
from services.scoring.domain.figures import Figures
from services.scoring.domain.measures import rendered
from services.scoring.domain.record import DIRECTORY_PARTITION
from services.scoring.reading import current
from services.scoring.reading.as_of import AsOf
from services.scoring.reading.beside import worked_out
from services.scoring.reading.waiting import written
from services.scoring.store import queries
from services.scoring.store.directory_state import DirectoryState

LONGEST_SPAN_DAYS = 3_660


class Unknown(LookupError):
    """There is no such unit or employee; the text says which."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about a subject: which days, day by day or not, and as known when."""

    first: date
    last: date
    by_day: bool = False
    known_at: datetime | None = None

    def check(self) -> None:
        """Raise Refused, naming the parameter, when the span makes no sense."""
        if self.last < self.first:
            raise Refused("to: must not be before from.")
        if (self.last - self.first).days >= LONGEST_SPAN_DAYS:
            raise Refused(f"to: at most {LONGEST_SPAN_DAYS} days can be asked for at once.")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def span(self) -> Span:
        return Span(self.first, self.last)


class Snapshot(NamedTuple):
    """One state of the database: the directory then, and how far everything was folded, as answers say it."""

    conn: Connection
    directory: Directory
    position: dict[str, int]
    partitions: int


class Answers:
    """Reads figures from one database."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._state = DirectoryState()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """Lend one state of the database."""
        # The lock comes before the snapshot: it then sees one version of the projections, even while they are switched.
        async with snapshot(self._pool, "LOCK TABLE consumer_offset IN ACCESS SHARE MODE") as conn:
            rows = {row["partition"]: row for row in await queries.positions(conn)}
            folded = rows.get(DIRECTORY_PARTITION)
            position, refolded = (folded["next_offset"], folded["refolded"]) if folded else (0, 0)
            positions = written({partition: row["next_offset"] for partition, row in rows.items()})
            yield Snapshot(conn, await self._state.at(conn, position, refolded), positions, max(len(rows) - 1, 1))

    async def units(self, on: date) -> dict[str, Any]:
        """Return every registered unit in its state of a day, by code. Raises Unavailable, like all answers."""
        async with self.snapshot() as here:
            directory = here.directory
        return {"on": on.isoformat(), "units": await asyncio.to_thread(_units, directory, on)}

    async def unit_measures(self, code: str, question: Question) -> dict[str, Any]:
        """Answer about a unit and all below it. Raises Unknown and Refused."""
        question.check()
        async with self.snapshot() as (conn, directory, position, _):
            if code not in directory.codes:
                raise Unknown(f"There is no unit {code}; GET /v1/units lists them.")
            if question.known_at is None:
                figures = await current.unit_figures(conn, directory, code, question.first, question.last)
                coverage = await current.coverage(conn)
            else:
                past = AsOf(conn, question.known_at, question.span)
                figures = await past.unit(await past.directory(), code)
                coverage = await past.coverage()
        return await worked_out(question.days, lambda: _answer(f"unit:{code}", question, figures, coverage, position))

    async def employee_measures(self, employee: str, question: Question) -> dict[str, Any]:
        """Answer about a person. Raises Unknown and Refused."""
        question.check()
        async with self.snapshot() as (conn, directory, position, _):
            await _check_employee(conn, employee)
            if question.known_at is None:
                figures = await current.employee_figures(conn, directory, employee, question.first, question.last)
                coverage = await current.coverage(conn)
            else:
                past = AsOf(conn, question.known_at, question.span)
                figures = await past.employee(await past.directory(), employee)
                coverage = await past.coverage()
        subject = f"employee:{employee}"
        return await worked_out(question.days, lambda: _answer(subject, question, figures, coverage, position))

    async def employee_events(self, employee: str, question: Question) -> dict[str, Any]:
        """Return what is known about a person's days, taken-back events included. Raises Unknown and Refused."""
        question.check()
        async with self.snapshot() as (conn, _, position, _):
            await _check_employee(conn, employee)
            rows = await queries.person_events(
                conn,
                subject=f"employee:{employee}",
                employee=employee,
                first=question.first,
                last=question.last,
            )
        return {
            "subject": f"employee:{employee}",
            "from": question.first.isoformat(),
            "to": question.last.isoformat(),
            "events": [_listed(row) for row in rows],
            "position": position,
        }


def _units(directory: Directory, on: date) -> list[dict[str, Any]]:
    states = ((code, directory.unit(code, on)) for code in directory.tree.ordered_codes)
    return [
        {"code": code, "name": state.name, "kind": state.kind, "parent": state.parent}
        for code, state in states
        if state is not None
    ]


async def _check_employee(conn: Connection, employee: str) -> None:
    if not await current.is_registered(conn, employee):
        raise Unknown(f"There is no employee {employee}; the id is the one they were registered with.")


def _answer(
    subject: str, question: Question, figures: Figures, coverage: dict[str, datetime], position: dict[str, int]
) -> dict[str, Any]:
    by_day = figures.by_day() if question.by_day else {}
    days = [{"date": day.isoformat(), "measures": rendered(measures)} for day, measures in by_day.items()]
    return {
        "subject": subject,
        "from": question.first.isoformat(),
        "to": question.last.isoformat(),
        "known_at": moment(question.known_at) if question.known_at else None,
        "measures": rendered(figures.in_all()),
        **({"days": days} if question.by_day else {}),
        "coverage": {source: {"up_to": moment(up_to)} for source, up_to in sorted(coverage.items())},
        "position": position,
    }


def moment(value: datetime) -> str:
    """Write a moment in UTC: 2026-11-24T01:00:00Z."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _listed(row: asyncpg.Record) -> dict[str, Any]:
    void = orjson.loads(row["void_payload"]) if row["void_payload"] else None
    return {
        "event": orjson.loads(row["payload"]),
        "recorded_at": moment(row["recorded_at"]),
        "position": f"{position_key(EVENTS, row['partition'])}:{row['record_offset']}",
        "voided": void
        and {
            "source": void["source"],
            "id": void["id"],
            "reason": void["data"].get("reason"),
            "recorded_at": moment(row["voided_at"]),
        },
    }
