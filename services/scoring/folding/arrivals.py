"""
The common case without re-reading: signs of presence that come in are merged with the days as kept.

The least of the arrivals decides, and `late_minutes` and `on_time` follow it monotonically, so the least of the kept
and the new value equals what all facts together would give. A day that a directory change left stale is recomputed
by the drain anyway.
"""

from collections.abc import Sequence
from datetime import date

from services.kit.arrays import numbers, texts
from services.kit.postgres import Connection
from services.scoring.domain.changes import Span
from services.scoring.domain.directory import Directory
from services.scoring.domain.fact import Fact
from services.scoring.domain.facts import DayRecorded, Punched
from services.scoring.folding.differences import MOST_NAMED, Differences, drop_empty
from services.scoring.projections.attendance.columns import ATTENDANCE
from services.scoring.projections.attendance.rows import PersonDay, person_day, sign_of
from services.scoring.projections.membership.rows import Membership
from services.scoring.store import queries


class Arrivals:
    """Days on which people gave a sign of presence, of one batch."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._days: dict[tuple[str, date], tuple[int, PersonDay]] = {}

    def add(
        self, employee: str, partition: int, facts: Sequence[Fact], membership: Membership, leaves: Sequence[Span]
    ) -> None:
        """Take in somebody's new punches and recordings, and nothing else of theirs."""
        minutes: dict[date, list[int]] = {}
        for fact in facts:
            assert isinstance(fact, (Punched, DayRecorded))
            sign = sign_of(fact, membership, self._directory)
            if sign is not None:
                arrivals = minutes.setdefault(sign.day, [])
                if sign.minute is not None:
                    arrivals.append(sign.minute)
        for day, arrivals in minutes.items():
            unit = membership.unit(day)
            if unit is not None and not (leaves and any(leave.has(day) for leave in leaves)):
                self._days[employee, day] = partition, person_day(unit, self._directory.hours(unit, day), arrivals)

    async def merge(self, conn: Connection, differences: Differences) -> None:
        """Write the days in the caller's transaction and add what they change to the sums of their units."""
        if not self._days:
            return
        keys = sorted(self._days)
        employees, days = zip(*keys, strict=True)
        partitions, figures = zip(*(self._days[key] for key in keys), strict=True)
        units, *counted = zip(*figures, strict=True)
        rows = await queries.merge_attendance_days(
            conn,
            employees=texts(employees),
            days=days,
            partitions=numbers(partitions),
            units=texts(units),
            **dict(zip(ATTENDANCE, map(numbers, counted), strict=True)),
            most=MOST_NAMED,
        )
        differences.name_noted([(row["unit"], row["day"]) for row in rows], complete=2 * len(keys) <= MOST_NAMED)
        await drop_empty(conn, [row for row in rows if row["is_empty"]])
