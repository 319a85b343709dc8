"""
What a fold transaction adds to the projections, gathered first and written once.

Rows are written in the order of their keys, so that two transactions can never wait for each other in a circle.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import orjson

from services.kit.postgres import Connection
from services.scoring.domain.changes import EVER
from services.scoring.domain.days import ONE_DAY
from services.scoring.domain.directory import Directory
from services.scoring.projections.attendance.rows import PersonDay
from services.scoring.projections.membership.rows import MembershipSpan
from services.scoring.projections.services.columns import CONTRIBUTED, CREDITED
from services.scoring.projections.services.rows import Contribution
from services.scoring.projections.unit_day.columns import UNIT_DAY
from services.scoring.store import queries

_NOTICE_BYTES = 7_500
MOST_NAMED = 400
"""More subjects than this never fit into a notice."""
RESYNC = orjson.dumps(["*"]).decode()
"""The notice that says only: something changed, look again."""


class Differences:
    """Differences to unit-days, people's services and head counts, and who should hear of them."""

    def __init__(self) -> None:
        self._units: dict[tuple[str, date, int], list[int]] = defaultdict(lambda: [0] * len(UNIT_DAY))
        self._people: dict[tuple[str, date, str, int], list[int]] = defaultdict(lambda: [0] * len(CREDITED))
        self._staffing: dict[tuple[str, date, int], int] = defaultdict(int)
        self.shown: set[tuple[str, date]] = set()
        self.subjects: set[str] = set()
        self._named: set[tuple[str, date]] = set()
        self._too_many = False

    def add_person_day(self, partition: int, day: date, person_day: PersonDay, sign: int) -> None:
        """Add (+1) or take away (-1) a present day of a person."""
        row = self._units[person_day.unit, day, partition]
        row[0] += sign
        for index, figure in enumerate(person_day[1:], start=1):
            row[index] += sign * figure

    def add_contribution(self, partition: int, unit: str, contribution: Contribution, sign: int) -> None:
        """Add (+1) or take away (-1) what a service, an answer or a complaint counts for."""
        row = self._units[unit, contribution.day, partition]
        for index, figure in enumerate(contribution.figures, start=len(UNIT_DAY) - len(CONTRIBUTED)):
            row[index] += sign * figure
        if contribution.employee is not None:
            self.add_person_service(
                partition, contribution.employee, contribution.day, unit, contribution.credited, sign
            )

    def add_person_service(
        self, partition: int, employee: str, day: date, unit: str, figures: Sequence[int], sign: int
    ) -> None:
        """Add (+1) or take away (-1) services and answers that name a person; *figures* as in `CREDITED`."""
        row = self._people[employee, day, unit, partition]
        for index, figure in enumerate(figures):
            row[index] += sign * figure
        self.subjects.add(f"employee:{employee}")

    def add_membership_span(self, partition: int, span: MembershipSpan, sign: int) -> None:
        """Add (+1) or take away (-1) a span in which one more person is expected."""
        self._staffing[span.unit, span.first, partition] += sign
        self._staffing[span.unit, span.last + ONE_DAY, partition] -= sign
        self.subjects.add(f"unit:{span.unit}")

    def name_noted(self, unit_days: Iterable[tuple[str, date]], *, complete: bool) -> None:
        """Announce unit-days that are written and noted already; without *complete* there are too many to name."""
        self._named.update(unit_days)
        self._too_many |= not complete

    async def write(self, conn: Connection, directory: Directory) -> None:
        """Write everything inside the caller's transaction and announce it, to the units above too, at its commit."""
        await self._write_units(conn)
        await self._write_people(conn)
        await self._write_staffing(conn)
        if self.shown:
            units, days = zip(*sorted(self.shown), strict=True)
            await queries.add_to_outbox(conn, units=units, days=days)
        if notice := self._notice(directory):
            await queries.notify_changed(conn, subjects=notice)

    def _notice(self, directory: Directory) -> str | None:
        """Return the subjects as one text, which PostgreSQL bounds; RESYNC when they are too many, None without any."""
        unit_days = self.shown | self._named
        if self._too_many or len(unit_days) + len(self.subjects) > MOST_NAMED:
            return RESYNC
        subjects = self.subjects | {
            f"unit:{place}" for unit, day in unit_days for place in (unit, *directory.walk(unit, day))
        }
        if not subjects:
            return None
        text = orjson.dumps(sorted(subjects)).decode()
        return text if len(text.encode()) <= _NOTICE_BYTES else RESYNC

    async def _write_units(self, conn: Connection) -> None:
        rows = sorted(item for item in self._units.items() if any(item[1]))
        if not rows:
            return
        self.shown.update((unit, day) for (unit, day, _), _ in rows)
        units, days, partitions = _columns(key for key, _ in rows)
        figures = dict(zip(UNIT_DAY, _columns(row for _, row in rows), strict=True))
        await drop_empty(
            conn, await queries.add_unit_days(conn, units=units, days=days, partitions=partitions, **figures)
        )

    async def _write_people(self, conn: Connection) -> None:
        rows = sorted(item for item in self._people.items() if any(item[1]))
        if not rows:
            return
        employees, days, units, partitions = _columns(key for key, _ in rows)
        figures = dict(zip(CREDITED, _columns(row for _, row in rows), strict=True))
        keys = {"employees": employees, "days": days, "units": units}
        await queries.add_person_services(conn, **keys, partitions=partitions, **figures)
        await queries.drop_empty_person_services(conn, **keys)

    async def _write_staffing(self, conn: Connection) -> None:
        rows = sorted((key, change) for key, change in self._staffing.items() if change)
        if not rows:
            return
        units, days, partitions = _columns(key for key, _ in rows)
        changes = [change for _, change in rows]
        keys = {"units": units, "days": days, "partitions": partitions}
        await queries.add_staffing(conn, **keys, changes=changes, ever=EVER.last)
        await queries.drop_zero_staffing(conn, **keys)


def _columns(rows: Iterable[Any]) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True))


async def drop_empty(conn: Connection, unit_days: Sequence[Sequence[Any]]) -> None:
    """Remove those of the unit-days (unit, day, partition first) on which nothing is left."""
    if unit_days:
        units, days, partitions = _columns(row[:3] for row in unit_days)
        await queries.drop_empty_unit_days(conn, units=units, days=days, partitions=partitions)
