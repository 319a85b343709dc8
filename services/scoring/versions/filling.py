"""
Filling an empty version from its journal: every projection computed at once from the facts that stand.

Nothing here adds differences, as the fold does: days are computed from all facts of a person, sums from all days. So
an equal checksum is also a proof that the fold's increments went right.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime

import asyncpg

from services.scoring.domain.changes import EVER
from services.scoring.domain.directory import Directory, code_of
from services.scoring.domain.events import Event
from services.scoring.domain.fact import Fact
from services.scoring.domain.facts import (
    ComplaintReceived,
    ComplaintResolved,
    ServiceCompleted,
    SourceReported,
    SurveyAnswered,
)
from services.scoring.folding.people import memberships
from services.scoring.folding.placing import Placing
from services.scoring.projections.attendance.columns import ATTENDANCE
from services.scoring.projections.attendance.rows import leaves_in, person_days, signs_in
from services.scoring.projections.membership.rows import Membership, MembershipSpan, expected, membership_of
from services.scoring.projections.services.columns import CONTRIBUTED, CREDITED
from services.scoring.projections.services.rows import Contribution, complaint_contribution, contribution
from services.scoring.projections.subtrees.rows import Descent, descents
from services.scoring.store import queries
from services.scoring.store.directory_state import DirectoryState
from services.scoring.versions.streams import by_code, chunks, event_in, fact_in

CONCURRENCY = 2
"""Partitions filled side by side: the database sorts one while the process reads the other."""
_ANALYZED = (
    "membership",
    "expected",
    "staffing",
    "attendance_day",
    "person_service",
    "unit_day",
    "subtree_day",
    "subtree_staffing",
)
_SPAN_COLUMNS = ("employee", "first", "last", "unit", "partition")
_DAY_COLUMNS = ("employee", "day", "partition", "unit", *ATTENDANCE)
_UNIT_DAY_COLUMNS = ("unit", "day", "partition", *CONTRIBUTED)
_SERVICE_COLUMNS = ("employee", "day", "unit", "partition", *CREDITED)
COMPLAINTS = frozenset((ComplaintReceived.TYPE, ComplaintResolved.TYPE))

Progress = Callable[[int], None]
"""Told how many facts were taken in since it was last told."""


class Filling:
    """Fills the version that the pool's search_path leads to; it is empty."""

    def __init__(self, pool: asyncpg.Pool, placing: Placing, progress: Progress) -> None:
        self._pool = pool
        self._placing = placing
        self._progress = progress

    async def fill(self) -> None:
        """Compute every projection and begin to keep their checksums."""
        async with self._pool.acquire() as conn:
            directory = await DirectoryState().current(conn)
        await self._descents(directory)
        await self._members()
        room = asyncio.Semaphore(CONCURRENCY)

        async def fill_partition(partition: int) -> None:
            async with room:
                await self._services(partition, directory)
                await self._people(partition, directory)
                await self._subtrees(partition)

        async with asyncio.TaskGroup() as partitions:
            for partition in self._placing.partitions:
                partitions.create_task(fill_partition(partition))
        async with self._pool.acquire() as conn, conn.transaction():
            await queries.watch_projections(conn)
            await conn.execute(f"ANALYZE {', '.join(_ANALYZED)}")

    async def _descents(self, directory: Directory) -> None:
        rows = [(unit, *row) for unit in directory.tree.ordered_codes for row in descents(directory, unit)]
        async with self._pool.acquire() as writer:
            await writer.copy_records_to_table("descent", records=rows, columns=("unit", *Descent._fields))
            await writer.execute("ANALYZE descent")

    async def _subtrees(self, partition: int) -> None:
        async with self._pool.acquire() as writer:
            await queries.sum_subtree_days(writer, partition=partition)
            await queries.sum_subtree_staffing(writer, partition=partition, ever=EVER.last)

    async def _members(self) -> None:
        async with self._pool.acquire() as reader, self._pool.acquire() as writer:
            async for groups in by_code(reader, queries.live_assignments, event_in):
                rows = [
                    (employee, span.first, span.last, span.unit, self._placing.partition(employee))
                    for employee, events in groups
                    for span in membership_of(events).spans
                ]
                await writer.copy_records_to_table("membership", records=rows, columns=_SPAN_COLUMNS)
                self._progress(sum(len(events) for _, events in groups))

    async def _people(self, partition: int, directory: Directory) -> None:
        on_leave: list[str] = []
        async with self._pool.acquire() as reader, self._pool.acquire() as writer:
            async for groups in by_code(reader, queries.live_attendance, fact_in, partition=partition):
                belonging = await memberships(writer, [employee for employee, _ in groups])
                people = [_Person(employee, facts, belonging[employee]) for employee, facts in groups]
                days = [row for person in people for row in person.day_rows(partition, directory)]
                spans = [row for person in people if person.leaves for row in person.span_rows(partition)]
                on_leave += [person.employee for person in people if person.leaves]
                await writer.copy_records_to_table("attendance_day", records=days, columns=_DAY_COLUMNS)
                await writer.copy_records_to_table("expected", records=spans, columns=_SPAN_COLUMNS)
                self._progress(sum(len(facts) for _, facts in groups))
            async with writer.transaction():
                await queries.expect_members(writer, partition=partition, on_leave=on_leave)
                await queries.sum_staffing(writer, partition=partition)
                await queries.sum_attendance(writer, partition=partition)

    async def _services(self, partition: int, directory: Directory) -> None:
        unit: _Unit | None = None
        up_to: dict[str, datetime] = {}
        async with self._pool.acquire() as reader, self._pool.acquire() as writer:
            async for rows in chunks(reader, queries.live_services, partition=partition):
                finished = []
                for row in rows:
                    code, event_type = code_of(row["subject"]), row["type"]
                    if event_type == SourceReported.TYPE:
                        reported = fact_in(row)
                        assert isinstance(reported, SourceReported)
                        moment = reported.up_to
                        up_to[code] = max(moment, up_to.get(code, moment))
                        continue
                    if unit is None or unit.code != code:
                        finished += [unit] if unit else []
                        unit = _Unit(code, directory)
                    if event_type in COMPLAINTS:
                        unit.complain(event_in(row))
                    else:
                        unit.add(fact_in(row))
                await _write_units(writer, finished, partition)
                self._progress(len(rows))
            await _write_units(writer, [unit] if unit else [], partition)
            sources = [(name, partition, moment) for name, moment in sorted(up_to.items())]
            await writer.copy_records_to_table("coverage", records=sources, columns=("source", "partition", "up_to"))


class _Person:
    def __init__(self, employee: str, facts: list[Fact | None], membership: Membership) -> None:
        self.employee = employee
        self.leaves = leaves_in(facts)
        self._facts = signs_in(facts)
        self._membership = membership

    def day_rows(self, partition: int, directory: Directory) -> list[tuple[object, ...]]:
        days = person_days(self._facts, self._membership, self.leaves, directory, (EVER,))
        return [(self.employee, day, partition, *figures) for day, figures in days.items()]

    def span_rows(self, partition: int) -> list[tuple[object, ...]]:
        spans: set[MembershipSpan] = set(expected(self._membership.spans, self.leaves))
        return [(self.employee, span.first, span.last, span.unit, partition) for span in spans]


class _Unit:
    """Sums of one unit's services, answers and complaints."""

    def __init__(self, code: str, directory: Directory) -> None:
        self.code = code
        self._directory = directory
        self._days: dict[date, list[int]] = defaultdict(lambda: [0] * len(CONTRIBUTED))
        self._people: dict[tuple[str, date], list[int]] = defaultdict(lambda: [0] * len(CREDITED))
        self._complaints: dict[str, list[Event]] = defaultdict(list)

    def add(self, fact: Fact | None) -> None:
        """Take in one standing service or answer."""
        assert isinstance(fact, (ServiceCompleted, SurveyAnswered))
        self._count(contribution(fact, self.code, self._directory))

    def complain(self, event: Event) -> None:
        """Take in what is known of a complaint."""
        assert isinstance(event.fact, (ComplaintReceived, ComplaintResolved))
        self._complaints[event.fact.complaint].append(event)

    def _count(self, counted: Contribution) -> None:
        _add(self._days[counted.day], counted.figures)
        if counted.employee is not None:
            _add(self._people[counted.employee, counted.day], counted.credited)

    def day_rows(self, partition: int) -> list[tuple[object, ...]]:
        """Return the unit-days, attendance not yet in them."""
        for events in self._complaints.values():
            counted = complaint_contribution(events, self.code, self._directory)
            if counted is not None:
                self._count(counted)
        self._complaints.clear()
        return [(self.code, day, partition, *figures) for day, figures in self._days.items()]

    def person_rows(self, partition: int) -> list[tuple[object, ...]]:
        """Return what people are credited with."""
        return [(employee, day, self.code, partition, *figures) for (employee, day), figures in self._people.items()]


def _add(row: list[int], figures: tuple[int, ...]) -> None:
    for index, figure in enumerate(figures):
        row[index] += figure


async def _write_units(writer: asyncpg.pool.PoolConnectionProxy, units: list[_Unit], partition: int) -> None:
    days = [row for unit in units for row in unit.day_rows(partition)]
    people = [row for unit in units for row in unit.person_rows(partition)]
    await writer.copy_records_to_table("unit_day", records=days, columns=_UNIT_DAY_COLUMNS)
    await writer.copy_records_to_table("person_service", records=people, columns=_SERVICE_COLUMNS)
